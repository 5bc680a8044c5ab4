"""Getting a public set: from its published home, or from a copy that the user has."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cvalues.datasets.catalog import (
    RECORD,
    DataFile,
    Dataset,
    Installed,
    InstalledFile,
    dataset_folder,
    file_sha256,
    find_dataset,
    installed,
)
from cvalues.datasets.fields import Place
from cvalues.datasets.load import Loaded, load_file
from cvalues.datasets.shapes import answers_name
from cvalues.errors import DataError, InputError
from cvalues.jsonl import write_json

if TYPE_CHECKING:
    from cvalues.datasets.download import Patience, Progress

__all__ = ["Got", "get_dataset"]

# Shapes in which the same set is also passed on.
_ALSO = {"poison": ("coig",), "coig": ("poison",)}


class Got(NamedTuple):
    """What getting a dataset brought.

    Attributes:
        dataset: the catalogue's entry, with the licence and the notice that the user must see.
        record: what lies in the data folder.
        remarks: what is worth saying about it: unknown or differing hashes, counts, repeated rows.
    """

    dataset: Dataset
    record: Installed
    remarks: tuple[str, ...]


def get_dataset(
    name: str,
    *,
    source: Path | None = None,
    where: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Got:
    """Return a dataset after bringing it into the data folder, checked by reading it wholly.

    Downloads continue where an earlier one was cut. $CVALUES_DATA_MIRROR names a mirror to fetch
    from instead, laid out as <dataset>/<file>.

    Args:
        name: a name of the catalogue.
        source: the user's own copy: a file, or a folder with the published files.
        where: data folder, instead of the user's.
        force: fetch again what is already there.
        progress: told of every chunk: file, bytes so far, bytes in all.
        patience: how often to try and how long to wait.

    Raises:
        UnknownName: when the catalogue has no such name.
        InputError: when a file cannot be had or is not the published one; says what to get from where.
        DataError: when a file cannot be read as the dataset it should be, or the folder not written.
    """
    entry = find_dataset(name)
    if entry.bundled:
        raise InputError(f"'{name}' comes with the package: cvalues data show {name}")
    home = dataset_folder(name, where)
    if source is None and not force:
        there = installed(name, where)
        if there and all(_unchanged(home / one.name, one) for one in there.files):
            return Got(entry, there, ("already installed, unchanged",))
    try:
        home.mkdir(parents=True, exist_ok=True)
        files = _import(entry, Path(source), home) if source else _download(entry, home, force, progress)
        return _install(entry, files, home, where)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror or error}", path=os.fspath(home)) from error


def _unchanged(path: Path, one: InstalledFile) -> bool:
    return path.is_file() and path.stat().st_size == one.bytes and file_sha256(path) == one.sha256


def _install(entry: Dataset, files: list[InstalledFile], home: Path, where: Path | None) -> Got:
    """Read the files as the dataset, then write the record that makes it installed."""
    loaded = [_read(entry, home / one.name) for one in files if one.role == "items"]
    rows, items = sum(one.rows for one in loaded), sum(len(one.items) for one in loaded)
    record = Installed(
        name=entry.name,
        shape=loaded[0].shape,
        rows=rows,
        items=items,
        repeated=sum(len(one.repeated) for one in loaded),
        files=tuple(files),
    )
    before = installed(entry.name, where)
    write_json(home / RECORD, record)
    stale = {one.name for one in before.files} - {one.name for one in files} if before else set[str]()
    for name in stale:
        (home / name).unlink(missing_ok=True)
    return Got(entry, record, tuple(_remarks(entry, record)))


def _read(entry: Dataset, path: Path) -> Loaded:
    """Return what a file holds, or refuse it when it is not of the dataset's shape."""
    loaded = load_file(path, place=Place(os.fspath(path), entry.name, entry.licence))
    if loaded.shape not in (entry.shape, *_ALSO.get(entry.shape, ())):
        problem = f"holds rows of shape '{loaded.shape}', but '{entry.name}' has shape '{entry.shape}'"
        raise DataError(problem, path=os.fspath(path))
    return loaded


def _remarks(entry: Dataset, record: Installed) -> list[str]:
    said: list[str] = []
    for one in record.files:
        if one.hash == "unknown":
            said.append(f"{one.name}: no published hash is known; sha256 here {one.sha256}")
        elif one.hash == "differs":
            said.append(
                f"{one.name}: not the published content (its hash differs)"
            )
    if entry.rows is not None and record.rows != entry.rows:
        said.append(f"{record.rows} rows, where the published set has {entry.rows}")
    if record.repeated:
        said.append(f"{record.repeated} rows say nothing new and were merged")
    return said


