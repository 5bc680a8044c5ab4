"""Prompt templates: TOML files with a name, a version, and a text with a few placeholders.

A template's text may hold `{question}`, `{options}`, `{count}` (how many replies, in words),
`{one_of}` (the labels to choose from) or `{row}` (a published row's own text); `{{` and `}}`
stand for braces. Substitution goes over the template alone: braces inside questions and
replies are never read as placeholders.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import msgspec

from cvalues.errors import DataError, InputError
from cvalues.jsonl import content_id
from cvalues.records import Kind, Message
from cvalues.registry import unknown

__all__ = ["Language", "Template", "TemplateFile", "compile_template", "load_template", "template_names"]

Language = Literal["zh", "en"]
Parts = tuple[tuple[str, str], ...]

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_COUNTS = {
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TemplateFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="schema",
    tag="template/1",
):
    """A template as its TOML file has it."""

    name: str
    version: str
    lang: Language
    kind: Kind
    user: str
    system: str = ""
    label: str = ""
    option: str = ""
    reasoning: bool = False
    max_tokens: int = 256


@dataclass(frozen=True, eq=False, slots=True)
class Template:
    """A template ready to render; two are the same only if they are one object.

    Attributes:
        version: the file's version; for a user's own file with a digest of its text behind it,
            so that an edited file never passes for the one that was asked before.
        row: True when the text of a published file's row is sent as it stands.
        digest: content hash of everything that shapes the prompt.
        file: what the TOML file says, as a run's manifest keeps it.
    """

    name: str
    version: str
    lang: Language
    kind: Kind
    reasoning: bool
    max_tokens: int
    row: bool
    digest: str
    file: TemplateFile
    _system: Parts
    _user: Parts
    _option: Parts
    _label: Parts

    def labels(self, count: int) -> tuple[str, ...]:
        """Return the names of the displayed positions, first position first.

        Raises:
            InputError: when there are more replies than letters.
        """
        if count > len(_LETTERS) and any(key == "letter" for _, key in self._label):
            raise InputError(
                f"template '{self.name}' labels replies with letters and has {len(_LETTERS)} of them, "
                f"not {count}; use 'choice-{self.lang}'"
            )
        return _labels(self._label, count)

    def messages(self, question: str, replies: Sequence[str] = (), row: str = "") -> tuple[Message, ...]:
        """Return the conversation to send, with the replies in the order in which they are given."""
        values = {"question": question, "row": row}
        if replies:
            frame = _frame(self, len(replies))
            values |= frame.values
            values["options"] = "\n".join(
                _fill(self._option, {"label": label, "reply": reply})
                for label, reply in zip(frame.labels, replies, strict=True)
            )
        user = Message("user", _fill(self._user, values))
        if not self._system:
            return (user,)
        return (Message("system", _fill(self._system, values)), user)


def template_names() -> list[str]:
    """Return the names of the templates that ship with the package, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))


