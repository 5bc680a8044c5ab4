"""The governor: how many calls are under way, who waits, what is tried again, and when a run stops.

    call ──▶ a slot in the window ──▶ the gate (pauses, RPM, TPM) ──▶ Model.ask ──▶ what now?
               ▲                                                                      │
               └──────────── again, after a pause that all share or a wait of its own ◀┘

A limit that a server states is kept by all callers. A content block is an answer and is never retried:
retrying until one passes would hide the rate that is being measured.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn

import msgspec

from cvalues.errors import EndpointDown, Incomplete, Interrupted
from cvalues.models.limits_policy import FAILURES, Breaker, Pacer, Window, backoff
from cvalues.models.limits_words import beyond, explain
from cvalues.models.model import STOPPING, Ask, Fault, Model, Reply

__all__ = ["Governor", "GovernorState", "Limits"]

_LIMITED_TRIES = 100
"""Refusals for rate that one call may meet while others get through."""

_LONGEST = 30.0
"""Seconds of the longest wait between two tries of one call."""

_SHORT = 60.0
"""Seconds that any run may stand still for a rate limit: a minute is what the limits are counted in."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the user allows.

    Attributes:
        max_connections: the most calls at once.
        rpm: requests a minute; None leaves it to the server's refusals.
        tpm: tokens a minute, prompt and answer; None likewise.
        max_wait: seconds that the run may stand still for a limit or an allowance.
        retries: tries after the first for network, timeout, overload and broken bodies.
        timeout: seconds one call may take.
        backoff: seconds of the first wait between tries, doubled each time.
        failures: failures in a row that stop the run, if they last for `patience` seconds.
    """

    max_connections: int = 100
    rpm: float | None = None
    tpm: float | None = None
    max_wait: float = 600.0
    retries: int = 6
    timeout: float = 120.0
    backoff: float = 0.5
    failures: int = 20
    patience: float = 30.0


class GovernorState(msgspec.Struct, frozen=True):
    """What the progress line shows.

    Attributes:
        concurrency: calls allowed at once now.
        waiting_until: POSIX time at which all go on, None when nobody waits.
        reason: why, in words; empty when nobody waits.
        busy: calls under way.
    """

    concurrency: int
    waiting_until: float | None
    reason: str
    busy: int = 0


class _Tally:
    """What one call has met so far."""

    __slots__ = ("attempts", "epoch", "failed", "limited", "unsupported")

    def __init__(self) -> None:
        self.attempts = 0
        self.failed = 0
        self.limited = 0
        self.unsupported = 0
        self.epoch = 0


class Governor:
    """Asks a model as fast as it allows, and no faster.

    Args:
        model: what is asked.
        limits: what the user allows.
        clock: seconds that only grow.
        sleep: waits so many of the clock's seconds.
        wall: POSIX time, for telling until when.
        seed: of the jitter; equal seeds and equal replies give equal waits.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wall: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        self.limits = limits or Limits()
        self._model = model
        self._clock, self._sleep, self._wall = clock, sleep, wall
        self._rng = random.Random(seed)  # noqa: S311 - jitter, not a secret
        self._window = Window(min(self.limits.max_connections, model.parallel))
        self._breaker = Breaker(self.limits.failures, self.limits.patience)
        self._rpm = Pacer(self.limits.rpm) if self.limits.rpm else None
        self._tpm = Pacer(self.limits.tpm) if self.limits.tpm else None
        self._answer_tokens: float | None = None
        self._busy = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._pause_until = 0.0
        self._reason = ""
        self._gated = self._rpm is not None or self._tpm is not None
        self._epoch = 0
        self._pauses = 0
        self._limited_since: float | None = None
        self._down: str | None = None
        self._ending: type[Incomplete] = EndpointDown
        self._halt: asyncio.Future[None] | None = None

    def state(self) -> GovernorState:
        """Return what the progress line shows."""
        left = self._pause_until - self._clock()
        if left <= 0:
            return GovernorState(self._window.slots, None, "", self._busy)
        return GovernorState(self._window.slots, self._wall() + left, self._reason, self._busy)

    async def call(self, ask: Ask) -> tuple[Reply, int]:
        """Return the reply and the number of attempts it took; a call given up returns its last failure.

        Raises:
            EndpointDown: when the endpoint, the key or the account cannot be used; from then on every
                call raises it, those that wait at once, those under way unless they are answered.
            Interrupted: likewise, after `drain`.
        """
        tally: _Tally | None = None
        while True:
            if self._busy < self._window.slots and not self._queue and self._down is None:
                self._busy += 1
            else:
                await self._turn(again=tally is not None)
            booked = 0.0
            try:
                if self._gated:
                    booked = await self._pass_gate(ask)
                epoch = self._epoch
                reply = await self._model.ask(ask)
            except BaseException:
                self._leave()
                raise
            if self._tpm is not None:
                self._settle(booked, ask, reply)
            if not reply.fault:
                self._good()
                self._leave()
                return reply, 1 if tally is None else tally.attempts + 1
            if tally is None:
                tally = _Tally()
            tally.attempts += 1
            tally.epoch = epoch
            try:
                wait = self._judge(reply, tally)
            finally:
                self._leave()
            if wait is None:
                return reply, tally.attempts
            if wait > 0:
                await self._rest(wait)

    def drain(self) -> None:
        """Let the calls under way end, and send home those that wait for a slot, a limit or another try."""
        self._close(Interrupted, "stopped before it was asked")

    def _good(self) -> None:
        self._window.success(self._clock(), self._busy)
        self._breaker.success()
        self._pauses = 0
        self._limited_since = None

    def _leave(self) -> None:
        """Give a slot back, and hand free slots to those who wait, first come first served."""
        self._busy -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        queue = self._queue
        while queue and self._busy < self._window.slots:
            waiter = queue.popleft()
            if not waiter.done():
                self._busy += 1
                waiter.set_result(None)

    async def _turn(self, *, again: bool) -> None:
        """Wait for a slot; those who try again go first, so that none is overtaken for ever."""
        self._raise_if_down()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if again:
            self._queue.appendleft(waiter)
        else:
            self._queue.append(waiter)
        self._hand_out()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._leave()
            raise

    async def _pass_gate(self, ask: Ask) -> float:
        """Wait until pauses are over and the client-side rates allow a call; return the tokens booked."""
        await self._sit_out_pause()
        now = self._clock()
        wait = self._rpm.reserve(now) if self._rpm is not None else 0.0
        booked = 0.0
        if self._tpm is not None:
            answer = ask.max_tokens if self._answer_tokens is None else self._answer_tokens
            booked = _prompt_tokens(ask) + answer
            wait = max(wait, self._tpm.reserve(now, booked))
        if wait > 0:
            await self._rest(wait)
            await self._sit_out_pause()
        return booked

    async def _sit_out_pause(self) -> None:
        while (left := self._pause_until - self._clock()) > 0:
            await self._rest(left)
        self._gated = self._rpm is not None or self._tpm is not None

    def _settle(self, booked: float, ask: Ask, reply: Reply) -> None:
        """Put the tokens that were spent in the place of those that were booked."""
        if self._tpm is None:
            return
        used = reply.usage.prompt + reply.usage.completion
        if used:
            old = self._answer_tokens
            answer = float(reply.usage.completion)
            self._answer_tokens = answer if old is None else 0.9 * old + 0.1 * answer
        elif not reply.fault:
            used = _prompt_tokens(ask) + len(reply.text) + len(reply.reasoning)
        self._tpm.settle(used - booked)

    def _judge(self, reply: Reply, tally: _Tally) -> float | None:
        """Return the seconds to wait before the next try, None when this reply is the last word."""
        fault = reply.fault
        now = self._clock()
        if fault in STOPPING:
            self._stop(reply)
        if fault == "quota":
            return self._wait_for_quota(reply, tally, now)
        if fault == "rate_limit" or (fault == "overload" and reply.wait):
            return self._slow_down(reply, tally, now)
        if fault in FAILURES:
            return self._fail(reply, tally, now)
        refused = fault in {"bad_request", "unsupported"}
        if refused and not self._breaker.proven:
            self._count_failure("bad_request", reply, tally, now)
        else:
            self._good()
        if fault == "unsupported" and tally.unsupported == 0:
            tally.unsupported = 1
            return 0.0
        return None

    def _wait_for_quota(self, reply: Reply, tally: _Tally, now: float) -> float | None:
        """Let all wait until the allowance is renewed, or stop when that is unknown or too far off."""
        if reply.wait is None:
            self._stop(reply, "The server does not say when it is renewed")
        self._pause_is_new(tally)
        return self._hold_all(reply, tally, max(1.0, reply.wait), now)

    def _slow_down(self, reply: Reply, tally: _Tally, now: float) -> float | None:
        """Ask less at once, and let all wait as long as the server says, or for a while that grows."""
        wait = reply.wait or 0.0
        self._window.cut(now, wait or None)
        if self._pause_is_new(tally) and wait <= 0:
            wait = backoff(self._rng, self._pauses, 2 * self.limits.backoff, jitter="half")
        return self._hold_all(reply, tally, wait, now)

    def _pause_is_new(self, tally: _Tally) -> bool:
        """Count a pause without an answer since the last, unless the call set out before that one."""
        if tally.epoch < self._epoch:
            return False
        self._epoch += 1
        self._pauses += 1
        self._window.restart(self._pauses)
        return True

    def _hold_all(self, reply: Reply, tally: _Tally, wait: float, now: float) -> float | None:
        """Close the gate for so long; stop where the run would stand still beyond what the user allows."""
        quota = reply.fault == "quota"
        if self._limited_since is None:
            self._limited_since = now
        stood = now - self._limited_since
        bound = self.limits.max_wait if quota else max(self.limits.max_wait, _SHORT)
        if stood + wait > bound:
            until = self._wall() + wait
            self._stop(reply, beyond(wait=wait, stood=stood, until=until, bound=bound))
        if now + wait > self._pause_until:
            self._pause_until = now + wait
            self._reason = "allowance used up" if quota else "rate limit"
            self._gated = True
        tally.limited += 1
        return None if tally.limited > _LIMITED_TRIES else 0.0

    def _fail(self, reply: Reply, tally: _Tally, now: float) -> float | None:
        """Count a failure of the endpoint; return the wait before the next try, None after the last."""
        fault = reply.fault
        self._count_failure(fault, reply, tally, now)
        if fault in {"overload", "timeout"}:
            self._window.cut(now)
        tally.failed += 2 if fault == "timeout" else 1  # a timeout has cost much time already
        outage = self._breaker.proven and self._breaker.row >= self.limits.failures
        if tally.failed > self.limits.retries and not outage:  # an outage is not this call's fault
            return None
        return max(backoff(self._rng, tally.failed, self.limits.backoff, cap=_LONGEST), 1e-3)

    def _count_failure(self, fault: str, reply: Reply, tally: _Tally, now: float) -> None:
        others = self._busy > 1 or bool(self._queue)
        if self._breaker.failure(fault, now, caller=id(tally), others=others):
            self._stop(reply)
        self._window.doubt()

    def _stop(self, reply: Reply, detail: str = "") -> NoReturn:
        """Bring all calls to an end.

        Raises:
            EndpointDown: always, save where the user has stopped the run already.
        """
        if self._down is None:
            advise: Callable[[Fault], str] | None = getattr(self._model, "advice", None)
            advice = advise(reply.fault) if advise is not None else ""
            self._close(EndpointDown, explain(self._model.name, reply, detail=detail, advice=advice))
        raise self._ending(self._down)

    def _close(self, ending: type[Incomplete], why: str) -> None:
        """Raise this error in all who wait and in all who come, if no other has been raised before."""
        if self._down is not None:
            return
        self._down, self._ending = why, ending
        if self._halt is not None and not self._halt.done():
            self._halt.set_result(None)
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_exception(ending(why))

    def _raise_if_down(self) -> None:
        if self._down is not None:
            raise self._ending(self._down)

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the run."""
        self._raise_if_down()
        if self._halt is None:
            self._halt = asyncio.get_running_loop().create_future()
        sleeper = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait((sleeper, self._halt), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not sleeper.done():
                sleeper.cancel()
        self._raise_if_down()


def _prompt_tokens(ask: Ask) -> int:
    """Return a careful guess of the prompt's tokens: at most one a character, in Chinese and in English."""
    return sum(len(message.content) for message in ask.messages)
