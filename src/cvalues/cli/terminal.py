"""How the command line prints: one width, data as plain text, tables that fit or say what they left out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["Column", "console", "echo", "fitting_table", "plain_table", "safe", "wrapped"]

_PIPED = 120
"""Width of what goes into a file or another program, which has no width of its own."""

# What could move the cursor, change colours, hide or reorder parts of a line: C0 and C1 controls but
# the line feed, soft hyphen, zero-width characters but the joiners that scripts and emoji need, bidi
# marks, embeddings, overrides and isolates (UAX #9), line separators, tag characters, surrogates.
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# What a line may be broken after: a Chinese character with the marks that close it, or a word.
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(
    rf"[{_WIDE}][、。，．：；？！）】》」』”’…]*\s*|[^\s{_WIDE}]+[、。，．：；？！）】》」』”’…]*\s*|\s+"
)


def safe(text: str) -> str:
    r"""Return a text in which what could steer the terminal is spelled out: an escape as \x1b."""
    return text if text.isprintable() else _UNSAFE.sub(_spelled, text)


def wrapped(text: str, width: int, *, lead: str = "") -> str:
    """Return a text broken to lines of a width, Chinese between any two characters; later lines are indented.

    Args:
        lead: what the first line begins with, such as a bullet.
    """
    from rich.cells import cell_len

    lines, line, room = list[str](), "", width - cell_len(lead)
    for piece in _PIECE.findall(safe(text)):
        if line and cell_len(line + piece.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    indent = "\n" + " " * cell_len(lead)
    return lead + indent.join([*lines, line.rstrip()])


def echo(text: str, *, err: bool = False) -> None:
    """Print a line that may hold words from elsewhere: of items, replies, servers, files."""
    typer.echo(safe(text), err=err)


def console(piped: int = _PIPED) -> Console:
    """Return where to print tables: as wide as the terminal (or COLUMNS), else `piped` columns.

    Text is data: no markup, no emoji codes, no colouring of what looks like code.
    """
    from rich.console import Console

    free = typer.get_text_stream("stdout").isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(width=None if free else piped, markup=False, emoji=False, highlight=False)


class Column(NamedTuple):
    """One column of a table.

    Attributes:
        cells: one for each row.
        rank: the higher, the sooner it is left out of a narrow table; 0 stays.
        right: set flush right, as numbers are.
    """

    title: str
    cells: Sequence[str]
    rank: int = 0
    right: bool = False


def fitting_table(
    columns: Sequence[Column], target: Console, *, styles: Sequence[str] = (), ends: Sequence[int] = ()
) -> tuple[Table, list[str]]:
    """Return a table that fits the console, and the titles of the columns that had to go.

    Args:
        styles: of the rows, from the first on.
        ends: numbers of the rows, from 0, after which a line is drawn.
    """
    kept, left = list(columns), list[str]()
    while True:
        table = plain_table(kept, styles=styles, ends=ends)
        last = max(kept, key=lambda column: column.rank)
        if not last.rank or target.measure(table).minimum <= target.width >= _natural(table, target):
            return table, left
        kept.remove(last)
        left.append(last.title)


def _natural(table: Table, target: Console) -> int:
    """Return how wide a table would be if nothing set a limit."""
    return target.measure(table, options=target.options.update_width(10_000)).maximum


def plain_table(columns: Sequence[Column], *, styles: Sequence[str] = (), ends: Sequence[int] = ()) -> Table:
    """Return a table of all columns; what does not fit is folded within its cell."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(safe(column.title), justify="right" if column.right else "left", overflow="fold")
    for number, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        style = styles[number] if number < len(styles) else None
        table.add_row(*map(safe, cells), style=style, end_section=number in ends)
    return table


def _spelled(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
