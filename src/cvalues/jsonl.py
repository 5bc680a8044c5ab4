"""The one codec: strict reading with file:line errors, stable writing, content ids.

Writing is stable: field order is the record's, floats are shortest round-trip, text is UTF-8
as it stands, lines end with a line feed. Appending with torn-tail repair is `cvalues.responses.journal`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cvalues.errors import DataError

__all__ = [
    "content_id",
    "decode_line",
    "dumps",
    "encode",
    "iter_records",
    "read_json",
    "read_records",
    "write_json",
    "write_records",
    "write_text",
]

R = TypeVar("R")

_encoder = msgspec.json.Encoder()
_sorted_encoder = msgspec.json.Encoder(order="deterministic")


def encode(record: Any) -> bytes:
    """Return a record as one JSON line without the line feed."""
    return _encoder.encode(record)


def dumps(value: Any) -> str:
    """Return any JSON value as one compact line of text with sorted keys."""
    return _sorted_encoder.encode(value).decode()


def content_id(*parts: Any) -> str:
    """Return the content hash of the parts: blake2b, 16 bytes, hex, over their canonical JSON.

    The canonical form sorts keys, so equal content has equal ids on every platform.
    """
    return hashlib.blake2b(_sorted_encoder.encode(parts), digest_size=16).hexdigest()


def decode_line(decoder: msgspec.json.Decoder[R], line: bytes | str, path: str, number: int) -> R:
    """Return the record of one line.

    Raises:
        DataError: with file, line number and field when the line is not such a record.
    """
    try:
        return decoder.decode(line)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _data_error(error, path, number) from error


def iter_records(path: str | os.PathLike[str], kind: type[R]) -> Iterator[R]:
    """Yield the records of a JSONL file, one a line; blank lines are skipped.

    Raises:
        DataError: when the file cannot be opened, or at the first line that is not such a record.
    """
    decoder = msgspec.json.Decoder(kind)
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1 and line.startswith(b"\xef\xbb\xbf"):
                    line = line[3:]
                if line.strip():
                    yield decode_line(decoder, line, name, number)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=name) from error


def read_records(path: str | os.PathLike[str], kind: type[R]) -> list[R]:
    """Return all records of a JSONL file; see `iter_records`."""
    return list(iter_records(path, kind))


def write_records(path: str | os.PathLike[str], records: Iterable[Any]) -> int:
    """Write records as JSONL, whole or not at all (temporary file, then rename); return how many."""
    count = 0
    chunks: list[bytes] = []
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            for record in records:
                chunks.append(_encoder.encode(record))
                count += 1
                if len(chunks) == 1024:
                    file.write(b"\n".join(chunks) + b"\n")
                    chunks.clear()
            if chunks:
                file.write(b"\n".join(chunks) + b"\n")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def read_json(path: str | os.PathLike[str], kind: type[R]) -> R:
    """Return the one JSON document of a file.

    Raises:
        DataError: when the file cannot be opened or is not such a document.
    """
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=name) from error
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _data_error(error, name, None) from error


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write one indented JSON document, whole or not at all."""
    _write_whole(Path(path), msgspec.json.format(_encoder.encode(value), indent=2) + b"\n")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write one UTF-8 text with line feeds as they stand, whole or not at all."""
    _write_whole(Path(path), text.encode())


def _write_whole(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _data_error(error: Exception, path: str, number: int | None) -> DataError:
    text = str(error)
    problem, _, place = text.partition(" - at `$")
    field = place.strip("`").lstrip(".") or None
    if not isinstance(error, msgspec.ValidationError):
        problem = f"not valid JSON ({problem})"
    return DataError(problem, path=path, line=number, field=field)
