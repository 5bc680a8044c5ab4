"""The progress of one or several runs: a live bar each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import TaskID

    from cvalues.responses.run import Tally

__all__ = ["View", "describe"]

_LINE_SECONDS = 10.0


class View:
    """Shows tallies as they come; a context manager, called with a tally several times a second.

    Args:
        enabled: False shows nothing.
        single: True when there is one run only, whose name need not be said again.
    """

    def __init__(self, *, enabled: bool = True, single: bool = True) -> None:
        self._enabled = enabled
        self._single = single
        self._live = enabled and sys.stderr.isatty()
        self._progress: Any = None
        self._tasks: dict[int, TaskID] = {}
        self._last: dict[int, tuple[float, int, str]] = {}

    def __enter__(self) -> Self:
        """Start the live view on a terminal."""
        if self._live:
            self._progress = _bars()
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen."""
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, tally: Tally) -> None:
        """Show how far this run is."""
        if self._progress is not None:
            self._show(tally)
        elif self._enabled:
            self._print(tally)

    def _show(self, tally: Tally) -> None:
        task = self._tasks.get(id(tally))
        if task is None:
            task = self._progress.add_task(tally.name, total=tally.total, state="")
            self._tasks[id(tally)] = task
        self._progress.update(task, completed=tally.done, state=describe(tally))

    def _print(self, tally: Tally) -> None:
        now = time.monotonic()
        then, done, note = self._last.get(id(tally), (tally.begun, -1, ""))
        new_wait = tally.note and tally.note != note
        if tally.done == done and not new_wait:
            return
        if now - then < _LINE_SECONDS and tally.done < tally.total and done >= 0 and not new_wait:
            return
        self._last[id(tally)] = (now, tally.done, tally.note)
        name = "" if self._single else f"{tally.name}: "
        sys.stderr.write(f"{name}{tally.done}/{tally.total} {describe(tally)}\n")
        sys.stderr.flush()


def describe(tally: Tally) -> str:
    """Return rate, time left, outcomes, concurrency and what is waited for, in one short line."""
    spent = max(time.monotonic() - tally.begun, 1e-6)
    rate = (tally.done - tally.started) / spent
    parts = [f"{rate:.1f}/s"]
    if rate > 0 and tally.done < tally.total:
        parts.append(f"ETA {_duration((tally.total - tally.done) / rate)}")
    parts += [f"{name} {count}" for name, count in sorted(tally.outcomes.items()) if count]
    parts.append(f"×{tally.concurrency}")
    if tally.note:
        until = tally.waiting_until
        clock = f" until {time.strftime('%H:%M:%S', time.localtime(until))}" if until else ""
        parts.append(f"waiting: {tally.note}{clock}")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}", markup=False),
        console=Console(stderr=True),
        refresh_per_second=4,
    )
