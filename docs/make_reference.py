"""Writes docs/reference/cli.md and docs/reference/api.md from the source: `make docs`.

The command reference is read from the typer app, the Python reference from the source text (nothing of the
package but its command line is imported). Equal source gives equal files; a test compares them.

    python docs/make_reference.py            write both files
    python docs/make_reference.py --check    write nothing; exit 1 when they are not up to date
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cvalues"
TARGET = ROOT / "docs" / "reference"

FLOW = (
    "errors", "records", "registry", "jsonl", "taxonomy", "datasets", "prompts", "models", "responses", "labels",
    "stats", "report", "pipeline", "cli",
)  # fmt: skip
LONGEST = 100
"""Characters of the longest constant whose value is shown."""
NOTE = "<!-- Made by docs/make_reference.py from the source; do not edit. -->"


class Module(NamedTuple):
    """One source file: its dotted name, its tree and the names that it makes public."""

    name: str
    tree: ast.Module
    public: list[str]


def pages() -> dict[str, str]:
    """Return the text of each generated file, by its name."""
    return {"cli.md": cli_page(), "api.md": api_page()}


# ---- commands ---------------------------------------------------------------------------------------


def cli_page() -> str:
    """Return the command reference: every command with its usage, arguments and options."""
    from cvalues.cli.app import app

    root = typer.main.get_command(app)
    parts = ["# Commands", NOTE, _english(root.help or ""), f"Flow: {_flow(root)}"]
    for path, command in commands(root):
        parts += _command(path, command)
    return "\n\n".join(parts) + "\n"


def commands(command: Any, path: str = "cvalues") -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name, groups before their members."""
    yield path, command
    for name, member in getattr(command, "commands", {}).items():
        yield from commands(member, f"{path} {name}")


def _command(path: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    members = getattr(command, "commands", {})
    yield f"## {path}"
    words = [path, *(f"[{_metavar(one)}]" if not one.required else _metavar(one) for one in arguments)]
    yield f"```text\n{' '.join(words)}{' [OPTIONS]' if options else ''}{' COMMAND' if members else ''}\n```"
    if command.help and path != "cvalues":
        yield _body(command.help)
    if arguments:
        yield _table("argument", [(f"`{_metavar(one)}`", one.help or "") for one in arguments])
    panels = dict.fromkeys(getattr(one, "rich_help_panel", None) or "" for one in options)
    for panel in panels:
        rows = [one for one in options if (getattr(one, "rich_help_panel", None) or "") == panel]
        yield _table(panel or "option", [(_names(one), _about(one)) for one in rows])


def _metavar(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper()).replace("[", "").replace("]", "").removesuffix("...")
    return f"{name}..." if argument.nargs == -1 else name


def _names(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len, reverse=True))
    if option.secondary_opts:
        names += " / " + ", ".join(f"`{name}`" for name in option.secondary_opts)
    return names if option.is_flag else f"{names} {_kind(option)}"


def _kind(option: Any) -> str:
    if option.metavar:
        return str(option.metavar)
    kind = str(getattr(option.type_descriptor.annotation, "__name__", option.type_descriptor.annotation))
    return {"int": "N", "float": "X", "Path": "PATH"}.get(kind, "TEXT")


def _about(option: Any) -> str:
    words = [(option.help or "").strip()]
    if option.min is not None:
        words.append(f"From {option.min} to {option.max}." if option.max is not None else f"At least {option.min}.")
    if option.multiple and "given again" not in words[0]:
        words.append("May be given again.")
    if option.default not in (None, "", False, [], ()) and not option.is_flag:
        words.append(f"Default: `{option.default}`.")
    return " ".join(words)


def _english(text: str) -> str:
    return text.replace("\x08", "").strip()


def _body(text: str) -> str:
    """Return a help text with its examples, which stand after a backspace mark, as a code block."""
    words, _, examples = text.partition("\x08")
    lines = [line.strip() for line in examples.strip().splitlines()]
    code = "\n\n```text\n" + "\n".join(lines) + "\n```" if lines else ""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", words.strip()) + code


def _flow(command: Any) -> str:
    return str(command.epilog or "").partition("·")[0].strip()


