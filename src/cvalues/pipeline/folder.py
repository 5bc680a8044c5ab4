"""The run folder: what defines a run, where it lies, and that two different runs never share one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from cvalues.errors import InputError
from cvalues.jsonl import content_id, dumps, read_json, write_json, write_records
from cvalues.models.model import Model
from cvalues.pipeline.settings import PlannedRun, RunSettings
from cvalues.prompts.template import Template, TemplateFile
from cvalues.records import Item

__all__ = [
    "ITEMS",
    "LABELS",
    "MANIFEST",
    "REPORT_HTML",
    "REPORT_MD",
    "RESPONSES",
    "RESULTS",
    "SETTINGS",
    "Manifest",
    "claim_folder",
    "folder_for",
    "is_run_folder",
    "make_folder",
    "make_manifest",
    "read_manifest",
]

MANIFEST = "manifest.json"
SETTINGS = "settings.json"
ITEMS = "items.jsonl"
RESPONSES = "responses.jsonl"
LABELS = "labels.jsonl"
RESULTS = "results.json"
REPORT_HTML = "report.html"
REPORT_MD = "report.md"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema", tag="run/1"):
    """What defines a run, the same on every machine: no time, path or host.

    Attributes:
        id: content hash of everything below that defines the answers asked for.
        suite: name of the suite, or the file's name without its folder.
        suite_hash, template_hash: content hashes of the items asked and of the template.
        items, calls: how many items are asked, in how many calls.
        fingerprint: tells the model's file from another of the same name; empty for a service.
        params: what the model is asked with, before a vendor's quirks; each response has what was sent.
        versions: of this package and of the answer reader when the run was planned.
    """

    id: str
    model: str
    suite: str
    suite_hash: str
    items: int
    calls: int
    template: TemplateFile
    template_version: str
    template_hash: str
    order: str
    repeats: int
    limit: int
    seed: int
    category: tuple[str, ...]
    level: int
    params: dict[str, Any]
    fingerprint: str = ""
    versions: dict[str, str] = {}


def make_manifest(
    model: Model,
    settings: RunSettings,
    items: list[Item],
    template: Template,
    params: dict[str, Any],
    calls: int,
) -> Manifest:
    """Return the manifest of a run that is about to be asked."""
    suite_hash = content_id([_asked_of(item) for item in items])
    template_hash = template.digest
    name = Path(settings.suite).name if "/" in settings.suite and Path(settings.suite).exists() else settings.suite
    asked_of = (model.name, model.fingerprint)
    identity = content_id(asked_of, suite_hash, template_hash, settings.order, settings.repeats, params)
    return Manifest(
        id=identity,
        model=model.name,
        fingerprint=model.fingerprint,
        suite=name,
        suite_hash=suite_hash,
        items=len(items),
        calls=calls,
        template=template.file,
        template_version=template.version,
        template_hash=template_hash,
        order=settings.order,
        repeats=settings.repeats,
        limit=settings.limit,
        seed=settings.seed,
        category=settings.category,
        level=settings.level,
        params=params,
        versions=_versions(),
    )


def folder_for(manifest: Manifest, out: str, alone: bool) -> Path:
    """Return where the run lies: `out` itself for a single run, else a folder of its own under it.

    Args:
        out: what the user gave with --out; empty means `runs/`.
        alone: whether this is the only run of the command.
    """
    if out and alone:
        return Path(out)
    return Path(out or "runs") / f"{_slug(manifest.model)}.{_slug(manifest.suite)}.{manifest.id[:8]}"


def make_folder(folder: Path) -> None:
    """Make the folder of a run, if it is not there.

    Raises:
        InputError: when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error


def claim_folder(folder: Path, manifest: Manifest, settings: PlannedRun, items: list[Item]) -> None:
    """Write what the run is into its folder; a folder that holds this same run is left as it is.

    The caller holds the folder's lock, so that of two runs begun at once only one claims it.

    Raises:
        InputError: when the folder holds another run or cannot be written.
    """
    try:
        if (folder / MANIFEST).exists():
            found = read_manifest(folder)
            if found.id != manifest.id:
                raise InputError(f"{folder}: holds another run ({_difference(found, manifest)}); choose another --out")
            return
        if (folder / RESPONSES).exists():
            raise InputError(f"{folder}: holds responses but no {MANIFEST}; choose another --out")
        write_records(folder / ITEMS, items)
        write_json(folder / SETTINGS, settings)
        write_json(folder / MANIFEST, manifest)
    except OSError as error:
        raise _not_writable(folder, error) from error


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder.

    Raises:
        InputError: when the folder is no run folder.
        DataError: when its manifest is broken.
    """
    if not is_run_folder(folder):
        raise InputError(f"{folder}: no run here (no {MANIFEST}); give the folder that `cvalues run` named")
    return read_json(folder / MANIFEST, Manifest)


def is_run_folder(folder: Path) -> bool:
    """Return whether a folder holds a run."""
    return (folder / MANIFEST).is_file()


def _asked_of(item: Item) -> str:
    """Return the hash of what is asked of an item and what its numbers are sorted by; its source does not matter."""
    stored = [(one.order, one.text) for one in item.stored]
    sorted_by = (item.category, item.level, item.family, item.difficulty)
    return content_id(item.id, item.kind, item.prompt, item.options, item.gold, stored, sorted_by)


def _difference(found: Manifest, wanted: Manifest) -> str:
    """Return in words the first thing in which two runs differ."""
    for field in (
        "model",
        "fingerprint",
        "suite",
        "template_hash",
        "order",
        "repeats",
        "limit",
        "seed",
        "category",
        "level",
        "params",
    ):
        one, other = getattr(found, field), getattr(wanted, field)
        if one != other:
            return f"its {field.removesuffix('_hash')} is {_short(one)}, not {_short(other)}"
    return "its items differ"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else dumps(value)
    return f"'{text[:60]}'"


def _not_writable(folder: Path, error: OSError) -> InputError:
    return InputError(f"{folder}: cannot be written ({error.strerror}); choose another folder with --out")


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "run"


def _versions() -> dict[str, str]:
    from cvalues import __version__
    from cvalues.labels.choice import READER_VERSION

    return {"cvalues": __version__, "reader": READER_VERSION}
