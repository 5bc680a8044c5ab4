"""What a manifest says of a run that another machine can check: no places, times or secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from cvalues.jsonl import dumps

__all__ = ["facts", "word"]

# Manifest fields that say where and when rather than what; a key that holds a secret has no place either.
_UNWANTED = re.compile(
    r"^(time|times|started|finished|ended|created|updated|resumed|date|host|hostname|username|path|paths|file|"
    r"folder|out|dir|cwd|argv|command|pid|base_url|url|proxy|latency|platform|schema|"
    r".*(secret|authorization|password|api_key|_path|_at|_time|_dir))$"
)
_PLACE = re.compile(r"^(?:[/~\\]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*://).*?([^/\\]*)[/\\]*$", re.DOTALL)


def word(manifest: Mapping[str, Any], *names: str) -> str:
    """Return a field of the manifest as one word: its text, the `name` in it, or its parts joined."""
    found: Any = next((manifest[name] for name in names if manifest.get(name)), "")
    if isinstance(found, Mapping):
        found = cast("Mapping[str, Any]", found).get("name", "")
    if isinstance(found, (list, tuple)):
        return ", ".join(map(_scalar, cast("list[Any]", found)))
    return _placeless(str(found))


def facts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of the manifest, flattened to dotted names in sorted order."""
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        for key in sorted(inner):
            if not _UNWANTED.match(key):
                yield from facts(inner[key], f"{name}.{key}" if name else key)
    elif isinstance(value, (list, tuple)):
        parts = cast("list[Any]", value)
        if any(isinstance(part, (Mapping, list, tuple)) for part in parts):
            for place, part in enumerate(parts, 1):
                yield from facts(part, f"{name}.{place}")
        elif parts:
            yield name, ", ".join(map(_scalar, parts))
    elif value is not None and value != "":
        yield name, _scalar(value)


def _scalar(value: Any) -> str:
    return _placeless(value) if isinstance(value, str) else dumps(value)


def _placeless(word: str) -> str:
    """Return a word without the place in it: `/x/a.json` is `a.json`, `local//x/a.gguf` is `local/a.gguf`."""
    found = _PLACE.match(word)
    if found:
        return found[1]
    provider, slash, rest = word.partition("/")
    found = _PLACE.match(rest)
    return provider + slash + found[1] if found else word
