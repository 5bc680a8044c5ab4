"""The cases that a report shows: a bounded, even choice of those that were not right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from cvalues.records import Item, Label, Response

__all__ = ["Failure", "choose", "make_failure", "redact"]

_TEXTS = ("prompt", "text", "reasoning", "span", "error", "rationale")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One case that was not answered right, with all that is needed to see why.

    Attributes:
        labels: name of each displayed position; empty when the template is not at hand.
        rationale: why the gold is right here, as the item's author put it.
        hidden: characters left out by redaction, by field; empty in a full report.
    """

    response_id: str
    item_id: str
    category: str
    level: int
    verdict: str
    outcome: str
    prompt: str = ""
    options: tuple[str, ...] = ()
    gold: int | None = None
    choice: int | None = None
    order: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    text: str = ""
    reasoning: str = ""
    rule: str = ""
    span: str = ""
    error: str = ""
    fault: str = ""
    family: str = ""
    difficulty: str = ""
    template: str = ""
    rationale: str = ""
    hidden: dict[str, int] = {}

    @property
    def kind(self) -> str:
        """Return what the call came to: one of `build.KINDS`, `wrong` for every wrong option."""
        return "wrong" if self.verdict.startswith("option_") else self.verdict


def make_failure(item: Item, response: Response, label: Label, labels: tuple[str, ...] = ()) -> Failure:
    """Return the case of a response that was not right, joined with its item and label."""
    return Failure(
        response_id=response.id,
        item_id=item.id,
        category=item.category,
        level=item.level,
        verdict=label.verdict,
        outcome=response.outcome,
        prompt=item.prompt,
        options=item.options,
        gold=item.gold,
        choice=label.choice,
        order=response.order,
        labels=labels,
        text=response.text,
        reasoning=response.reasoning,
        rule=label.rule,
        span=label.span,
        error=response.error,
        fault=response.fault,
        family=item.family,
        difficulty=item.difficulty,
        template=response.template,
        rationale=item.rationale,
    )


def choose(failures: Iterable[Failure], limit: int) -> tuple[list[Failure], int]:
    """Return the first cases of every category in even shares, in plan order, and how many there were.

    Streaming: no more than twice `limit` are ever held.
    """
    held: dict[str, list[tuple[int, Failure]]] = {}
    total = kept = 0
    for total, case in enumerate(failures, 1):
        held.setdefault(case.category, []).append((total, case))
        kept += 1
        if kept > 2 * limit:
            kept = _even_out(held, limit)
    _even_out(held, limit)
    pairs = sorted((pair for cases in held.values() for pair in cases), key=_place)
    return [case for _, case in pairs], total


def _even_out(held: dict[str, list[tuple[int, Failure]]], limit: int) -> int:
    """Cut the longest lists from their ends until `limit` cases are left; return how many are.

    The level that lists are cut to only ever falls, so cutting early and often ends as cutting once does.
    """
    sizes = sorted(map(len, held.values()))
    left, share, extra = limit, 0, 0
    for done, size in enumerate(sizes):
        share, extra = divmod(left, len(sizes) - done)
        if size > share:
            break
        left -= size
    else:
        return sum(sizes)
    for name, cases in list(held.items()):
        if len(cases) > share:
            del cases[share + (extra > 0) :]
            extra -= 1
            if not cases:
                del held[name]
    return limit


def _place(pair: tuple[int, Failure]) -> int:
    return pair[0]


def redact(case: Failure) -> Failure:
    """Return the case without the texts of item and reply, with their lengths instead."""
    texts = {name: getattr(case, name) for name in _TEXTS}
    hidden = {name: len(found) for name, found in texts.items() if found}
    for number, option in enumerate(case.options):
        hidden[f"option_{number}"] = len(option)
    blank: dict[str, Any] = dict.fromkeys(texts, "")
    return msgspec.structs.replace(case, **blank, options=("",) * len(case.options), hidden=hidden)
