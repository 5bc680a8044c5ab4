"""Getting a public set: from its published home, or from a copy that the user has.

Everything arrives in the dataset's `incoming` folder, is checked by its hash and by reading it
wholly, and only then moved into place, so a bad copy never replaces a good one.
"""

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
    Role,
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

# The same set is also passed on in this other shape.
_ALSO = {"poison": "coig", "coig": "poison"}


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


class _Piece(NamedTuple):
    """One file on its way: where it is, its name to be, its role and the published file it stands for."""

    path: Path
    name: str
    role: Role
    file: DataFile


def get_dataset(
    name: str,
    *,
    source: Path | None = None,
    where: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Got:
    """Return a dataset after bringing it into the data folder.

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
        DataError: when the user's copy cannot be read as the dataset, or the folder cannot be written.
    """
    entry = find_dataset(name)
    if entry.bundled:
        raise InputError(f"'{name}' comes with the package: cvalues data show {name}")
    home = dataset_folder(name, where)
    before = installed(name, where)
    if source is None and not force and before and all(_unchanged(home, one) for one in before.files):
        return Got(entry, before, ("already installed, unchanged",))
    try:
        (home / "incoming").mkdir(parents=True, exist_ok=True)
        if source:
            pieces, loaded = _import(entry, Path(source), home)
        else:
            pieces, loaded = _download(entry, home, _Ways(force, progress, patience))
        return _settle(entry, pieces, loaded, home)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror or error}", path=os.fspath(home)) from error
    finally:
        _sweep(home)


def _unchanged(home: Path, one: InstalledFile) -> bool:
    path = home / one.name
    return path.is_file() and path.stat().st_size == one.bytes and file_sha256(path) == one.sha256


def _sweep(home: Path) -> None:
    """Remove the folders that a failed attempt left empty; one that holds a part stays."""
    for folder in (home / "incoming", home):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def _settle(entry: Dataset, pieces: list[_Piece], loaded: list[Loaded], home: Path) -> Got:
    """Move the checked files into place and write the record that makes the dataset installed."""
    record = Installed(
        name=entry.name,
        shape=loaded[0].shape,
        rows=sum(one.rows for one in loaded),
        items=sum(len(one.items) for one in loaded),
        repeated=sum(len(one.repeated) for one in loaded),
        files=tuple(_described(one) for one in pieces),
    )
    for piece in pieces:
        os.replace(piece.path, home / piece.name)
    write_json(home / RECORD, record)
    shutil.rmtree(home / "incoming")
    wanted = {piece.name for piece in pieces} | {RECORD}
    for path in home.iterdir():
        if path.name not in wanted and path.is_file():
            path.unlink()
    return Got(entry, record, tuple(_remarks(entry, record)))


