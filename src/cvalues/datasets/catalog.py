"""What exists: bundled suites and public sets, where each is published, and which are installed here."""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from cvalues.errors import DataError
from cvalues.jsonl import read_json
from cvalues.records import Kind
from cvalues.registry import unknown

__all__ = [
    "DataFile",
    "Dataset",
    "Installed",
    "InstalledFile",
    "RECORD",
    "Role",
    "data_folder",
    "dataset_folder",
    "file_sha256",
    "find_dataset",
    "installed",
    "load_catalog",
]

Role = Literal["items", "answers"]
# Name of the record beside an installed dataset's files.
RECORD = "installed.json"


class DataFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published file of a dataset.

    Attributes:
        role: whether it holds the items, or the answers that belong to them.
        sha256: hash of the published content, empty when unknown.
        git_blob: the content's git object id, where that is known instead.
    """

    name: str
    url: str
    role: Role = "items"
    sha256: str = ""
    git_blob: str = ""


class Dataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the catalogue.

    Attributes:
        rows, items: how many the published files hold; None where that is not known.
        licence: SPDX name, or "unknown".
        notice_zh, notice_en: what a user must know before using or passing it on.
    """

    name: str
    title_zh: str
    title_en: str
    levels: tuple[int, ...]
    kind: Kind
    shape: str
    licence: str
    publisher: str
    homepage: str
    notice_zh: str
    notice_en: str
    sensitivity_zh: str
    sensitivity_en: str
    bundled: bool = False
    rows: int | None = None
    items: int | None = None
    file: tuple[DataFile, ...] = ()


class InstalledFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file in the data folder.

    Attributes:
        hash: how its content compares with the published one: "verified", "unknown" (no published
            hash is known) or "differs" (another content, imported by the user).
    """

    name: str
    role: Role
    bytes: int
    sha256: str
    hash: Literal["verified", "unknown", "differs"]


class Installed(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="schema",
    tag="installed/1",
):
    """The record beside an installed dataset's files: what is there and where it came from."""

    name: str
    shape: str
    rows: int
    items: int
    repeated: int
    files: tuple[InstalledFile, ...]

    def paths(self, where: Path | None = None) -> list[Path]:
        """Return the files that hold items."""
        folder = dataset_folder(self.name, where)
        return [folder / one.name for one in self.files if one.role == "items"]


def data_folder(where: Path | None = None) -> Path:
    """Return the folder for data: the given one, else $CVALUES_DATA, else the user's data folder."""
    chosen = where or os.environ.get("CVALUES_DATA")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_dir

    return Path(user_data_dir("cvalues", appauthor=False))


def dataset_folder(name: str, where: Path | None = None) -> Path:
    """Return the folder of one installed dataset."""
    return data_folder(where) / "datasets" / name


def installed(name: str, where: Path | None = None) -> Installed | None:
    """Return the record of an installed dataset, or None when it is not installed.

    Raises:
        DataError: when the record cannot be read.
    """
    path = dataset_folder(name, where) / RECORD
    return read_json(path, Installed) if path.is_file() else None


@lru_cache(maxsize=1)
def load_catalog() -> dict[str, Dataset]:
    """Return the catalogue by name, in its order.

    Raises:
        DataError: when the catalogue is not one, with the field.
    """
    path = Path(__file__).with_name("data") / "catalog.toml"
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        entries = msgspec.convert(document.get("dataset"), list[Dataset])
    except msgspec.ValidationError as error:
        raise DataError(str(error), path="datasets/data/catalog.toml") from error
    return {entry.name: entry for entry in entries}


def find_dataset(name: str) -> Dataset:
    """Return the catalogue's entry of that name.

    Raises:
        UnknownName: with the nearest name and the list of known ones.
    """
    entries = load_catalog()
    if name not in entries:
        raise unknown("dataset", name, entries)
    return entries[name]


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's content, hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
