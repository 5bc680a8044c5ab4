"""`cvalues taxonomy`: the categories that items are sorted into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cvalues import taxonomy
from cvalues.cli.terminal import Column, console, plain_table
from cvalues.errors import UnknownName
from cvalues.jsonl import encode
from cvalues.registry import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec
    from rich.table import Table

    from cvalues.records import Category
    from cvalues.taxonomy import Taxonomy

__all__ = ["app", "list_categories", "show"]

app = typer.Typer(
    name="taxonomy",
    help="List and explain the categories. 列出并说明各个类别。",
    no_args_is_help=True,
)

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON record a line. 每行一条 JSON 记录。")]


@app.command("list")
def list_categories(
    name: Annotated[str, typer.Option("--taxonomy", "-t", help="Which taxonomy. 哪个分类体系。")] = "cvalues",
    level: Annotated[int | None, typer.Option(help="Only this level. 只列这一级。")] = None,
    as_json: _AsJson = False,
) -> None:
    """List the categories of a taxonomy (列出一个分类体系的全部类别)."""
    tree = taxonomy.load(name)
    entries = tree.categories if level is None else tree.level(level)
    if as_json:
        _records(entries)
        return
    target = console()
    target.print(f"{tree.name}\n{tree.title_zh}\n{tree.title_en}", style="bold")
    target.print(_table(entries))
    target.print("* 名称未核实 name not verified", style="dim")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A category or a taxonomy. 类别或分类体系。")],
    as_json: _AsJson = False,
) -> None:
    """Explain one category, by id or name, or a whole taxonomy (说明类别)."""
    if name in taxonomy.names():
        _show_taxonomy(taxonomy.load(name), as_json)
    else:
        _show_category(_find(name), as_json)


def _find(name: str) -> Category:
    """Return the category from whichever taxonomy knows it."""
    trees = [taxonomy.load(tree) for tree in taxonomy.names()]
    for tree in trees:
        try:
            return tree.find(name)
        except UnknownName:
            continue
    known = [entry for tree in trees for entry in tree.names()]
    raise unknown("category or taxonomy", name, [*known, *taxonomy.names()])


def _show_category(entry: Category, as_json: bool) -> None:
    if as_json:
        _records([entry])
        return
    basis = "name verified 名称已核实" if entry.verified else "name not verified 名称未核实"
    typer.echo(f"{entry.id}  {entry.name_zh}  {entry.name_en}")
    typer.echo(f"level 级别: {entry.level}")
    typer.echo(f"\n{entry.description_zh}\n{entry.description_en}")
    typer.echo(f"\nprinciple 原则:\n{entry.principle_zh}\n{entry.principle_en}")
    typer.echo(f"\nsource 来源 ({basis}):\n{entry.source}")


def _show_taxonomy(tree: Taxonomy, as_json: bool) -> None:
    if as_json:
        _records([tree])
        return
    typer.echo(f"{tree.name} {tree.version}\n{tree.title_zh}\n{tree.title_en}")
    for entry in tree.levels:
        typer.echo(f"\n{entry.level}  {entry.name_zh}  {entry.name_en}")
        typer.echo(f"   {entry.description_zh}\n   {entry.description_en}")
        for category in tree.level(entry.level):
            typer.echo(f"   {category.id}  {category.name_zh}  {category.name_en}")
    if tree.attacks:
        typer.echo("\nattack tags 攻击方式（标签，不是类别）")
    for attack in tree.attacks:
        typer.echo(f"   {attack.id}  {attack.name_zh}  {attack.name_en}")


def _table(entries: Iterable[Category]) -> Table:
    listed = list(entries)
    columns = (
        Column("级", [str(entry.level) for entry in listed]),
        Column("id", [entry.id for entry in listed]),
        Column("中文", [entry.name_zh + ("" if entry.verified else " *") for entry in listed]),
        Column("English", [entry.name_en for entry in listed]),
    )
    return plain_table(columns)


def _records(records: Iterable[msgspec.Struct]) -> None:
    for record in records:
        typer.echo(encode(record).decode())
