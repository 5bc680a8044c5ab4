"""The protocol every model follows: one async call in, one reply out, never an exception for bad luck.

A `Model` makes exactly one attempt. Retrying, waiting and stopping are `cvalues.models.limits`'s;
what a reply means is `cvalues.labels`'s.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from cvalues.records import Logprobs, Message, Outcome, Usage

__all__ = ["RETRYABLE", "STOPPING", "Ask", "Fault", "Mode", "Model", "Params", "Reply"]

Mode = Literal["text", "logprob"]

Fault = Literal[
    "",  # none
    "blocked_input",  # the vendor's filter refused the prompt: an outcome, never retried
    "blocked_output",  # the vendor's filter refused the answer: an outcome, never retried
    "rate_limit",  # requests or tokens a minute, or concurrency: slow down and retry
    "quota",  # a plan's allowance is used up; `Reply.wait` says until when, if the vendor does
    "no_money",  # stop the run
    "auth",  # wrong key, wrong host for the key, no right to the model: stop the run
    "model",  # no such model: stop the run
    "overload",  # the server is overloaded or broken for the moment: retry
    "too_long",  # prompt exceeds the context: failed, not retried
    "bad_request",  # parameter refused: failed, not retried
    "unsupported",  # the server lacks what was asked (log-probabilities)
    "network",  # connection refused, reset, DNS: retry
    "timeout",  # no answer in time: retry
    "bad_body",  # truncated or non-JSON or shapeless body: retry
]

RETRYABLE: frozenset[str] = frozenset({"rate_limit", "overload", "network", "timeout", "bad_body"})
STOPPING: frozenset[str] = frozenset({"auth", "no_money", "model"})


class Params(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a model is asked; None leaves the server's default.

    Attributes:
        max_tokens: cap on answer tokens; 0 takes the prompt template's.
        thinking: switch for models that think before they answer; None takes the vendor table's default.
        mode: read the answer from text, or from first-token option probabilities.
        extra: fields added to the request body as they stand.
    """

    temperature: float | None = 0.0
    top_p: float | None = None
    max_tokens: int = 0
    seed: int | None = None
    thinking: bool | None = None
    mode: Mode = "text"
    extra: dict[str, Any] = {}


class Ask(msgspec.Struct, frozen=True):
    """One call: the messages, the parameters, and what the offline models match on.

    Attributes:
        labels: displayed option names in display order; what log-probability mode looks for.
        item_id, prompt_text, order, repeat: what `replay` and `scripted` go by.
    """

    messages: tuple[Message, ...]
    params: Params
    max_tokens: int
    labels: tuple[str, ...] = ()
    item_id: str = ""
    prompt_text: str = ""
    order: tuple[int, ...] = ()
    repeat: int = 0
    gold: int | None = None


class Reply(msgspec.Struct, kw_only=True):
    """What one attempt brought.

    Attributes:
        outcome: `failed` whenever `fault` is set, save for the two blocks.
        wait: seconds the server asked to wait (Retry-After, or a stated quota reset); None if unsaid.
        sent: the parameters as sent, after the vendor's quirks.
        remaining: the server's own count of requests left in its window, -1 if unsaid.
    """

    outcome: Outcome
    text: str = ""
    reasoning: str = ""
    finish: str = ""
    usage: Usage = Usage()
    latency: float = 0.0
    status: int = 0
    fault: Fault = ""
    error: str = ""
    served_by: str = ""
    wait: float | None = None
    logprobs: Logprobs | None = None
    sent: dict[str, Any] = {}
    remaining: int = -1


class Model(Protocol):
    """What the runner needs of a model."""

    @property
    def name(self) -> str:
        """Return `provider/model`, as the user named it."""
        ...

    @property
    def parallel(self) -> int:
        """Return the most calls that make sense at once (1 for a single slot, 100 for a service)."""
        ...

    @property
    def fingerprint(self) -> str:
        """Return what tells this model's file from another of the same name; empty for a service."""
        ...

    @property
    def answer_tokens(self) -> int:
        """Return the cap on tokens of a direct answer that suits this model; 0 takes the template's."""
        ...

    @property
    def preferred_template(self) -> str:
        """Return the prompt template that suits this model when the user names none; empty has no wish."""
        ...

    def check(self, params: Params, /) -> None:
        """Do nothing if the model can be asked with these parameters.

        Raises:
            InputError: when its vendor does not allow them, such as thinking off where it cannot be.
        """
        ...

    async def ask(self, ask: Ask, /) -> Reply:
        """Return the reply of exactly one attempt; network and server trouble is a `fault`."""
        ...

    async def open(self) -> None:
        """Start what the model needs (a pool, a local server).

        Raises:
            InputError: when the name, key or file is wrong before any call is made.
        """
        ...

    async def close(self) -> None:
        """Give back what `open` took; safe to call twice."""
        ...