def _describe(path: Path, file: DataFile | None, *, role: str, origin: str) -> InstalledFile:
    known = _matches(path, file) if file else None
    return InstalledFile(
        name=path.name,
        role="answers" if role == "answers" else "items",
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
        origin="import" if origin == "import" else "download",
        hash="unknown" if known is None else "verified" if known else "differs",
    )


def _matches(path: Path, file: DataFile) -> bool | None:
    """Return whether a file has the published content; None when no hash of that is known."""
    if file.sha256:
        return file_sha256(path) == file.sha256
    if file.git_blob:
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
        digest.update(path.read_bytes())
        return digest.hexdigest() == file.git_blob
    return None


def _download(entry: Dataset, home: Path, force: bool, progress: object) -> list[InstalledFile]:
    from cvalues.datasets.download import Unreachable

    files: list[InstalledFile] = []
    for file in entry.file:
        target = home / file.name
        try:
            if force or not target.is_file() or _matches(target, file) is False:
                _fetch(entry, file, target, progress)
        except Unreachable as error:
            raise InputError(f"{error}. {_by_hand(entry, home)}") from error
        files.append(_describe(target, file, role=file.role, origin="download"))
    for one in files:
        if one.role == "items":
            _check_fetched(entry, home / one.name)
    return files


def _check_fetched(entry: Dataset, path: Path) -> None:
    """Read a fetched file; a page of an unfriendly network saved as data must not stay."""
    try:
        _read(entry, path)
    except DataError:
        path.unlink(missing_ok=True)
        raise


def _fetch(entry: Dataset, file: DataFile, target: Path, progress: object) -> None:
    from cvalues.datasets.download import discard, download, part_of

    url = _address(entry, file)
    resumed = part_of(target).is_file()
    hashed = bool(file.sha256 or file.git_blob)
    while True:
        part = download(url, target, trust_part=hashed, progress=progress if callable(progress) else None)
        if _matches(part, file) is not False:
            os.replace(part, target)
            discard(target)
            return
        found = file_sha256(part)
        discard(target)
        if not resumed:
            raise InputError(
                f"{file.name}: sha256 of {url} is {found}, not that of the published file; nothing was "
                f"installed. {_by_hand(entry, target.parent)}"
            )
        # The earlier part may have been of another content: once more from the start.
        resumed = False


def _address(entry: Dataset, file: DataFile) -> str:
    mirror = os.environ.get("CVALUES_DATA_MIRROR", "").rstrip("/")
    return f"{mirror}/{entry.name}/{file.name}" if mirror else file.url


def _by_hand(entry: Dataset, home: Path) -> str:
    """Return what a user without network can do, in one line."""
    wanted = " and ".join(f"{file.name} ({file.url})" for file in entry.file)
    return (
        f"Without network: get {wanted} elsewhere, then run cvalues data get {entry.name} --from PATH, "
        f"or put it into {home} and run the same command again. Published at {entry.homepage}"
    )


def _import(entry: Dataset, source: Path, home: Path) -> list[InstalledFile]:
    """Check the user's copy by reading it where it lies, then copy it."""
    found = _own_files(entry, source, home)
    for path, role, _ in found:
        if role == "items":
            _read(entry, path)
    files: list[InstalledFile] = []
    for path, role, file in found:
        target = home / path.name
        if path.resolve() != target.resolve():
            part = home / f"{path.name}.import"
            try:
                shutil.copyfile(path, part)
                os.replace(part, target)
            finally:
                part.unlink(missing_ok=True)
        files.append(_describe(target, file, role=role, origin="import"))
    return files


def _own_files(entry: Dataset, source: Path, home: Path) -> list[tuple[Path, str, DataFile | None]]:
    """Return path, role and catalogue's file of what is to be imported."""
    if source.is_dir():
        paths = [(source / file.name, file.role, file) for file in entry.file]
        missing = [path.name for path, _, _ in paths if not path.is_file()]
        if missing:
            raise InputError(
                f"{source}: no file {' and '.join(missing)} in this folder. {_by_hand(entry, home)}"
            )
        return list(paths)
    if not source.is_file():
        raise InputError(f"{source}: no such file or folder. {_by_hand(entry, home)}")
    roles = {file.role: file for file in entry.file}
    found: list[tuple[Path, str, DataFile | None]] = [(source, "items", roles.get("items"))]
    beside = source.with_name(answers_name(source.name))
    if "answers" in roles and beside.is_file():
        found.append((beside, "answers", roles["answers"]))
    return found
