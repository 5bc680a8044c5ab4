"""`cvalues label`: read which option each reply chose, in any JSONL file."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cvalues.errors import DataError, InputError

__all__ = ["app", "read"]

app = typer.Typer(
    name="label",
    help="Read answers from any file. 读取任意文件中的回答。",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:  # pyright: ignore[reportUnusedFunction] - typer calls it
    """Keep `read` a subcommand even while it is the only one."""


@app.command("read")
def read(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="JSONL with `text` and `style`; - is standard input. 含 text 与 style 的 JSONL。",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write here instead of standard output. 写到该文件。")
    ] = None,
) -> None:
    """Add verdict, rule and span to each line (给每一行加上 verdict、rule、span).

    A line has `text` (the reply) and `style`: 回复1/回复2, A/B or A/B/C/D. With `options` (their
    texts in the order displayed) and `question`, options quoted back are recognised too.
    """
    from cvalues.jsonl import encode
    from cvalues.labels.readfile import read_lines

    if out is not None and file != "-" and out.resolve() == Path(file).resolve():
        raise InputError(f"{out}: is the file being read; write to another one")
    with _source(file) as lines, _target(out) as target:
        for line in read_lines(lines, "<stdin>" if file == "-" else file):
            target.write(encode(line) + b"\n")


@contextmanager
def _source(file: str) -> Generator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        opened = open(file, "rb")  # noqa: SIM115 - closed below; an error while reading is not one of opening
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=file) from error
    with opened:
        yield opened


@contextmanager
def _target(out: Path | None) -> Generator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        opened = out.open("wb")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error
    with opened:
        yield opened
