"""`cvalues data`: suites and public sets; what exists, what is in them, getting and checking them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvalues.cli.terminal import Column, console, echo, fitting_table, plain_table
from cvalues.cli.words import WORDS, language
from cvalues.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from cvalues.datasets.catalog import Dataset
    from cvalues.records import Item

__all__ = ["app", "get", "list_datasets", "show", "validate"]

app = typer.Typer(
    name="data",
    help="Suites and public sets: list, show, get, validate. 题集与公开数据集。",
    no_args_is_help=True,
)

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document. 输出一个 JSON。")]
_Columns = Annotated[
    str,
    typer.Option(
        metavar="MAP",
        help="Which column is what, as in prompt=问题,good=正例,bad=反例,category=领域. 列名对应。",
    ),
]
_WORDS = {
    "zh": {
        "category": "类别",
        "name": "名称",
        "level": "级别",
        "items": "题数",
        "licence": "许可",
        "state": "状态",
        "bundled": "自带",
        "installed": "已安装",
        "available": "可获取",
        "unknown": "不明",
    },
    "en": {},
}
_DIFFICULTIES = {"easy": 0, "medium": 1, "hard": 2}


@app.command("list")
def list_datasets(as_json: _AsJson = False) -> None:
    """List bundled, installed and available datasets (列出数据集)."""
    rows = [_row(name) for name in _names()]
    if as_json:
        _print_json(rows)
        return
    lang = language()
    words = _WORDS[lang]
    cells = {
        "name": [f"{row['name']}\n  {row[f'title_{lang}']}" for row in rows],
        "level": ["+".join(map(str, row["levels"])) for row in rows],
        "items": ["?" if row["items"] is None else str(row["items"]) for row in rows],
        "licence": [str(words.get(row["licence"], row["licence"])) for row in rows],
        "state": [str(words.get(row["state"], row["state"])) for row in rows],
    }
    columns = [Column(words.get(key, key), column, right=key == "items") for key, column in cells.items()]
    target = console()
    target.print(plain_table(columns))
    target.print("cvalues data show NAME · cvalues data get NAME", style="dim")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A dataset or a file. 数据集名或文件。")],
    head: Annotated[int, typer.Option(min=0, help="Print items too. 打印前几题。")] = 0,
    columns: _Columns = "",
    as_json: _AsJson = False,
) -> None:
    """Show what a dataset holds, by category and difficulty (查看数据集)."""
    from cvalues.datasets import load_suite, parse_columns, suite_hash

    entry = _entry(name)
    if entry is not None and _state(entry) == "available":
        if as_json:
            _print_json(_row(name))
        else:
            _print_entry(entry)
            echo(f"\nnot installed 未安装: cvalues data get {name}")
        return
    items = load_suite(name, columns=parse_columns(columns) if columns else None)
    if as_json:
        _print_json({**_contents(items), "name": name, "hash": suite_hash(items)})
        return
    if entry is not None:
        _print_entry(entry)
    _print_contents(items, suite_hash(items))
    for number, item in enumerate(items[:head], 1):
        _print_item(number, item)


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `cvalues data list`. 数据集名。")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="PATH", help="Your own copy: file or folder. 自己的文件或文件夹。"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is there. 重新下载。")] = False,
) -> None:
    """Fetch a public set, or import your own copy (下载或导入数据集)."""
    from cvalues.datasets import get_dataset

    with _progress() as progress:
        got = get_dataset(name, source=source, force=force, progress=progress)
    record = got.record
    echo(f"{name}: {record.rows} rows 行 → {record.items} items 题")
    for one in record.files:
        echo(f"  {one.name}  {one.bytes} bytes  {one.hash}")
    for remark in got.remarks:
        echo(f"  {remark}")
    _print_notice(got.dataset)


@app.command("validate")
def validate(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="JSONL, JSON, CSV, TSV, XLSX, Parquet.")],
    columns: _Columns = "",
    as_json: _AsJson = False,
) -> None:
    """Say everything that is wrong with a file of items (检查题目文件)."""
    from cvalues.datasets import parse_columns, validate_items

    problems = validate_items(path, columns=parse_columns(columns) if columns else None)
    if as_json:
        _print_json(problems)
    else:
        for one in problems:
            echo(f"{one.severity}: {one}")
    errors = sum(one.severity == "error" for one in problems)
    if errors:
        raise InputError(f"{path}: {errors} error(s), {len(problems) - errors} warning(s)")
    if not as_json:
        echo(f"{path}: no errors, {len(problems)} warning(s) 没有错误")


def _names() -> Iterator[str]:
    """Yield the catalogue's names, a bundled suite's open prompts after it."""
    from cvalues.datasets import load_catalog

    for name, entry in load_catalog().items():
        yield name
        if entry.bundled:
            yield f"{name}/prompts"


def _entry(name: str) -> Dataset | None:
    from cvalues.datasets import load_catalog

    entry = load_catalog().get(name.removesuffix("/prompts"))
    return entry if entry and (entry.bundled or entry.name == name) else None


def _state(entry: Dataset) -> str:
    from cvalues.datasets.catalog import installed

    if entry.bundled:
        return "bundled"
    return "installed" if installed(entry.name) else "available"


def _row(name: str) -> dict[str, Any]:
    """Return what the list says of one dataset."""
    from cvalues.datasets import load_suite
    from cvalues.datasets.catalog import find_dataset, installed

    prompts = name.endswith("/prompts")
    entry = find_dataset(name.removesuffix("/prompts"))
    record = None if entry.bundled else installed(name)
    count = len(load_suite(name)) if entry.bundled else record.items if record else entry.items
    return {
        "name": name,
        "title_zh": entry.title_zh + ("：开放提问" if prompts else ""),
        "title_en": entry.title_en + (": open prompts" if prompts else ""),
        "levels": list(entry.levels),
        "items": count,
        "rows": record.rows if record else entry.rows,
        "licence": entry.licence,
        "publisher": entry.publisher,
        "homepage": entry.homepage,
        "state": _state(entry),
    }


def _contents(items: Sequence[Item]) -> dict[str, Any]:
    """Return the counts that `show` prints."""
    return {
        "items": len(items),
        "families": len({item.family or item.id for item in items}),
        "kinds": dict(Counter(item.kind for item in items)),
        "levels": dict(sorted(Counter(str(item.level) for item in items).items())),
        "categories": dict(Counter(item.category for item in items)),
        "difficulties": dict(Counter(item.difficulty or "unstated" for item in items)),
    }


def _print_json(value: Any) -> None:
    from cvalues.jsonl import dumps

    typer.echo(dumps(value))


def _print_entry(entry: Dataset) -> None:
    echo(f"{entry.name}\n{entry.title_zh}\n{entry.title_en}")
    echo(f"publisher 发布方: {entry.publisher}")
    if entry.homepage:
        echo(f"homepage 主页: {entry.homepage}")
    _print_notice(entry)


def _print_notice(entry: Dataset) -> None:
    echo(f"licence 许可: {entry.licence}")
    echo(f"sensitivity 敏感程度: {entry.sensitivity_zh}\n  {entry.sensitivity_en}")
    echo(f"notice 提示: {entry.notice_zh}\n  {entry.notice_en}")


def _print_contents(items: Sequence[Item], digest: str) -> None:
    counts = _contents(items)
    words = {**WORDS[language()], **_WORDS[language()]}
    difficulties = sorted(counts["difficulties"], key=lambda one: (_DIFFICULTIES.get(one, len(_DIFFICULTIES)), one))
    cells = Counter((item.category, item.difficulty or "unstated") for item in items)
    levels = {item.category: item.level for item in items}
    categories = list(counts["categories"])
    columns = [
        Column(words.get("category", "category"), categories),
        Column(words.get("level", "level"), [str(levels[one]) for one in categories], right=True),
        Column(words["items"], [str(counts["categories"][one]) for one in categories], right=True),
        *(Column(one, [str(cells[name, one]) for name in categories], rank=1, right=True) for one in difficulties),
    ]
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts["kinds"].items())
    echo(f"\n{counts['items']} items 题 ({kinds}), {counts['families']} families 题族, hash {digest}")
    target = console()
    table, left = fitting_table(columns, target)
    target.print(table)
    if left:
        echo(f"{words['left']}: {words['join'].join(left)}")


def _print_item(number: int, item: Item) -> None:
    echo(f"\n[{number}] {item.category}  {item.id}  {item.source}")
    echo(item.prompt)
    for at, option in enumerate(item.options):
        echo(f"  {'✓' if at == item.gold else ' '} {at}: {option}")
    for reference in item.references:
        echo(f"  reference 参考: {reference}")


@contextmanager
def _progress() -> Generator[Callable[[str, int, int | None], None]]:
    """Yield what a download tells its progress to: a bar on a terminal, silence elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total)
            bar.update(tasks[file], completed=done, total=total)

        yield tell
