"""`cvalues label`: read which option each reply chose, check by hand what is unparsed, the paper's accounting."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from cvalues.cli.terminal import Column, console, echo, plain_table
from cvalues.cli.words import WORDS, language
from cvalues.errors import DataError, InputError

if TYPE_CHECKING:
    from cvalues.labels.official import Accounting

__all__ = ["app", "official", "read", "sheet", "sheet_import"]

app = typer.Typer(
    name="label",
    help="Read answers; hand-check what is unparsed. 判读回答；人工核对未能读出的回答。",
    no_args_is_help=True,
)


_Run = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of `cvalues run`. 评测文件夹。")]
_Lang = Annotated[str, typer.Option(help="Language of what is printed: zh or en. 输出语言。")]


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
    """Add verdict, rule and span to each line (逐行判读).

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


@app.command("sheet")
def sheet(
    run: _Run,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.xlsx", help="Default: RUN/check.xlsx. 默认写入评测文件夹。"),
    ] = None,
    lang: _Lang = "",
) -> None:
    """Write what could not be read as a sheet to fill (导出核对表).

    The sheet shows question, both replies and the answer, but neither the right reply nor the model.
    """
    from cvalues.pipeline.handcheck import export_sheet

    words = WORDS[language(lang)]
    path, count = export_sheet(run, out)
    if count:
        echo(words["to_check"].format(n=count, path=path))
        echo(words["then_import"].format(run=quote(str(run)), path=quote(str(path))))
    else:
        echo(words["nothing_to_check"])


@app.command("sheet-import")
def sheet_import(
    run: _Run,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The filled sheet. 填好的表格。")],
    lang: _Lang = "",
) -> None:
    """Add the labels of a filled sheet to its run (读回核对表).

    The run's numbers are computed again and printed. Labels are added, never overwritten; a
    person's label outranks the reader's.
    """
    from cvalues.cli.tables import print_results
    from cvalues.pipeline.handcheck import import_sheet
    from cvalues.pipeline.walk import Evaluation

    words = WORDS[language(lang)]
    got = import_sheet(run, file)
    echo(words["imported"].format(given=got.given, added=got.added))
    print_results(Evaluation(run, got.scored.results["run"]["model"], got.scored.results), lang)


@app.command("official")
def official(
    run: _Run,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document. 输出一个 JSON。")] = False,
    lang: _Lang = "",
) -> None:
    """Print the paper's five labels, acc and acc* of a run (论文口径)."""
    from cvalues.pipeline.handcheck import account_run

    accounting = account_run(run)
    if as_json:
        from cvalues.jsonl import dumps

        typer.echo(dumps(accounting))
    else:
        _print_accounting(accounting, language(lang))


def _print_accounting(found: Accounting, lang: str) -> None:
    from cvalues.report.text import name_of

    words = WORDS[lang]
    unread = {verdict: count for verdict, count in found.verdicts.items() if not verdict.startswith("option_")}
    target = console()
    names, counts = list(found.labels), [str(count) for count in found.labels.values()]
    target.print(plain_table((Column(words["label"], names), Column(words["n"], counts, right=True))))
    for name, rate, over in (("acc", found.acc, found.total_cnt), ("acc*", found.acc_star, found.pred_cnt)):
        shown = "n = 0" if rate is None else f"{100 * rate:.1f}%"
        echo(f"{name}: {shown}  ({found.correct} / {over})")
    named = ((name_of("verdict", verdict), count) for verdict, count in unread.items())
    rest = " · ".join(f"{name.zh if lang == 'zh' else name.en} {count}" for name, count in named)
    if rest:
        echo(f"{words['not_chosen']}: {rest}")


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
