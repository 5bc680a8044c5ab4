"""Items to prompts: every item in the orders in which it must be asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from cvalues.errors import InputError
from cvalues.jsonl import content_id
from cvalues.prompts.template import Template
from cvalues.records import Item, Prompt
from cvalues.registry import unknown

__all__ = ["Orders", "display_orders", "make_prompt", "make_prompts", "orders_of", "prompt_id"]

Orders = Literal["both", "stored"]
Order = tuple[int, ...]


def display_orders(count: int) -> list[Order]:
    """Return the orders that balance position: both for two options, the cyclic ones for more.

    Over them every option stands at every position exactly once.
    """
    return list(_cyclic(count))


@lru_cache(maxsize=64)
def _cyclic(count: int) -> tuple[Order, ...]:
    return tuple(tuple((place + shift) % count for place in range(count)) for shift in range(count))


def make_prompts(item: Item, template: Template, orders: Orders = "both") -> Iterator[Prompt]:
    """Return the prompts of one item, one for each order; an open item has one, without order.

    Everything is checked at once; each prompt is rendered when it is taken.

    Args:
        item: what to ask.
        template: how to ask it; of the item's kind.
        orders: "both" for all orders that balance position (cyclic ones for more than two options),
            "stored" for those a published file has (without any: the options as they stand).

    Raises:
        InputError: when template and item do not go together; says what to do.
        UnknownName: when `orders` is neither of the two words.
    """
    if orders not in ("both", "stored"):
        raise unknown("order", orders, ("both", "stored"))
    if item.kind != template.kind:
        raise InputError(
            f"item {item.id}: template '{template.name}' is for {template.kind} items and this one is "
            f"{item.kind}; use '{'choice' if item.kind == 'choice' else 'open'}-{template.lang}'"
        )
    if item.kind == "open":
        return iter([_open_prompt(item, template)])
    if len(item.options) < 2:
        raise InputError(f"item {item.id}: a choice needs two options or more, this has {len(item.options)}")
    wanted = orders_of(item, orders)
    if template.row:
        _row_texts(item, wanted)
    template.labels(len(item.options))
    return (make_prompt(item, template, order) for order in wanted)


def orders_of(item: Item, orders: Orders) -> list[Order]:
    """Return the orders in which a choice is asked; for an open item the one empty order.

    "both" gives `display_orders`; "stored" the orders of the published file, each once, or the
    options as they stand.
    """
    if item.kind == "open":
        return [()]
    if orders == "both":
        return display_orders(len(item.options))
    return list(dict.fromkeys(row.order for row in item.stored)) or [tuple(range(len(item.options)))]


def prompt_id(item_id: str, template: Template, order: Order) -> str:
    """Return the id of the prompt of an item in one order, without rendering it."""
    return content_id(item_id, template.name, template.version, order)


def make_prompt(item: Item, template: Template, order: Order) -> Prompt:
    """Return the prompt of one item in one order; an open item's order is empty.

    Raises:
        InputError: when the template `row` has no text for that order.
    """
    if item.kind == "open":
        return _open_prompt(item, template)
    row = _row_texts(item, [order])[order] if template.row else ""
    return _choice_prompt(item, template, order, template.labels(len(item.options)), row)


def _row_texts(item: Item, wanted: list[Order]) -> dict[Order, str]:
    """Return the stored text of every wanted order."""
    texts = {row.order: row.text for row in reversed(item.stored)}
    missing = [order for order in wanted if not texts.get(order)]
    if not texts or len(missing) == len(wanted):
        raise InputError(
            f"item {item.id}: template 'row' sends a published row's own text and this item has none; use 'choice-zh'"
        )
    if missing:
        raise InputError(
            f"item {item.id}: its file has {len(wanted) - len(missing)} of {len(wanted)} orders, so "
            "template 'row' cannot ask both; use the order 'stored', or the template 'choice-zh'"
        )
    return texts


def _choice_prompt(item: Item, template: Template, order: Order, labels: tuple[str, ...], row: str) -> Prompt:
    replies = [item.options[index] for index in order]
    return Prompt(
        id=prompt_id(item.id, template, order),
        item_id=item.id,
        messages=template.messages(item.prompt, replies, row),
        template=template.name,
        template_version=template.version,
        order=order,
        labels=labels,
        reasoning=template.reasoning,
        max_tokens=template.max_tokens,
    )


def _open_prompt(item: Item, template: Template) -> Prompt:
    return Prompt(
        id=prompt_id(item.id, template, ()),
        item_id=item.id,
        messages=template.messages(item.prompt),
        template=template.name,
        template_version=template.version,
        reasoning=template.reasoning,
        max_tokens=template.max_tokens,
    )
