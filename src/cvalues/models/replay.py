"""Recorded replies as a model: evaluate what another tool or an earlier run has gathered, without a call.

Rows are matched by item id and order (a run's own `responses.jsonl`), or by the text that was
asked (a file with `prompt` and `response`, such as the official MC file with a model's answers).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cvalues.datasets.read import read_rows
from cvalues.errors import DataError, InputError
from cvalues.models.model import Ask, Params, Reply
from cvalues.records import Outcome

__all__ = ["PROMPT_FIELDS", "REPLY_FIELDS", "Replay"]

PROMPT_FIELDS = ("prompt", "prompt_text", "input", "question", "query", "提示", "问题", "题目")
REPLY_FIELDS = ("response", "reply", "text", "answer", "output", "completion", "回复", "回答", "答案")
_OUTCOMES = ("answered", "truncated", "blocked_input", "blocked_output")


class Replay:
    """A model that answers from a file of recorded replies (JSONL, CSV, XLSX, Parquet).

    Several rows for one prompt are its repeats, in file order; of a run's own journal, each repeat's answer.

    Raises:
        DataError: when the file cannot be read, or a row has no reply field.
    """

    parallel = 100
    answer_tokens = 0
    fingerprint = ""
    """A recording may grow between two calls of one run, so its content does not define the run."""
    preferred_template = ""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = f"replay/{self.path.stem}"
        self._rows: dict[str, dict[int, Reply]] = {}
        self._absent = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the user should know about how this file served."""
        if not self._absent:
            return ()
        told = f"{self.path.name} has no reply to {self._absent} of the prompts; they count as failed"
        return (f"{told} (the prompts of a published file are asked as they stand with --template row)",)

    def check(self, params: Params, /) -> None:
        """Do nothing if the file is there; any parameters will do.

        Raises:
            DataError: when there is no such file.
        """
        if not self.path.is_file():
            raise DataError("no such file of recorded replies (JSONL, CSV, XLSX or Parquet)", path=str(self.path))

    async def open(self) -> None:
        """Read the whole file.

        Raises:
            DataError: see the class.
        """
        if self._rows:
            return
        for number, row in read_rows(self.path):
            reply = self._reply(row, number)
            for key in _keys(row):
                self._add(self._rows.setdefault(key, {}), row, reply)
        if not self._rows:
            raise InputError(f"{self.path}: holds no recorded reply")

    async def close(self) -> None:
        """Forget the file."""
        self._rows = {}

    async def ask(self, ask: Ask, /) -> Reply:
        """Return the recorded reply, or a failure that says that there is none."""
        keys = (
            _item_key(ask.item_id, ask.order),
            _text_key(ask.messages[-1].content),
            _text_key(ask.prompt_text),
        )
        for key in keys[: 3 if not ask.labels else 2]:
            rows = self._rows.get(key)
            if rows:
                return rows.get(ask.repeat) or self._missing(f"no reply to this prompt for repeat {ask.repeat + 1}")
        return self._missing("no recorded reply for this prompt")

    def _add(self, known: dict[int, Reply], row: Mapping[str, Any], reply: Reply) -> None:
        """Add a row to the replies of its prompt: a run's own record under its repeat, any other as the next."""
        if row.get("schema") != "response/1":
            known[len(known)] = reply
            return
        repeat: Any = row.get("repeat")
        repeat = repeat if isinstance(repeat, int) else 0
        before = known.get(repeat)
        if before is None or before.outcome == "failed":  # a failed call is asked again; the first answer counts
            known[repeat] = reply

    def _missing(self, what: str) -> Reply:
        """Return a failure without a fault: other prompts may well have their reply, so nothing is to be stopped."""
        self._absent += 1
        return Reply(outcome="failed", error=f"{self.path.name}: {what}")

    def _reply(self, row: Mapping[str, Any], number: int) -> Reply:
        field = next((name for name in REPLY_FIELDS if name in row), None)
        outcome = str(row.get("outcome") or "answered")  # an empty cell says nothing
        if field is None and outcome == "answered":
            raise DataError(
                f"no reply; name its field one of {', '.join(REPLY_FIELDS)}", path=str(self.path), line=number
            )
        if outcome == "failed":
            return Reply(outcome="failed", error=str(row.get("error", "recorded failure")))
        if outcome not in _OUTCOMES:
            raise DataError(
                f"unknown outcome '{outcome}'; known: {', '.join(_OUTCOMES)}",
                path=str(self.path),
                line=number,
                field="outcome",
            )
        value = row.get(field) if field else ""
        return Reply(
            outcome=cast(Outcome, outcome),
            text="" if value is None else str(value),
            reasoning=str(row.get("reasoning") or ""),
            finish=str(row.get("finish") or "stop"),
        )


def _keys(row: Mapping[str, Any]) -> list[str]:
    keys: list[str] = []
    item, order = row.get("item_id"), row.get("order")
    if item:
        keys.append(_item_key(str(item), _order(order)))
    for field in PROMPT_FIELDS:
        if isinstance(row.get(field), str):
            keys.append(_text_key(row[field]))
            break
    return keys


def _order(value: object) -> tuple[int, ...]:
    if isinstance(value, str):
        value = value.replace("[", "").replace("]", "").split(",")
    if isinstance(value, list | tuple):
        return tuple(int(part) for part in cast("list[Any]", value) if str(part).strip().isdigit())
    return ()


def _item_key(item: str, order: tuple[int, ...]) -> str:
    return f"i:{item}:{','.join(map(str, order))}"


def _text_key(text: str) -> str:
    return "t:" + "".join(text.split())