def _described(piece: _Piece) -> InstalledFile:
    known = _matches(piece.path, piece.file)
    return InstalledFile(
        name=piece.name,
        role=piece.role,
        bytes=piece.path.stat().st_size,
        sha256=file_sha256(piece.path),
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


def _read(entry: Dataset, path: Path) -> Loaded:
    """Return what a file holds.

    Raises:
        DataError: when it cannot be read, or is not of the dataset's shape.
    """
    loaded = load_file(path, place=Place(os.fspath(path), entry.name, entry.licence))
    if loaded.shape not in (entry.shape, _ALSO.get(entry.shape)):
        problem = f"holds rows of shape '{loaded.shape}', but '{entry.name}' has shape '{entry.shape}'"
        raise DataError(problem, path=os.fspath(path))
    return loaded


def _remarks(entry: Dataset, record: Installed) -> list[str]:
    said: list[str] = []
    for one in record.files:
        if one.hash == "unknown":
            said.append(f"{one.name}: no published hash is known; sha256 here {one.sha256}")
        elif one.hash == "differs":
            said.append(f"{one.name}: not the published content, its hash differs; sha256 here {one.sha256}")
    if entry.rows is not None and record.rows != entry.rows:
        said.append(f"{record.rows} rows, where the published set has {entry.rows}")
    if record.repeated:
        said.append(f"{record.repeated} rows say nothing new and were merged")
    return said


def _by_hand(entry: Dataset, home: Path) -> str:
    """Return what a user without network can do, in one line."""
    wanted = " and ".join(f"{file.name} ({file.url})" for file in entry.file)
    return (
        f"Without network: get {wanted} elsewhere, then run cvalues data get {entry.name} --from PATH, "
        f"or put it into {home} and run the same command again. Published at {entry.homepage}"
    )


class _Ways(NamedTuple):
    """How to fetch: afresh or not, whom to tell, how long to try."""

    force: bool
    progress: Progress | None
    patience: Patience | None


def _download(entry: Dataset, home: Path, ways: _Ways) -> tuple[list[_Piece], list[Loaded]]:
    from cvalues.datasets.download import Unreachable

    incoming = home / "incoming"
    if ways.force:
        shutil.rmtree(incoming)
        incoming.mkdir()
    pieces = [_Piece(incoming / file.name, file.name, file.role, file) for file in entry.file]
    for piece in pieces:
        if not ways.force:
            _pick_up(piece, home)
        try:
            if not piece.path.is_file():
                _fetch(entry, piece, ways)
        except Unreachable as error:
            raise InputError(f"{error}. {_by_hand(entry, home)}") from error
    try:
        return pieces, [_read(entry, piece.path) for piece in pieces if piece.role == "items"]
    except DataError as error:
        shutil.rmtree(incoming)
        raise InputError(f"what came is not the dataset: {error}. {_by_hand(entry, home)}") from error


def _pick_up(piece: _Piece, home: Path) -> None:
    """Take a file that the user put into the folder by hand, and drop one that is known to be wrong."""
    by_hand = home / piece.name
    if by_hand.is_file() and not (home / RECORD).is_file():
        os.replace(by_hand, piece.path)
    if piece.path.is_file() and _matches(piece.path, piece.file) is False:
        piece.path.unlink()


def _fetch(entry: Dataset, piece: _Piece, ways: _Ways) -> None:
    """Download one file and check its hash; a continued download that fails it starts again once."""
    from cvalues.datasets.download import discard, download, part_of

    mirror = os.environ.get("CVALUES_DATA_MIRROR", "").rstrip("/")
    url = f"{mirror}/{entry.name}/{piece.name}" if mirror else piece.file.url
    hashed = bool(piece.file.sha256 or piece.file.git_blob)
    resumed = part_of(piece.path).is_file()
    while True:
        part = download(url, piece.path, trust_part=hashed, progress=ways.progress, patience=ways.patience)
        if _matches(part, piece.file) is not False:
            os.replace(part, piece.path)
            discard(piece.path)
            return
        found = file_sha256(part)
        discard(piece.path)
        if not resumed:
            problem = f"{piece.name}: {url} sends content of sha256 {found}, not the published file"
            raise InputError(f"{problem}; nothing was installed. {_by_hand(entry, piece.path.parent.parent)}")
        # The earlier part may have been of another content.
        resumed = False


def _import(entry: Dataset, source: Path, home: Path) -> tuple[list[_Piece], list[Loaded]]:
    """Check the user's copy by reading it where it lies, then copy it."""
    own = _own_files(entry, source, home)
    loaded = [_read(entry, one.path) for one in own if one.role == "items"]
    pieces: list[_Piece] = []
    for one in own:
        target = home / "incoming" / one.name
        shutil.copyfile(one.path, target)
        pieces.append(one._replace(path=target))
    return pieces, loaded


def _own_files(entry: Dataset, source: Path, home: Path) -> list[_Piece]:
    """Return the files to import: all published ones of a folder, or one file and its answers beside it."""
    if source.is_dir():
        found = [_Piece(source / file.name, file.name, file.role, file) for file in entry.file]
        missing = [one.name for one in found if not one.path.is_file()]
        if missing:
            names = " and ".join(missing)
            raise InputError(f"{source}: no file {names} in this folder. {_by_hand(entry, home)}")
        return found
    if not source.is_file():
        raise InputError(f"{source}: no such file or folder. {_by_hand(entry, home)}")
    roles = {file.role: file for file in entry.file}
    found = [_Piece(source, source.name, "items", roles["items"])]
    beside = source.with_name(answers_name(source.name))
    if "answers" in roles and beside.is_file():
        found.append(_Piece(beside, beside.name, "answers", roles["answers"]))
    return found
