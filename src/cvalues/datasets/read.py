"""Files to rows: JSONL, JSON, CSV, TSV (each also gzipped), XLSX and Parquet, strictly read.

A row is a dict of the fields as the file has them; what they mean is for the shapes to say
(`cvalues.datasets.shapes`). Encodings of CSV and TSV are found, not asked for: UTF-8 with or
without a byte order mark, UTF-16 with one (Excel's "Unicode text"), GB18030 (Excel in Chinese).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import msgspec

from cvalues.errors import DataError
from cvalues.jsonl import decode_line

__all__ = ["Row", "file_format", "read_rows"]


class Row(NamedTuple):
    """One row of a file.

    Attributes:
        number: 1-based line of a text file (where the row starts), row of a sheet, else place in the file.
        values: field name to value; a table's empty cell is an empty text.
    """

    number: int
    values: dict[str, Any]


def file_format(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Return the format that a file's name says ("jsonl", "csv" …) and whether it is gzipped.

    Raises:
        DataError: when the ending is none that can be read; the message lists those that can.
    """
    name = Path(path).name.lower()
    packed = name.endswith(".gz")
    ending = name.removesuffix(".gz").rpartition(".")[2]
    kind = {"ndjson": "jsonl"}.get(ending, ending)
    if kind not in _READERS or (packed and kind in _TABLES):
        known = ", ".join(f".{one}" for one in _READERS)
        raise DataError(
            f"cannot tell the format from the name; known endings: {known} (text ones also with .gz)",
            path=os.fspath(path),
        )
    return kind, packed


def read_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """Yield the rows of a file, in its order; blank lines are skipped.

    Raises:
        DataError: when the file cannot be opened or decoded, or at the first row that is not a record.
        MissingExtra: for XLSX and Parquet without the `tables` extra.
    """
    kind, packed = file_format(path)
    try:
        yield from _READERS[kind](Path(path), packed)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"cannot be read: {reason}", path=os.fspath(path)) from error


def _open(path: Path, packed: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else open(path, "rb")


def _jsonl(path: Path, packed: bool) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    with _open(path, packed) as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield Row(number, decode_line(decoder, line, str(path), number))


def _json(path: Path, packed: bool) -> Iterator[Row]:
    with _open(path, packed) as file:
        data = file.read().removeprefix(codecs.BOM_UTF8)
    try:
        document: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        if data.lstrip().startswith(b"["):
            raise DataError(f"not valid JSON ({error})", path=str(path)) from error
        # Many published .json files hold one object a line.
        yield from _jsonl(path, packed)
        return
    rows: list[Any] = cast("list[Any]", document) if isinstance(document, list) else [document]
    for number, value in enumerate(rows, 1):
        if not isinstance(value, dict):
            problem = f"expected an array of objects, found {type(value).__name__} in place {number}"
            raise DataError(problem, path=str(path), line=number)
        yield Row(number, cast("dict[str, Any]", value))


def _csv(path: Path, packed: bool) -> Iterator[Row]:
    return _delimited(path, packed, ",")


def _tsv(path: Path, packed: bool) -> Iterator[Row]:
    return _delimited(path, packed, "\t")


def _delimited(path: Path, packed: bool, delimiter: str) -> Iterator[Row]:
    encoding = _encoding(path, packed)
    with _open(path, packed) as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        start = 1
        try:
            for cells in reader:
                number, start = start, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if header is None:
                    header = _header(cells, path, number)
                    continue
                if len(cells) != len(header):
                    problem = f"has {len(cells)} cells, the header has {len(header)}; check the quotes"
                    raise DataError(problem, path=str(path), line=number)
                yield Row(number, dict(zip(header, cells, strict=True)))
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"not valid CSV ({error})", path=str(path), line=start) from error


def _header(cells: list[str], path: Path, number: int) -> list[str]:
    """Return the names of the columns.

    Raises:
        DataError: when a column has no name, or two have the same.
    """
    names = [cell.strip() for cell in cells]
    for place, name in enumerate(names, 1):
        if not name:
            raise DataError(f"column {place} has no name in the header", path=str(path), line=number)
        if names.index(name) != place - 1:
            raise DataError(f"two columns are named '{name}'", path=str(path), line=number)
    return names


def _encoding(path: Path, packed: bool) -> str:
    """Return the encoding in which the whole file decodes, by its mark or by trial."""
    with _open(path, packed) as file:
        start = file.read(4)
    if start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        if _decodes(path, packed, encoding):
            return encoding
    raise DataError(f"is not text in {' or '.join(candidates)}; save it as CSV UTF-8", path=str(path))


def _decodes(path: Path, packed: bool, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with _open(path, packed) as file:
        try:
            while chunk := file.read(1 << 16):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _xlsx(path: Path, packed: bool) -> Iterator[Row]:
    from cvalues.datasets import tables

    for number, values in tables.read_sheet(path):
        yield Row(number, values)


def _parquet(path: Path, packed: bool) -> Iterator[Row]:
    from cvalues.datasets import tables

    for number, values in tables.read_parquet(path):
        yield Row(number, values)


_TABLES = ("xlsx", "parquet")
_READERS: dict[str, Callable[[Path, bool], Iterator[Row]]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "tsv": _tsv,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
