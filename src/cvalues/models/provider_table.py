"""The vendor table read strictly from TOML, and a user's table laid over ours.

A user's file has the shape of ours: a new name adds a vendor, a known name changes ours, and
`like` starts from another vendor's table. Rows of a user go first where the first match wins
(errors, flags, waits) and last where later rows win (models).
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from cvalues.errors import DataError
from cvalues.models.provider_rules import ErrorRule, FinishValue, FlagRule, ModelRule, Provider, WaitRule

__all__ = ["load_providers"]

R = TypeVar("R", bound=msgspec.Struct)

# The values of OpenAI's own schema (openai-python: types/chat/chat_completion.py, S), which every
# endpoint here claims to follow; a vendor's `finish` table adds to it or overrides it.
_FINISH: dict[str, FinishValue] = {
    "stop": "answered",
    "tool_calls": "answered",
    "function_call": "answered",
    "length": "truncated",
    "content_filter": "blocked_output",
}

_FRONT = ("errors", "flags", "waits")  # first match wins: a user's rows go before ours
_BACK = ("models",)  # later rows win: a user's rows go after ours
_MERGED = ("finish", "addresses", "block_texts")

_TAKEN = ("local", "replay", "scripted")  # the offline models' names

_ROWS: dict[str, type[msgspec.Struct]] = {
    "errors": ErrorRule,
    "flags": FlagRule,
    "waits": WaitRule,
    "models": ModelRule,
}


def load_providers(extra: Path | None = None) -> dict[str, Provider]:
    """Return every vendor by name: ours, with a user's file laid over it.

    Args:
        extra: the user's file; None takes the one that `CVALUES_PROVIDERS` names, if any.

    Raises:
        DataError: with file, table and field when the user's file is not of the table's shape.
    """
    named = os.environ.get("CVALUES_PROVIDERS", "")
    path = extra if extra is not None else (Path(named) if named else None)
    if path is None:
        return dict(_ours())
    tables = dict(_our_tables())
    result = dict(_ours())
    for name, table in _read(path).items():
        tables[name] = _laid_over(path, name, table, tables)
        result[name] = _provider(path, name, tables[name])
        _check(path, name, result[name])
    return result


@cache
def _our_tables() -> dict[str, dict[str, Any]]:
    return _read(Path(__file__).with_name("providers.toml"))


@cache
def _ours() -> dict[str, Provider]:
    path = Path("providers.toml")
    return {name: _provider(path, name, table) for name, table in _our_tables().items()}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise DataError(f"not TOML: {error}", path=str(path), line=int(line.group(1)) if line else None) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the vendor file cannot be read: {error}", path=str(path)) from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise DataError(f"a vendor is a table: write [{name}], then its fields", path=str(path), field=name)
    return tables


def _laid_over(path: Path, name: str, table: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a user's table completed from the table of the same name, or of the one it is `like`."""
    own = {key: value for key, value in table.items() if key != "like"}
    like = table.get("like", name)
    if like not in known:
        if "like" in table:
            problem = _guess(f"unknown vendor '{like}'", str(like), known)
            raise DataError(problem, path=str(path), field=f"{name}.like")
        return own
    base = dict(known[like])
    if like != name:
        base = {key: value for key, value in base.items() if key not in {"addresses", "also", "url_env"}}
    for key, value in own.items():
        old = base.get(key)
        if key in _FRONT and isinstance(value, list):
            base[key] = [*cast("list[Any]", value), *(old or [])]
        elif key in _BACK and isinstance(value, list):
            base[key] = [*(old or []), *cast("list[Any]", value)]
        elif key in _MERGED and isinstance(value, dict):
            base[key] = {**(old or {}), **cast("dict[str, Any]", value)}
        else:
            base[key] = value
    return base


def _provider(path: Path, name: str, table: dict[str, Any]) -> Provider:
    for key, kind in _ROWS.items():
        rows = table.get(key)
        for number, row in enumerate(cast("list[Any]", rows) if isinstance(rows, list) else []):
            _convert(path, f"{name}.{key}[{number}]", row, kind)
    finish = table.get("finish", {})
    named = {"title_en": name, "title_zh": name, **table, "name": name}
    if isinstance(finish, dict):
        named["finish"] = {**_FINISH, **cast("dict[str, Any]", finish)}
    return _convert(path, name, named, Provider)


def _convert(path: Path, place: str, value: Any, kind: type[R]) -> R:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem, _, inside = str(error).partition(" - at `$")
        inside = inside.rstrip("`")
        unknown = re.search(r"unknown field `(.+?)`", problem)
        if unknown:
            word = unknown.group(1)
            fields = [field for field in kind.__struct_fields__ if field != "name"]
            problem, inside = _guess(f"unknown field '{word}'", word, fields), f".{word}"
        missing = re.search(r"missing required field `(.+?)`", problem)
        if missing:
            problem, inside = "this field is needed; add it", f".{missing.group(1)}"
        raise DataError(problem, path=str(path), field=place + inside) from error


def _check(path: Path, name: str, provider: Provider) -> None:
    """Refuse what the types allow but what cannot be meant: bad patterns, rows that match anything.

    Raises:
        DataError: with the row.
    """
    for place, problem in _faults(provider):
        raise DataError(problem, path=str(path), field=f"{name}.{place}")


def _faults(provider: Provider) -> Iterator[tuple[str, str]]:
    """Yield (place, problem) of everything that is wrong with a table of the right types."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", provider.name) or provider.name in _TAKEN:
        yield "name", "write small letters, digits, '-', '_' or '.', and none of " + ", ".join(_TAKEN)
    if provider.key_required and not provider.key_env:
        yield "key_env", "name the variable that holds the key, or set key_required = false"
    url = provider.base_url
    if url and not url.startswith(("https://", "http://")):
        yield "base_url", f"'{url}' is no address; write https://…"
    yield from _row_faults(provider)
    for place, pattern, groups in _patterns(provider):
        try:
            found = re.compile(pattern).groups
        except re.error as error:
            yield place, f"not a regular expression: {error}"
            continue
        if pattern and groups and not found:
            yield place, "put the value in a group, as (…)"


def _row_faults(provider: Provider) -> Iterator[tuple[str, str]]:
    for number, rule in enumerate(provider.errors):
        if not (rule.code or rule.status or rule.text or rule.field):
            yield f"errors[{number}]", "give at least one of code, status, text, field"
    for number, row in enumerate(provider.waits):
        if sum(map(bool, (row.header, row.field, row.text))) != 1:
            yield f"waits[{number}]", "give exactly one of header, field, text"
        if not re.fullmatch(r"[+-]\d\d:\d\d", row.zone):
            yield f"waits[{number}].zone", f"'{row.zone}' is no offset; write +08:00"


def _patterns(provider: Provider) -> Iterator[tuple[str, str, bool]]:
    """Yield (place, pattern, whether it needs a group) of every regular expression in a table."""
    yield "code_text", provider.code_text, True
    for number, rule in enumerate(provider.errors):
        yield f"errors[{number}].text", rule.text, False
    for number, row in enumerate(provider.models):
        yield f"models[{number}].match", row.match, False
    for number, row in enumerate(provider.waits):
        yield f"waits[{number}].text", row.text, True


def _guess(problem: str, word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    return f"{problem}{hint} Known: {', '.join(names)}"
