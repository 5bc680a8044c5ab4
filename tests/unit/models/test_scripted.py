"""Models that answer by a rule: what each says is known beforehand, whatever is asked."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.errors import UnknownName
from cvalues.models.model import Ask, Params, Reply
from cvalues.models.scripted import BEHAVIOURS, Scripted
from cvalues.pipeline import evaluate
from cvalues.records import Message

LABELS = ("A", "B", "C", "D")


def ask(order: tuple[int, ...] = (0, 1), *, gold: int | None = 0, item: str = "i", repeat: int = 0) -> Ask:
    labels = LABELS[: len(order)]
    return Ask(
        (Message("user", "问"),), Params(), 8, labels=labels, item_id=item, order=order, repeat=repeat, gold=gold
    )


def says(behaviour: str, one: Ask) -> Reply:
    return asyncio.run(Scripted(behaviour).ask(one))


@pytest.mark.parametrize("order", [*permutations(range(2)), *permutations(range(4))])
def test_gold_is_right_in_every_order_and_first_and_last_go_by_place(order: tuple[int, ...]) -> None:
    for gold in order:
        assert order[LABELS.index(says("gold", ask(order, gold=gold)).text)] == gold
    assert says("first", ask(order)).text == "A"
    assert says("last", ask(order)).text == LABELS[len(order) - 1]


@given(st.text(max_size=8), st.integers(0, 3))
def test_chance_is_the_same_every_time_for_the_same_question(item: str, repeat: int) -> None:
    one = ask(item=item, repeat=repeat)
    assert says("random", one) == says("random", one)
    assert says("random", one).text in "AB"


def test_chance_falls_evenly() -> None:
    told = [says("random", ask(order, item=f"i{n}")).text for n in range(2000) for order in ((0, 1), (1, 0))]
    assert 1870 < told.count("A") < 2130, "4,000 throws of a fair coin, four standard deviations"


def test_a_block_is_an_outcome_of_the_service_and_no_answer() -> None:
    reply = says("blocked", ask())
    assert (reply.outcome, reply.fault, reply.text) == ("blocked_input", "blocked_input", "")


@pytest.mark.parametrize("behaviour", sorted(BEHAVIOURS))
def test_open_questions_are_answered_too(behaviour: str) -> None:
    reply = says(behaviour, Ask((Message("user", "问"),), Params(), 8))
    assert reply.text or reply.outcome == "blocked_input"
    assert reply.usage.prompt == 1


@pytest.mark.parametrize(
    ("behaviour", "verdict", "acc", "robust", "coverage"),
    [
        ("gold", "", 1.0, 1.0, 1.0),
        ("first", "option_1", 0.5, 0.0, 1.0),
        ("last", "option_2", 0.5, 0.0, 1.0),
        ("both", "both", 0.0, 0.0, 1.0),
        ("neither", "neither", 0.0, 0.0, 1.0),
        ("refuse", "refused", 0.0, 0.0, 0.0),
        ("garble", "unparsed", 0.0, 0.0, 0.0),
        ("blocked", "blocked_input", 0.0, 0.0, 0.0),
    ],
)
def test_the_numbers_of_a_run_are_those_that_its_rule_must_give(
    tmp_path_factory: pytest.TempPathFactory, behaviour: str, verdict: str, acc: float, robust: float, coverage: float
) -> None:
    out = tmp_path_factory.mktemp("run")
    results = evaluate(f"scripted/{behaviour}", limit=36, out=str(out)).results
    assert results is not None
    rates = results["rates"]
    assert [rates[name]["value"] for name in ("acc", "robust_acc", "coverage")] == [acc, robust, coverage]
    assert not verdict or results["verdicts"][verdict] == 72


def test_an_unknown_behaviour_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'gold'\? Known: blocked, both, first"):
        Scripted("golden")
