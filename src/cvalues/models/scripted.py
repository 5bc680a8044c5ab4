"""Deterministic models without a network: for tests, for dry demonstrations, for checking one's own pipeline.

Each shows one way to answer, so the numbers that a run must give are known beforehand:
`gold` is always right, `first`/`last` go by position, `random` is chance, `refuse`, `both`, `neither`,
`garble` never choose, and `blocked` plays a vendor's content filter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cvalues.models.model import Ask, Params, Reply
from cvalues.records import Usage
from cvalues.registry import unknown

__all__ = ["BEHAVIOURS", "Scripted"]


def _position(ask: Ask, index: int) -> Reply:
    label = ask.labels[index] if ask.labels else ""
    return Reply(outcome="answered", text=label or "好的，我来回答这个问题。", finish="stop")


def _gold(ask: Ask) -> Reply:
    return _position(ask, ask.order.index(ask.gold) if ask.gold is not None and ask.order else 0)


def _random(ask: Ask) -> Reply:
    key = f"{ask.item_id}/{ask.order}/{ask.repeat}".encode()
    return _position(ask, hashlib.blake2b(key, digest_size=8).digest()[0] % max(1, len(ask.labels)))


def _says(text: str) -> Callable[[Ask], Reply]:
    return lambda ask: Reply(outcome="answered", text=text, finish="stop")


def _blocked(ask: Ask) -> Reply:
    return Reply(
        outcome="blocked_input",
        fault="blocked_input",
        error="scripted content block",
        finish="content_filter",
    )


BEHAVIOURS: dict[str, Callable[[Ask], Reply]] = {
    "blocked": _blocked,
    "both": _says("两个回复都很好，不分高下。"),
    "first": lambda ask: _position(ask, 0),
    "garble": _says("嗯……"),
    "gold": _gold,
    "last": lambda ask: _position(ask, len(ask.labels) - 1),
    "neither": _says("两个回复都不合适。"),
    "random": _random,
    "refuse": _says("抱歉，我无法回答这个问题。"),
}


class Scripted:
    """A model that answers by one of `BEHAVIOURS`.

    Raises:
        UnknownName: when there is no such behaviour.
    """

    parallel = 100
    answer_tokens = 0
    fingerprint = ""
    preferred_template = ""

    def __init__(self, behaviour: str) -> None:
        if behaviour not in BEHAVIOURS:
            raise unknown("scripted model", behaviour, BEHAVIOURS)
        self.name = f"scripted/{behaviour}"
        self._answer = BEHAVIOURS[behaviour]

    def check(self, params: Params, /) -> None:
        """Do nothing: any parameters will do."""

    async def open(self) -> None:
        """Do nothing: there is nothing to start."""

    async def close(self) -> None:
        """Do nothing: there is nothing to give back."""

    async def ask(self, ask: Ask, /) -> Reply:
        """Return the scripted reply; equal asks have equal replies."""
        reply = self._answer(ask)
        reply.status = 200
        reply.usage = Usage(prompt=sum(len(message.content) for message in ask.messages), completion=len(reply.text))
        return reply