def _table(head: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {head} | |", "|---|---|"]
    lines += [f"| {_cell(left)} | {_cell(right)} |" for left, right in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ---- Python -----------------------------------------------------------------------------------------


def api_page() -> str:
    """Return the Python reference: every public name of every module, with signature and first line."""
    known = {module.name: module for module in modules()}
    parts = ["# Python", NOTE, _contents(known)]
    for module in known.values():
        parts += [f"## {module.name}", _first_line(module.tree)]
        parts += [_entry(name, module, known) for name in module.public]
    return "\n\n".join(part for part in parts if part) + "\n"


def modules() -> list[Module]:
    """Return all modules that make names public, in the order of the flow."""
    found: list[Module] = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        public = _public(tree)
        if public:
            found.append(Module(name, tree, public))
    return sorted(found, key=lambda module: (_rank(module.name), module.name))


def _rank(name: str) -> int:
    unit = name.split(".")[1] if "." in name else ""
    return FLOW.index(unit) + 1 if unit in FLOW else (len(FLOW) + 1 if unit else 0)


def _public(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return []


def _contents(known: dict[str, Module]) -> str:
    links = (f"[{name}](#{name.replace('.', '')})" for name in known)
    return "Modules: " + " · ".join(links)


def _entry(name: str, module: Module, known: dict[str, Module]) -> str:
    """Return what is said of one public name: signature and first line, or where it comes from."""
    home, original = _home(name, module, known)
    code, about = _define(original, known[home], name)
    if home != module.name:
        about += f" From [{home}](#{home.replace('.', '')})."
        code = code if module.name == "cvalues" else ""
    return "\n\n".join(part for part in (f"### {name}", code, about) if part)


def _home(name: str, module: Module, known: dict[str, Module]) -> tuple[str, str]:
    """Return module and name under which a public name is defined, through any number of imports."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                if (alias.asname or alias.name) == name and node.module != module.name:
                    return _home(alias.name, known[node.module], known)
    return module.name, name


def _define(name: str, module: Module, shown: str) -> tuple[str, str]:
    """Return code and words for a name that a module defines."""
    for node, after in zip(module.tree.body, [*module.tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return _block(_call(shown, node)), _first_line(node)
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _class(shown, node)
        if name in _assigned(node):
            return _constant(node), _remark(after) or "A constant of the module."
    raise LookupError(f"{module.name}: '{name}' is public and not defined; correct __all__")


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [name for target in targets for name in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return [name.id for name in names if isinstance(name, ast.Name)]


def _constant(node: ast.stmt) -> str:
    """Return the definition of a constant, where it is short."""
    code = ast.unparse(node)
    return _block(code) if len(code) <= LONGEST and "\n" not in code else ""


def _remark(node: ast.stmt | None) -> str:
    """Return the text that stands under a constant."""
    value = node.value if isinstance(node, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else None
    return _paragraph(text) if isinstance(text, str) else ""


def _class(shown: str, node: ast.ClassDef) -> tuple[str, str]:
    """Return how a class is made, with what words and members it has."""
    methods = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    made = next((_arguments(one, bound=True) for one in methods if one.name == "__init__"), _fields(node))
    rows = [(_member(one), _first_line(one)) for one in methods if not one.name.startswith("_")]
    words = [_first_line(node)]
    if rows:
        words.append(_table("member", rows))
    return _block(f"class {shown}({made})"), "\n\n".join(words)


def _fields(node: ast.ClassDef) -> str:
    """Return the fields of a record, as its constructor takes them."""
    return ", ".join(
        f"{one.target.id}: {ast.unparse(one.annotation)}" + (f"={ast.unparse(one.value)}" if one.value else "")
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and not one.target.id.startswith("_")
    )


def _member(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kinds = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if "property" in kinds:
        return f"`{node.name}{returns}`"
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"`{start}{node.name}({_arguments(node, bound='staticmethod' not in kinds)}){returns}`"


def _call(shown: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{start}{shown}({_arguments(node, bound=False)}){returns}"


def _block(code: str) -> str:
    """Return code as a block whose lines are not too long to read."""
    lines = textwrap.wrap(code, 110, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return "```text\n" + "\n".join(lines) + "\n```"


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool) -> str:
    """Return the arguments as written, without `self` and, for commands, without what typer is told."""
    given = node.args
    if bound and given.posonlyargs:
        given = _replaced(given, posonlyargs=given.posonlyargs[1:])
    elif bound:
        given = _replaced(given, args=given.args[1:])
    if any(isinstance(one, ast.Attribute) and ast.unparse(one).startswith("typer.") for one in ast.walk(given)):
        return "…"
    return ast.unparse(given)


def _replaced(given: ast.arguments, **changes: Any) -> ast.arguments:
    return ast.arguments(**{**{field: getattr(given, field) for field in given._fields}, **changes})


def _first_line(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    return _paragraph(ast.get_docstring(node, clean=True) or "")


def _paragraph(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())


def main(argv: list[str]) -> int:
    """Write the files, or with --check say whether they are up to date."""
    stale: list[str] = []
    for name, text in pages().items():
        path = TARGET / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in argv:
            path.write_text(text, encoding="utf-8")
            print(f"docs/reference/{name}: written")
    if stale and "--check" in argv:
        print(f"docs/reference: {', '.join(stale)} not up to date; run make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
