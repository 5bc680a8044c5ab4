"""The bounded choice of cases: even over categories, in plan order, whatever comes."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Iterator

import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st

from cvalues.report.failures import Failure, choose, redact


def cases(categories: list[int]) -> list[Failure]:
    return [
        Failure(
            response_id=str(place),
            item_id="i",
            category=f"c{category}",
            level=1,
            verdict="unparsed",
            outcome="answered",
        )
        for place, category in enumerate(categories)
    ]


def round_robin(found: list[Failure], limit: int) -> set[str]:
    """Return the ids that turns in rounds would take: one from each category at a time, first come first."""
    queues: dict[str, list[str]] = {}
    for case in found:
        queues.setdefault(case.category, []).append(case.response_id)
    taken: list[str] = []
    while len(taken) < limit and any(queues.values()):
        taken += [queue.pop(0) for queue in queues.values() if queue]
    return set(taken[:limit])


@given(st.lists(st.integers(0, 6), max_size=120), st.integers(0, 25))
def test_the_choice_is_what_taking_turns_would_take_in_plan_order(categories: list[int], limit: int) -> None:
    found = cases(categories)
    chosen, total = choose(iter(found), limit)
    assert total == len(found)
    assert {case.response_id for case in chosen} == round_robin(found, limit)
    places = [int(case.response_id) for case in chosen]
    assert places == sorted(places)


def test_a_rare_category_keeps_its_cases_beside_a_frequent_one() -> None:
    chosen, total = choose(cases([0] * 500 + [1, 1]), 10)
    assert (Counter(case.category for case in chosen), total) == ({"c0": 8, "c1": 2}, 502)


def test_no_more_than_twice_the_limit_is_held_while_cases_stream_by() -> None:
    class Held(Failure, frozen=True, kw_only=True, weakref=True):
        """A case that can be watched."""

        __hash__ = object.__hash__

    alive: weakref.WeakSet[Held] = weakref.WeakSet()
    most = 0

    def stream() -> Iterator[Held]:
        nonlocal most
        for place in range(1000):
            case = Held(
                response_id=str(place),
                item_id="i",
                category=f"c{place % 7}",
                level=1,
                verdict="both",
                outcome="answered",
            )
            alive.add(case)
            most = max(most, len(alive))
            yield case

    gc.collect()
    choose(stream(), 20)
    assert 20 <= most <= 43


def test_a_redacted_case_keeps_what_was_read_and_drops_what_was_said() -> None:
    case = next(case for case in sample.run().failures if case.reasoning)
    hidden = redact(case)
    assert (hidden.verdict, hidden.rule, hidden.item_id, hidden.gold) == (
        case.verdict,
        case.rule,
        case.item_id,
        case.gold,
    )
    assert hidden.options == ("", "") and not hidden.text + hidden.prompt + hidden.span + hidden.reasoning
    assert hidden.hidden["text"] == len(case.text)
    assert hidden.hidden["option_1"] == len(case.options[1])


def test_the_kind_of_a_case_is_wrong_for_every_wrong_option() -> None:
    kinds = {case.kind for case in sample.run().failures}
    assert "wrong" in kinds and not any(kind.startswith("option") for kind in kinds)
