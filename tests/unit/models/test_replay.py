"""Recorded replies as a model: found by item and order, or by what was asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from cvalues.errors import DataError, InputError
from cvalues.models.model import Ask, Params, Reply
from cvalues.models.replay import PROMPT_FIELDS, REPLY_FIELDS, Replay
from cvalues.pipeline import evaluate
from cvalues.records import Message

SENT = "哪个更好？\n回复1：甲\n回复2：乙"


def recorded(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "replies.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def ask(sent: str = SENT, *, choice: bool = True, **fields: Any) -> Ask:
    labels = ("回复1", "回复2") if choice else ()
    return Ask((Message("user", sent),), Params(), 8, labels=labels, prompt_text="哪个更好？", **fields)


def replies(path: Path, *asks: Ask) -> list[Reply]:
    async def all_of() -> list[Reply]:
        model = Replay(path)
        await model.open()
        try:
            return [await model.ask(one) for one in asks]
        finally:
            await model.close()

    return asyncio.run(all_of())


def test_a_reply_is_found_by_item_and_order(tmp_path: Path) -> None:
    path = recorded(
        tmp_path,
        {"item_id": "i", "order": [0, 1], "text": "一"},
        {"item_id": "i", "order": [1, 0], "text": "二"},
        {"item_id": "j", "text": "三"},
    )
    found = replies(
        path, ask(item_id="i", order=(1, 0)), ask(item_id="i", order=(0, 1)), ask(item_id="j"), ask(item_id="k")
    )
    assert [reply.text for reply in found] == ["二", "一", "三", ""]
    assert [reply.outcome for reply in found] == ["answered"] * 3 + ["failed"]


@pytest.mark.parametrize("order", [[1, 0], "[1, 0]", "1,0", " 1 , 0 ", ["1", "0"]])
def test_an_order_may_be_written_as_a_table_writes_it(tmp_path: Path, order: Any) -> None:
    path = recorded(tmp_path, {"item_id": "i", "order": order, "text": "一"})
    assert replies(path, ask(item_id="i", order=(1, 0)))[0].text == "一"


@pytest.mark.parametrize("field", PROMPT_FIELDS)
def test_a_reply_is_found_by_the_text_that_was_sent_however_it_is_spaced(tmp_path: Path, field: str) -> None:
    path = recorded(tmp_path, {field: "  哪个更好？ \r\n回复1：甲回复2：乙", "text": "一"})
    assert replies(path, ask())[0].text == "一"


@pytest.mark.parametrize("field", REPLY_FIELDS)
def test_a_reply_may_stand_under_any_usual_name(tmp_path: Path, field: str) -> None:
    assert replies(recorded(tmp_path, {"prompt": SENT, field: "一"}), ask())[0].text == "一"


def test_the_bare_question_finds_the_reply_to_an_open_prompt_but_never_to_a_choice(tmp_path: Path) -> None:
    path = recorded(tmp_path, {"prompt": "哪个更好？", "text": "一"})
    opened, choice = replies(path, ask(choice=False), ask())
    assert (opened.text, choice.outcome) == ("一", "failed"), "the two orders of a choice share its question"


def test_several_rows_of_one_prompt_are_its_repeats(tmp_path: Path) -> None:
    path = recorded(tmp_path, *({"prompt": SENT, "text": text} for text in "一二"))
    found = replies(path, *(ask(repeat=repeat) for repeat in range(3)))
    assert [reply.text for reply in found] == ["一", "二", ""]
    assert "no reply to this prompt for repeat 3" in found[2].error


def test_outcomes_reasoning_and_finish_are_kept(tmp_path: Path) -> None:
    path = recorded(
        tmp_path,
        {"item_id": "a", "text": "一", "reasoning": "因为", "finish": "length", "outcome": "truncated"},
        {"item_id": "b", "outcome": "blocked_input"},
        {"item_id": "c", "outcome": "failed", "error": "超时"},
        {"item_id": "d", "text": None},
        {"item_id": "e", "text": 3, "outcome": ""},
    )
    a, b, c, d, e = replies(path, *(ask(item_id=name) for name in "abcde"))
    assert (a.outcome, a.text, a.reasoning, a.finish) == ("truncated", "一", "因为", "length")
    assert (b.outcome, b.text) == ("blocked_input", "")
    assert (c.outcome, c.error, c.fault) == ("failed", "超时", "")
    assert (d.outcome, d.text, e.text) == ("answered", "", "3")


def test_what_is_missing_fails_alone_and_is_counted_in_one_note(tmp_path: Path) -> None:
    model = Replay(recorded(tmp_path, {"item_id": "a", "text": "一"}))

    async def three() -> None:
        await model.open()
        for name in "abc":
            await model.ask(ask(item_id=name))
        await model.close()

    assert model.notes == ()
    asyncio.run(three())
    (note,) = model.notes
    assert note.startswith("replies.jsonl has no reply to 2 of the prompts; they count as failed")
    assert "--template row" in note


@pytest.mark.parametrize(
    ("rows", "line", "problem"),
    [
        ([{"item_id": "a", "text": "一"}, {"item_id": "b"}], 2, "no reply; name its field one of response, reply"),
        ([{"item_id": "a", "text": "一", "outcome": "lost"}], 1, "unknown outcome 'lost'; known: answered"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    tmp_path: Path, rows: list[dict[str, Any]], line: int, problem: str
) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        replies(recorded(tmp_path, *rows))
    assert caught.value.line == line


def test_a_file_of_no_replies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no recorded reply"):
        replies(recorded(tmp_path, {"text": "一"}))


def test_a_table_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "replies.csv"
    path.write_text('item_id,order,回答\ni,"0,1",一\ni,"1,0",二\n', encoding="utf-8")
    first, second = replies(path, ask(item_id="i", order=(0, 1)), ask(item_id="i", order=(1, 0)))
    assert (first.text, second.text) == ("一", "二")


def test_a_runs_own_responses_replayed_give_its_numbers_again(tmp_path: Path) -> None:
    made = evaluate("scripted/random", limit=10, repeats=2, out=str(tmp_path / "a"))
    journal = tmp_path / "a" / "responses.jsonl"
    again = evaluate(f"replay/{journal}", limit=10, repeats=2, out=str(tmp_path / "b"))
    assert made.results is not None and again.results is not None
    lines = journal.read_bytes().splitlines(keepends=True)
    failed = [json.dumps({**json.loads(line), "outcome": "failed", "text": ""}).encode() + b"\n" for line in lines]
    journal.write_bytes(b"".join([*failed, *reversed(lines), *failed]))
    resumed = evaluate(f"replay/{journal}", limit=10, repeats=2, out=str(tmp_path / "c"))
    assert resumed.results is not None
    for part in ("counts", "verdicts", "rates", "by"):
        assert again.results[part] == made.results[part], part
        assert resumed.results[part] == again.results[part], "a call that failed at first has its later answer"
