"""What a vendor's table says about one model in one state, and the request body that follows from it.

Pure: the table and the parameters in, fields out. What is asked but cannot be had (thinking off
for a model that always thinks) is the user's to know before the first call, so it is an error.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cvalues.errors import InputError
from cvalues.models.model import Mode, Params
from cvalues.models.provider_rules import ModelRule, Provider, Thinks, regex

__all__ = ["Quirks", "effective_values", "logprob_limit", "quirks", "request_fields"]

_TOP_LOGPROBS = 20  # as many as most servers give: labels come in several spellings ("A", " A", "Ａ")

_CAPS = ("max_tokens", "max_completion_tokens")


class Quirks(msgspec.Struct, kw_only=True):
    """What holds for one model in one state: all matching rows of `ModelRule`, laid over each other.

    Attributes:
        thinking: whether the model will think; True also when it may and nobody said.
        switch: fields that bring that state about; empty where it needs none.
    """

    thinks: Thinks = ""
    think_default: bool | None = None
    think_on: dict[str, Any] = {}
    think_off: dict[str, Any] = {}
    think_min_tokens: int = 0
    max_tokens: str = "max_tokens"
    omit: tuple[str, ...] = ()
    at_zero: dict[str, Any] | None = None
    temperature_max: float | None = None
    seed_range: tuple[int, int] | None = None
    logprobs: int | None = None
    send: dict[str, Any] = {}
    effective: dict[str, float | str] = {}
    thinking: bool = False
    switch: dict[str, Any] = {}


def quirks(provider: Provider, model: str, thinking: bool | None = None, mode: Mode = "text") -> Quirks:
    """Return what the vendor's table says about this model.

    Args:
        provider: the vendor's table.
        model: the name after the vendor's.
        thinking: as asked; None takes the table's default.
        mode: in `logprob`, a model that can be kept from thinking is, because its first token
            would be a thought.

    Raises:
        InputError: when the model cannot be brought into the state asked for.
    """
    found = Quirks()
    rows = [row for row in provider.models if not row.match or regex(row.match).search(model)]
    for row in rows:
        if not row.when:
            _lay(found, row)
    _settle(found, provider, model, thinking, mode)
    state = "thinking" if found.thinking else "direct"
    for row in rows:
        if row.when == state:
            _lay(found, row)
    return found


def request_fields(
    provider: Provider, model: str, params: Params, max_tokens: int, mode: Mode = "text", n_labels: int = 0
) -> dict[str, Any]:
    """Return the body's parameter fields, after the vendor's quirks; model and messages are not in it.

    Depends on nothing else, so one result serves all calls with equal arguments. `Params.extra`
    comes last and wins. In mode `logprob` the log-probability fields are left out where the vendor
    documents none (see `logprob_limit`).

    Args:
        provider: the vendor's table.
        model: the name after the vendor's.
        params: as the user set them.
        max_tokens: the cap; raised to the table's least while a model thinks, unless
            `Params.max_tokens` states it.
        mode: read text, or first-token probabilities.
        n_labels: options to find in `top_logprobs`.

    Raises:
        InputError: when the model cannot think as asked, or thinking meets mode `logprob`.
    """
    found = quirks(provider, model, params.thinking, mode)
    fields: dict[str, Any] = dict(found.send)
    _sampling(fields, found, params)
    cap = max_tokens
    if found.thinking and not params.max_tokens:
        cap = max(cap, found.think_min_tokens)
    if cap > 0 and not any(name in params.extra for name in _CAPS):
        fields[found.max_tokens] = cap
    if mode == "logprob" and found.logprobs != 0:
        fields["logprobs"] = True
        wanted = max(_TOP_LOGPROBS, n_labels)
        fields["top_logprobs"] = wanted if found.logprobs is None else min(found.logprobs, wanted)
    fields.update(found.switch)
    fields.update(params.extra)
    return fields


def logprob_limit(provider: Provider, model: str, thinking: bool | None = None) -> int | None:
    """Return the most `top_logprobs` for this model: 0 where none are offered, None where it is not known.

    Raises:
        InputError: when the model cannot think as asked.
    """
    return quirks(provider, model, thinking, "text" if thinking else "logprob").logprobs


def effective_values(provider: Provider, model: str, params: Params) -> dict[str, float | str]:
    """Return the parameters that the vendor documents as in force, whatever is sent (for the manifest).

    Raises:
        InputError: when the model cannot think as asked.
    """
    return dict(quirks(provider, model, params.thinking, params.mode).effective)


def _lay(found: Quirks, row: ModelRule) -> None:
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if name in ("match", "when") or value is None:
            continue
        old = getattr(found, name)
        if name == "omit":
            value = (*old, *value)
        elif name in ("send", "effective"):
            value = {**old, **value}
        setattr(found, name, value)


def _settle(found: Quirks, provider: Provider, model: str, thinking: bool | None, mode: Mode) -> None:
    """Fix the thinking state and the fields that bring it about."""
    name = f"{provider.name}/{model}"
    if mode == "logprob" and thinking:
        raise InputError(
            f"{name}: thinking and mode logprob exclude each other, because the first token would be a "
            "thought; leave out one of them"
        )
    asked = thinking
    if asked is None and mode == "logprob" and found.think_off and found.thinks in ("switch", "stream"):
        asked = False
    if asked is None:
        asked = found.think_default if found.thinks in ("switch", "stream") else None
    found.thinking = asked if asked is not None else found.thinks in ("always", "switch")
    if asked is None:
        return
    if asked:
        _refuse_on(found, name)
    elif found.thinks == "always":
        raise InputError(
            f"{name}: this model always thinks, so thinking cannot be turned off; leave the setting out, "
            "or change the vendor's table (CVALUES_PROVIDERS) if that is no longer so"
        )
    if found.thinks in ("always", "never"):
        return
    found.switch = found.think_on if asked else found.think_off
    if not found.switch and thinking is not None:
        raise InputError(
            f"{name}: no switch is known that turns thinking {'on' if asked else 'off'}; leave the setting "
            "out, send the vendor's own field with extra, or add think_on and think_off to its table"
        )


def _refuse_on(found: Quirks, name: str) -> None:
    if found.thinks == "never":
        raise InputError(f"{name}: this model does not think; leave the setting out")
    if found.thinks == "stream":
        raise InputError(
            f"{name}: this model thinks only in streamed calls, which are not made here; leave the "
            "setting out, or take a newer model"
        )


def _sampling(fields: dict[str, Any], found: Quirks, params: Params) -> None:
    """Add temperature, top_p and seed as this model takes them."""
    heat = params.temperature
    if heat is not None and "temperature" not in found.omit:
        if heat <= 0 and found.at_zero is not None:
            fields.update(found.at_zero)
        else:
            highest = found.temperature_max
            fields["temperature"] = heat if highest is None else min(heat, highest)
    if params.top_p is not None and "top_p" not in found.omit:
        fields["top_p"] = params.top_p
    if params.seed is not None and "seed" not in found.omit:
        fields["seed"] = _folded(params.seed, found.seed_range)


def _folded(seed: int, bounds: tuple[int, int] | None) -> int:
    if bounds is None or bounds[0] <= seed <= bounds[1]:
        return seed
    low, high = bounds
    return low + seed % (high - low + 1)
