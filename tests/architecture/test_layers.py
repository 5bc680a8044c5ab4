"""The rules of the layout: imports go one way, modules stay small, the public door is deliberate."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "src" / "cvalues"
FLOW = [
    "errors",
    "records",
    "registry",
    "jsonl",
    "taxonomy",
    "datasets",
    "prompts",
    "models",
    "responses",
    "labels",
    "stats",
    "report",
    "pipeline",
]
SHELLS = {"cli", "web", "cluster"}
MODULES = sorted(ROOT.rglob("*.py"))


def imported_units(path: Path) -> set[str]:
    """Return the first-level units of the package that a module imports, lazily or not, absolute or relative."""
    here = path.relative_to(ROOT).with_suffix("").parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [ROOT.name, *here[: len(here) - node.level]] if node.level else []
            stem = base + (node.module.split(".") if node.module else [])
            names = [[*stem, alias.name] for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == ROOT.name and len(name) > 1}
    return {unit for unit in found - {here[0]} if (ROOT / unit).is_dir() or (ROOT / f"{unit}.py").exists()}


def unit_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_every_unit_has_its_place_in_the_flow() -> None:
    units = {unit_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert units <= {*FLOW, *SHELLS}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_units_to_its_left(path: Path) -> None:
    unit = unit_of(path)
    if unit in {"__init__", "__main__"}:
        return
    imported = imported_units(path)
    if unit in SHELLS:
        assert not imported & (SHELLS - {unit}), "shells never import each other"
        return
    allowed = set(FLOW[: FLOW.index(unit)])
    assert imported <= allowed, f"{unit} may not import {sorted(imported - allowed)}"


def test_a_lazy_import_to_the_right_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = tmp_path / "cvalues"
    (toy / "records").mkdir(parents=True)
    (toy / "report").mkdir()
    (toy / "records" / "a.py").write_text("def f():\n    from ..report import b\n", encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", toy)
    assert imported_units(toy / "records" / "a.py") == {"report"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_holds_one_idea(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= 400, f"{lines} lines; split it"


def functions() -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                found.append((f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", length))
    return found


def test_functions_fit_a_screen() -> None:
    long = [(name, length) for name, length in functions() if length > 60 and not name.endswith(" run")]
    assert not long


def test_no_assert_stands_in_the_package() -> None:
    guilty = [
        str(path)
        for path in MODULES
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    ]
    assert not guilty


def public_names(path: Path) -> set[str]:
    """Return the names that a module itself defines without a leading underscore."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.stem not in {"__init__", "__main__"}],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_all_lists_the_public_functions_and_classes(path: Path) -> None:
    name = ".".join(("cvalues", *path.relative_to(ROOT).with_suffix("").parts))
    module = importlib.import_module(name)
    declared = list(module.__all__)
    assert declared == sorted(declared, key=_plain_order) or declared == sorted(declared)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    own = {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, kinds) and not node.name.startswith("_")
    }
    assert own <= set(declared), f"not in __all__: {sorted(own - set(declared))}"
    assert set(declared) <= set(dir(module))


def _plain_order(name: str) -> tuple[int, str]:
    """Sort as the linter does: CONSTANTS, Classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_the_public_door_is_sorted_and_true() -> None:
    import cvalues

    assert cvalues.__all__ == sorted(cvalues.__all__)
    for name in cvalues.__all__:
        assert getattr(cvalues, name) is not None
    with pytest.raises(AttributeError):
        _ = cvalues.nothing_of_that_name


def test_every_public_thing_has_a_docstring_that_begins_with_a_sentence() -> None:
    bare: list[str] = []
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        if not ast.get_docstring(tree):
            bare.append(f"{path.relative_to(ROOT)}")
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and node in tree.body
                and not re.match(r"[`A-Z].*[.:]", ast.get_docstring(node) or "")
            ):
                bare.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not bare
