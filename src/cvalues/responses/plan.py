"""What has to be asked: items × orders × repeats, less what is done. Pure; nothing is rendered before its turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from cvalues.jsonl import content_id
from cvalues.prompts.choice import Orders, orders_of, prompt_id
from cvalues.prompts.template import Template
from cvalues.records import Item

__all__ = ["Call", "Plan", "response_id"]


class Call(msgspec.Struct, frozen=True):
    """One call to make: which item, in which order, for which time.

    Attributes:
        id: id of the response it will bring.
        order: item option indices as displayed; empty for open items.
        repeat: 0-based.
    """

    id: str
    prompt_id: str
    item: Item
    order: tuple[int, ...]
    repeat: int


def response_id(prompt_id: str, model: str, params: dict[str, Any], repeat: int) -> str:
    """Return the id of the response of a model under parameters to a prompt, for the n-th time."""
    return content_id(prompt_id, model, params, repeat)


class Plan:
    """The calls of one run.

    Args:
        items: what to ask, in the order to ask it.
        template: how to put it.
        orders: "both" (all orders of two options, cyclic orders of more) or "stored".
        repeats: how many times each prompt is asked.
        model: name of the model, part of the response ids.
        params: parameters that define the response, part of the response ids.
    """

    def __init__(
        self,
        items: Sequence[Item],
        template: Template,
        *,
        orders: Orders,
        repeats: int,
        model: str,
        params: dict[str, Any],
    ) -> None:
        self.items = items
        self.template = template
        self.orders: Orders = orders
        self.repeats = repeats
        self.model = model
        self.params = params

    @property
    def total(self) -> int:
        """Return how many calls the whole plan has."""
        return self.repeats * sum(len(orders_of(item, self.orders)) for item in self.items)

    def prompts(self) -> Iterator[tuple[Item, tuple[int, ...], str]]:
        """Yield every item in every order, with its prompt id, in plan order."""
        for item in self.items:
            for order in orders_of(item, self.orders):
                yield item, order, prompt_id(item.id, self.template, order)

    def calls(self, done: Collection[bytes] = frozenset()) -> Iterator[Call]:
        """Yield the calls whose responses are not in `done` (raw ids), repeats outermost."""
        prompts = self.prompts() if self.repeats == 1 else list(self.prompts())
        for repeat in range(self.repeats):
            for item, order, prompt in prompts:
                key = response_id(prompt, self.model, self.params, repeat)
                if bytes.fromhex(key) not in done:
                    yield Call(key, prompt, item, order, repeat)
