"""A loop whose clock jumps to the next timer instead of waiting; it says so when nothing can ever happen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        select = self._selector.select

        def jump(timeout: float | None = None) -> list[Any]:
            ready = select(0)
            if ready or timeout == 0:
                return ready
            if timeout is None:
                raise RuntimeError("deadlock: all wait and no timer is set")
            self._now += timeout
            return ready

        self._selector.select = jump

    def time(self) -> float:
        return self._now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in simulated time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
