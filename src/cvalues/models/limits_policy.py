"""How fast to ask and when to give up: pure rules, no clock and no waiting of their own.

Every rule is told the time. `cvalues.models.limits` reads the clock, waits, and asks these.
"""

from __future__ import annotations

import random
from typing import Literal

__all__ = ["FAILURES", "Breaker", "Pacer", "Window", "backoff"]

FAILURES: frozenset[str] = frozenset({"network", "timeout", "overload", "bad_body"})
"""Faults that say the endpoint does not work, as against one that works and limits us."""

_FIRST_CONTACT = {"network": 4, "timeout": 3, "overload": 7, "bad_body": 7, "bad_request": 20}
"""Failures in a row that end a run before the endpoint has answered even once.

Few, because a wrong address or an unloaded server does not mend while we wait; a refused parameter
gets more, because it may be one odd prompt.
"""

_FIRST_CONTACT_SECONDS = 12.0
"""An address that cannot be reached twice in this time is wrong, even if each try is slow to fail."""


class Window:
    """How many calls may be under way: slow start, additive growth, multiplicative cut.

    One call goes first; once the endpoint has proven itself the window opens to `start` and grows by one
    for each answer that came back while it was full (so it doubles each round trip) until the first cut.
    A cut takes a fifth, at most once in a cool-down, because all calls under way when a limit is hit are
    refused together and tell one thing. After a cut it grows by one a round trip. After a pause it starts
    again from a part of its size and doubles back, so that an endpoint that still refuses is not asked by
    all at once. Scheme: AIMD with slow start and restart as in TCP congestion control (RFC 5681 sections
    3.1, 3.2 and 4.1), with the milder factor 0.8.

    Args:
        most: the most calls at once.
        start: the size after the first answer.
    """

    FACTOR = 0.8
    COOL_DOWN = 15.0

    def __init__(self, most: int, start: int = 10) -> None:
        self.most = max(1, most)
        self.size = 1.0
        self.slots = 1
        self._open = 1.0
        self._start = float(max(1, min(start, self.most)))
        self._proven = False
        self._slow_start = True
        self._cool_until = self._grow_from = float("-inf")

    def success(self, now: float, busy: int) -> None:
        """Grow after an answer, if the window was full (`busy` calls under way)."""
        if not self._proven:
            self._proven = True
            self.size = self._open = self._start
        elif busy < self.slots:
            return
        elif self._open < self.size:
            self._open = min(self.size, self._open + 1.0)
        elif self.size >= self.most or now < self._grow_from:
            return
        else:
            self.size = min(self.most, self.size + (1.0 if self._slow_start else 1.0 / self.size))
            self._open = self.size
        self.slots = int(self._open + 1e-9)

    def doubt(self) -> None:
        """Let a few go where the first failed: one odd prompt must not speak for the endpoint."""
        if not self._proven:
            self.size = self._open = min(4.0, self._start)
            self.slots = int(self._open)

    def cut(self, now: float, wait: float | None = None) -> bool:
        """Shrink after a refusal and return True, or False inside the cool-down of an earlier cut.

        It does not grow again before a whole cool-down has passed since the wait ended.

        Args:
            now: the time.
            wait: the server's own Retry-After; a short one shortens the cool-down, but not under a second.
        """
        if now < self._cool_until:
            return False
        self._cool_until = now + (self.COOL_DOWN if wait is None else min(self.COOL_DOWN, max(1.0, wait)))
        self._grow_from = now + (wait or 0.0) + self.COOL_DOWN
        self._slow_start = False
        self.size = max(1.0, self.size * self.FACTOR)
        self._open = min(self._open, self.size)
        self.slots = int(self._open + 1e-9)
        return True

    def restart(self, pauses: int) -> None:
        """Begin again from a quarter of the size, a sixteenth after two pauses without an answer between."""
        self._open = max(1.0, min(self._open, self.size / 4.0 ** min(pauses, 10)))
        self.slots = int(self._open + 1e-9)


class Pacer:
    """Keeps to a rate a minute by giving each caller the time at which it may go.

    The generic cell rate algorithm (ITU-T I.371), which is a token bucket that needs no refilling. The bucket
    holds one second's worth, because some vendors (DashScope) divide their minute by sixty. A cost
    larger than the bucket may go when the bucket is not in debt.

    Args:
        per_minute: units a minute.
    """

    def __init__(self, per_minute: float) -> None:
        self.interval = 60.0 / per_minute
        self._burst = max(1.0, self.interval) - self.interval
        self._free_at = float("-inf")

    def reserve(self, now: float, cost: float = 1.0) -> float:
        """Return the seconds to wait before spending `cost`, which is booked at once."""
        free_at = max(self._free_at, now)
        self._free_at = free_at + cost * self.interval
        return max(0.0, free_at - self._burst - now)

    def settle(self, difference: float) -> None:
        """Correct an earlier booking by the units that it was too low (or, negative, too high)."""
        self._free_at += difference * self.interval


class Breaker:
    """Tells when an endpoint is plainly down, so that a run stops instead of burning its calls.

    After a first answer: `failures` in a row, spread over at least `patience` seconds. Before it: the
    few of `_FIRST_CONTACT`, of at least two calls where there is more than one.

    Args:
        failures: failures in a row, over all calls.
        patience: seconds since the first of them.
    """

    def __init__(self, failures: int = 20, patience: float = 30.0) -> None:
        self.failures = failures
        self.patience = patience
        self.proven = False
        self.row = 0
        self.since: float | None = None
        self._counts: dict[str, int] = {}
        self._callers: set[int] = set()

    def success(self) -> None:
        """Forget the failures: the endpoint answered."""
        self.proven = True
        if self.row:
            self.row = 0
            self.since = None
            self._counts.clear()
            self._callers.clear()

    def failure(self, fault: str, now: float, *, caller: int = 0, others: bool = False) -> bool:
        """Count one failure and return True when the endpoint is to be given up.

        Args:
            fault: what went wrong.
            now: the time.
            caller: tells one call from another.
            others: more calls are under way or waiting.
        """
        if self.since is None:
            self.since = now
        self.row += 1
        self._counts[fault] = self._counts.get(fault, 0) + 1
        elapsed = now - self.since
        if self.proven:
            return fault in FAILURES and self.row >= self.failures and elapsed >= self.patience
        self._callers.add(caller)
        if others and len(self._callers) < 2:
            return False
        if fault == "network" and self._counts[fault] > 1 and elapsed >= _FIRST_CONTACT_SECONDS:
            return True
        return self._counts[fault] >= _FIRST_CONTACT.get(fault, self.failures)


def backoff(
    rng: random.Random,
    failures: int,
    base: float,
    *,
    cap: float = 60.0,
    jitter: Literal["full", "half"] = "full",
) -> float:
    """Return the seconds to wait after so many failures: exponential with jitter, at most `cap`.

    `full` draws from the whole range, which spreads many callers best; `half` from its upper half, for a
    wait that all callers share. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture
    Blog, 2015.
    """
    top = min(cap, base * 2.0 ** min(failures - 1, 30))
    return top * (rng.random() if jitter == "full" else 0.5 + 0.5 * rng.random())
