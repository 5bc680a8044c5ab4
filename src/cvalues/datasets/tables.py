"""XLSX and Parquet by polars, the `tables` extra; imported only when such a file is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvalues.errors import DataError, MissingExtra

if TYPE_CHECKING:
    import polars

__all__ = ["read_parquet", "read_sheet"]


def read_sheet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield sheet row and cells of the first sheet of an XLSX; every cell is text, an empty one is "".

    Raises:
        DataError: when the file is not a workbook with a header in its first row.
        MissingExtra: without the `tables` extra.
    """
    pl = _polars(path)

    def load() -> polars.DataFrame:
        # Schema length 0 keeps every cell as text, so that "007" and "1" stay what they are.
        return pl.read_excel(
            path, engine="calamine", infer_schema_length=0, drop_empty_rows=False, drop_empty_cols=True
        )

    frame = _guard(load, path, "a workbook (XLSX)")
    for number, row in enumerate(frame.iter_rows(named=True), 2):
        values = {name.strip(): "" if value is None else str(value) for name, value in row.items()}
        if any(value.strip() for value in values.values()):
            yield number, values


def read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield place and values of every row of a Parquet file; an empty value is "".

    Raises:
        DataError: when the file is not Parquet.
        MissingExtra: without the `tables` extra.
    """
    pl = _polars(path)

    def load() -> polars.DataFrame:
        return pl.read_parquet(path)

    frame = _guard(load, path, "a Parquet file")
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield number, {name: "" if value is None else value for name, value in row.items()}


def _polars(path: Path) -> Any:
    try:
        import fastexcel  # pyright: ignore[reportUnusedImport]  # noqa: F401  the engine that read_excel loads
        import polars
    except ImportError as error:
        raise MissingExtra(
            f"{path}: reading {path.suffix} needs the tables extra: pip install 'cvalues[tables]'"
        ) from error
    return polars


def _guard(load: Callable[[], polars.DataFrame], path: Path, what: str) -> polars.DataFrame:
    """Return the loaded table; whatever the parser throws at a broken file becomes one typed error."""
    try:
        return load()
    except (OSError, MemoryError):
        raise
    except BaseException as error:
        # A panic of the Rust parsers is a BaseException that no public class names.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = (str(error).splitlines() or ["unknown reason"])[0]
        raise DataError(f"cannot be read as {what}: {reason}", path=str(path)) from error
