"""The progress of one or several runs: a live bar each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cvalues.cli.terminal import echo, safe
from cvalues.cli.words import WORDS
from cvalues.report.text import name_of

if TYPE_CHECKING:
    from rich.progress import TaskID

    from cvalues.responses.run import Tally

__all__ = ["View", "describe"]

_LINE_SECONDS = 10.0
_ROOMY = 110
"""From this width on, bars are long and model names whole."""


class View:
    """Shows tallies as they come; a context manager, called with a tally several times a second.

    Args:
        enabled: False shows nothing.
        single: True when there is one run only, whose name need not be said again.
        lang: zh or en.
    """

    def __init__(self, *, enabled: bool = True, single: bool = True, lang: str = "en") -> None:
        self._enabled = enabled
        self._single = single
        self._lang = lang
        self._live = enabled and sys.stderr.isatty()
        self._progress: Any = None
        self._tasks: dict[int, TaskID] = {}
        self._tallies: dict[int, Tally] = {}  # held, so that no later one gets the id of one that is gone
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
        self._tallies.setdefault(id(tally), tally)
        if self._progress is not None:
            self._show(tally)
        elif self._enabled:
            self._print(tally)

    def _show(self, tally: Tally) -> None:
        task = self._tasks.get(id(tally))
        if task is None:
            task = self._progress.add_task(safe(tally.name), total=tally.total, state="")
            self._tasks[id(tally)] = task
        self._progress.update(task, completed=tally.done, state=describe(tally, self._lang))

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
        echo(f"{name}{tally.done}/{tally.total} {describe(tally, self._lang)}", err=True)


def describe(tally: Tally, lang: str = "en") -> str:
    """Return rate, time left, outcomes, concurrency and what is waited for, in one short line."""
    words = WORDS[lang]
    spent = max(time.monotonic() - tally.begun, 1e-6)
    rate = (tally.done - tally.started) / spent
    parts = [f"{rate:.1f}/s"]
    if rate > 0 and tally.done < tally.total:
        parts.append(f"{words['eta']} {_duration((tally.total - tally.done) / rate)}")
    for outcome, count in sorted(tally.outcomes.items()):
        if count:
            name = name_of("outcome", outcome)
            parts.append(f"{name.zh if lang == 'zh' else name.en} {count}")
    parts.append(f"×{tally.concurrency}")
    if tally.note:
        until = tally.waiting_until
        clock = time.strftime("%H:%M:%S", time.localtime(until)) if until else ""
        why = words.get(tally.note, tally.note)
        # Before the counts: where there is no room, it is the ends of lines that are not seen.
        parts.insert(0, words["waiting_until" if clock else "waiting"].format(why=why, clock=clock))
    return safe(" · ".join(parts))


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    console = Console(stderr=True)
    roomy = console.width >= _ROOMY

    def cut(most: int | None = None, ratio: int | None = None) -> Column:
        return Column(no_wrap=True, overflow="ellipsis", max_width=most, ratio=ratio)

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=cut(40 if roomy else 24)),
        BarColumn(bar_width=24 if roomy else 10),
        TextColumn("{task.completed}/{task.total}", table_column=Column(no_wrap=True, justify="right")),
        TextColumn("{task.fields[state]}", markup=False, table_column=cut(ratio=1)),
        console=console,
        refresh_per_second=4,
        expand=True,
    )