def load_template(name: str) -> Template:
    """Return a template by its name, or from a path to a TOML file of the user's own.

    Raises:
        UnknownName: with the nearest name and the list of known ones.
        DataError: when the file cannot be read or is not a template; names the field.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return _own(Path(name))
    return _bundled(name)


@lru_cache(maxsize=64)
def _bundled(name: str) -> Template:
    if name not in template_names():
        raise unknown("template", name, template_names())
    path = f"prompts/data/{name}.toml"
    return compile_template(_parse((_folder() / f"{name}.toml").read_text(encoding="utf-8"), path), path, own=False)


def _own(path: Path) -> Template:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = f"template cannot be read: {error.strerror}; known names: {', '.join(template_names())}"
        raise DataError(problem, path=str(path)) from error
    except UnicodeDecodeError as error:
        raise DataError("template is not UTF-8; save it as UTF-8", path=str(path)) from error
    return compile_template(_parse(text, str(path)), str(path), own=True)


def _folder() -> Traversable:
    return resources.files("cvalues.prompts") / "data"


def _parse(text: str, path: str) -> TemplateFile:
    try:
        return msgspec.convert(tomllib.loads(text), TemplateFile)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"not valid TOML: {error}", path=path) from error
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise DataError(f"not a template: {problem}", path=path, field=place.rstrip("`") or None) from error


def compile_template(file: TemplateFile, path: str, *, own: bool = False) -> Template:
    """Return the file as a template whose every placeholder is known and every needed one is there.

    Args:
        file: what the TOML file says.
        path: its name, for messages.
        own: True for a user's file, whose version then carries a digest of its text.

    Raises:
        DataError: naming the field with an unknown, missing or misplaced placeholder.
    """
    split = _Splitter(path)
    choice = file.kind == "choice"
    allowed = ("question", "options", "count", "one_of", "row") if choice else ("question",)
    user = split(file.user, "user", allowed)
    row = any(key == "row" for _, key in user)
    if row:
        split.need(user, "user", "row", alone=True)
    else:
        split.need(user, "user", "question")
    option = split(file.option, "option", ("label", "reply"))
    label = split(file.label, "label", ("n", "letter"))
    if choice:
        split.need(label, "label", "n", "letter")
    if choice and not row:
        split.need(user, "user", "options")
        split.need(option, "option", "label", often=True)
        split.need(option, "option", "reply")
    if file.max_tokens < 1:
        raise DataError(f"{file.max_tokens} is not a number of tokens; give 1 or more", path=path, field="max_tokens")
    digest = content_id(msgspec.to_builtins(file))
    return Template(
        name=file.name,
        version=f"{file.version}+{digest[:8]}" if own else file.version,
        lang=file.lang,
        kind=file.kind,
        reasoning=file.reasoning,
        max_tokens=file.max_tokens,
        row=row,
        digest=digest,
        file=file,
        _system=split(file.system, "system", ("count", "one_of") if choice else ()),
        _user=user,
        _option=option,
        _label=label,
    )


@dataclass(frozen=True, slots=True)
class _Splitter:
    """Cuts a text into (literal, placeholder) parts, and names file and field when it cannot."""

    path: str

    def __call__(self, text: str, field: str, allowed: Sequence[str]) -> Parts:
        parts: list[tuple[str, str]] = []
        literal, start = "", 0
        for match in _PLACEHOLDER.finditer(text):
            literal += text[start : match.start()]
            start = match.end()
            found = match.group()
            if found in ("{{", "}}"):
                literal += found[0]
            elif match.group(1) is None:
                raise self.error(f"a single '{found}'; write '{found}{found}' for a brace", field)
            elif match.group(1) not in allowed:
                raise self.error(str(unknown("placeholder", match.group(1), allowed)), field)
            else:
                parts.append((literal, match.group(1)))
                literal = ""
        literal += text[start:]
        return (*parts, (literal, "")) if literal else tuple(parts)

    def need(self, parts: Parts, field: str, *keys: str, often: bool = False, alone: bool = False) -> None:
        """Raise unless one of the placeholders stands in the parts: once, or often, or all alone."""
        count = sum(key in keys for _, key in parts)
        if count == 0 or (count > 1 and not often):
            names = " or ".join(f"{{{key}}}" for key in keys)
            times = "at least once" if often else "exactly once"
            raise self.error(f"needs {names} {times}; it stands there {count} times", field)
        if alone and len(parts) != 1:
            raise self.error(f"{{{keys[0]}}} must stand alone: the row's text is sent as it is", field)

    def error(self, problem: str, field: str) -> DataError:
        """Return the error with its place."""
        return DataError(problem, path=self.path, field=field)


@lru_cache(maxsize=256)
def _labels(label: Parts, count: int) -> tuple[str, ...]:
    return tuple(_fill(label, {"n": str(place + 1), "letter": _LETTERS[place : place + 1]}) for place in range(count))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What of a template depends on the number of replies alone."""

    labels: tuple[str, ...]
    values: dict[str, str]


@lru_cache(maxsize=256)
def _frame(template: Template, count: int) -> _Frame:
    labels = template.labels(count)
    words = _COUNTS[template.lang]
    return _Frame(
        labels=labels,
        values={
            "count": words[count] if count < len(words) else str(count),
            "one_of": _one_of(labels, template.lang),
        },
    )


def _one_of(labels: Sequence[str], lang: str) -> str:
    """Return the labels as a choice in words: “A”、“B”或“C”."""
    quotes, comma, either = ("“”", "、", "或") if lang == "zh" else ('""', ", ", " or ")
    quoted = [quotes[0] + label + quotes[1] for label in labels]
    return either.join(part for part in (comma.join(quoted[:-1]), quoted[-1]) if part)


def _fill(parts: Parts, values: Mapping[str, Any]) -> str:
    return "".join([literal + values[key] if key else literal for literal, key in parts])
