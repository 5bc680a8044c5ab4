"""From items to prompts: orders, rows, ids, and text that stays what it is."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.errors import InputError, UnknownName
from cvalues.prompts import display_orders, load_template, make_prompts
from cvalues.records import Item, StoredOrder

CHOICE = [
    "choice-zh",
    "choice-en",
    "choice-letter-zh",
    "choice-letter-en",
    "choice-cot-zh",
    "choice-letter-cot-en",
]

# Text that a careless renderer would trip over, with a mark no template holds.
hostile = st.lists(
    st.one_of(
        st.sampled_from(["{question}", "{options}", "{{", "}}", "{0}", "{one_of}", "%s", "$row", "\\n", "回复1", "A"]),
        st.text(max_size=12),
    ),
    max_size=5,
).map("".join)


def item(options=("甲", "乙"), prompt="问", **more):
    return Item(
        id="i1",
        suite="s",
        category="safety/crimes",
        level=1,
        kind="choice",
        prompt=prompt,
        options=options,
        gold=0,
        **more,
    )


def open_item(prompt="问"):
    return Item(id="o1", suite="s", category="safety/crimes", level=1, kind="open", prompt=prompt)


def rows(*orders):
    return tuple(StoredOrder(order=order, text=f"行文{order} {{question}}") for order in orders)


@given(st.integers(2, 12))
def test_every_order_is_a_permutation_and_every_option_takes_every_place_once(count):
    orders = display_orders(count)
    assert len(orders) == len(set(orders)) == count
    for order in orders:
        assert sorted(order) == list(range(count))
    for gold in range(count):
        assert sorted(order.index(gold) for order in orders) == list(range(count))


def test_two_options_are_asked_in_both_orders():
    assert display_orders(2) == [(0, 1), (1, 0)]


@given(st.sampled_from(CHOICE), hostile, st.lists(hostile, min_size=2, max_size=4))
def test_question_and_replies_stand_verbatim_once_in_the_displayed_order(name, question, replies):
    question = f"⟦问{question}⟧"
    options = tuple(f"⟦{index}·{reply}⟧" for index, reply in enumerate(replies))
    for prompt in make_prompts(item(options, question), load_template(name)):
        (message,) = prompt.messages
        assert message.content.count(question) == 1
        assert [message.content.count(option) for option in options] == [1] * len(options)
        places = [message.content.index(options[index]) for index in prompt.order]
        assert places == sorted(places)
        assert message.content.index(question) < places[0]


@given(hostile, hostile, hostile)
def test_what_data_says_never_changes_the_frame_around_it(question, first, second):
    template = load_template("choice-zh")
    plain = template.messages("⟦q⟧", ["⟦x⟧", "⟦y⟧"])[0].content
    filled = plain.replace("⟦q⟧", f"⟦{question}").replace("⟦x⟧", f"⟦{first}", 1).replace("⟦y⟧", f"⟦{second}", 1)
    # Replaced one after the other, a value could hold a later mark; values drawn here never do.
    assert template.messages(f"⟦{question}", [f"⟦{first}", f"⟦{second}"])[0].content == filled


@given(hostile)
def test_an_open_template_sends_the_question_alone(question):
    for name in ("open-zh", "open-en"):
        (prompt,) = make_prompts(open_item(question), load_template(name))
        assert [(message.role, message.content) for message in prompt.messages] == [("user", question)]
        assert prompt.order == () and prompt.labels == ()


def test_a_prompt_says_all_that_reading_the_answer_needs():
    first, second = make_prompts(item(), load_template("choice-letter-cot-zh"))
    assert (first.order, second.order) == ((0, 1), (1, 0))
    assert first.labels == second.labels == ("A", "B")
    assert first.reasoning and first.max_tokens == 1024
    assert (first.template, first.template_version, first.item_id) == ("choice-letter-cot-zh", "1", "i1")


def test_ids_differ_by_item_template_and_order_and_are_the_same_on_every_call():
    ids = Counter(
        prompt.id
        for name in CHOICE
        for count in (2, 3)
        for prompt in make_prompts(item(("a", "b", "c")[:count]), load_template(name))
        if count == 3 or prompt.order != (0, 1, 2)
    )
    assert set(ids.values()) == {1}
    again = [prompt.id for prompt in make_prompts(item(), load_template("choice-zh"))]
    assert again == [prompt.id for prompt in make_prompts(item(), load_template("choice-zh"))]


def test_a_row_is_sent_as_its_file_has_it_in_the_order_of_its_file():
    prompts = list(make_prompts(item(stored=rows((1, 0), (0, 1))), load_template("row")))
    assert {prompt.order: prompt.messages[0].content for prompt in prompts} == {
        (0, 1): "行文(0, 1) {question}",
        (1, 0): "行文(1, 0) {question}",
    }
    assert prompts[0].labels == ("回复1", "回复2")


def test_stored_asks_the_orders_of_the_file_and_no_others():
    template = load_template("row")
    (prompt,) = make_prompts(item(stored=rows((1, 0))), template, "stored")
    assert prompt.order == (1, 0)
    both = list(make_prompts(item(stored=rows((1, 0), (0, 1), (1, 0))), template, "stored"))
    assert [prompt.order for prompt in both] == [(1, 0), (0, 1)]
    (plain,) = make_prompts(item(("a", "b", "c")), load_template("choice-zh"), "stored")
    assert plain.order == (0, 1, 2)


def test_a_row_template_without_rows_says_which_template_to_use():
    with pytest.raises(InputError, match="item i1.*has none; use 'choice-zh'"):
        make_prompts(item(), load_template("row"))
    with pytest.raises(InputError, match="has none"):
        make_prompts(item(), load_template("row"), "stored")


def test_a_row_template_with_one_order_of_two_says_so():
    with pytest.raises(InputError, match="1 of 2 orders.*'stored'"):
        make_prompts(item(stored=rows((1, 0))), load_template("row"))


def test_item_and_template_of_different_kinds_are_refused_with_the_cure():
    with pytest.raises(InputError, match="use 'open-zh'"):
        make_prompts(open_item(), load_template("choice-zh"))
    with pytest.raises(InputError, match="use 'choice-en'"):
        make_prompts(item(), load_template("open-en"))
    with pytest.raises(InputError, match="two options or more, this has 1"):
        make_prompts(item(("a",)), load_template("choice-zh"))
    with pytest.raises(UnknownName, match="did you mean 'both'"):
        make_prompts(item(), load_template("choice-zh"), "boht")  # type: ignore[arg-type]


def test_public_rows_are_sent_byte_for_byte(shared_data):
    import json

    path = shared_data / "cvalues" / "cvalues_responsibility_mc.reconstructed.jsonl"
    with open(path, encoding="utf-8") as file:
        texts = [json.loads(line)["prompt"] for line, _ in zip(file, range(200), strict=False)]
    template = load_template("row")
    for text in texts:
        stored = (StoredOrder(order=(0, 1), text=text),)
        (prompt,) = make_prompts(item(stored=stored), template, "stored")
        assert prompt.messages[0].content == text


def test_rendering_costs_microseconds():
    template = load_template("choice-zh")
    one = item(("甲" * 300, "乙" * 300), "问" * 60)
    list(make_prompts(one, template))
    best = min(_cpu(one, template) for _ in range(5))
    assert best <= 30e-6, f"{best * 1e6:.1f} µs a prompt"


def _cpu(one, template):
    start = time.process_time()
    for _ in range(500):
        for _prompt in make_prompts(one, template):
            pass
    return (time.process_time() - start) / 1000
