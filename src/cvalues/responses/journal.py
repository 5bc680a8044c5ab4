"""The append-only journal of a run: nothing gathered is lost, whatever happens to the process or the disk.

Lines reach the operating system at least once a second and at every 256 lines (the runner's
tick calls `flush`), so `kill -9` loses at most the calls in flight and the last second's lines.
The file is synced to the device every 30 seconds and at the end; a power cut can lose what lies
between. A torn last line is repaired on opening. A small reserve file is held so that a full disk
still takes the lines that wait in memory. One process owns a run folder at a time.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from cvalues.errors import InputError, JournalError
from cvalues.jsonl import decode_line, encode
from cvalues.records import Outcome, Response

__all__ = [
    "FLUSH_LINES",
    "Done",
    "FolderLock",
    "Journal",
    "iter_responses",
    "read_done",
    "repair_tail",
    "responses_at",
    "write_error",
]

FLUSH_LINES = 256
_FLUSH_SECONDS = 1.0
_SYNC_SECONDS = 30.0
_RESERVE_BYTES = 2 << 20


class FolderLock:
    """The right to write to a run folder; the system frees it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".lock"
        self._file: int | None = None

    def take(self) -> None:
        """Take the folder.

        Raises:
            JournalError: when another process has it, or the folder cannot be written.
        """
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise write_error(self.path.parent, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise JournalError(
                f"{self.path.parent}: another process{f' (pid {holder})' if holder else ''} is writing to this "
                "run; wait for it, stop it, or choose another folder with --out"
            ) from error
        self._file = handle
        with contextlib.suppress(OSError):  # the pid is a courtesy; a full disk must not refuse the lock
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())

    def release(self) -> None:
        """Free the folder; safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Journal:
    """An append-only JSONL file of records.

    Args:
        path: the file; made if absent, its torn tail repaired.

    Raises:
        JournalError: when the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[bytes] = []
        self._bytes = 0
        self._reserve = path.with_name(f".{path.name}.reserve")
        try:
            repair_tail(path)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            self._end = os.fstat(self._file).st_size
            self._hold_reserve()
        except OSError as error:
            raise write_error(path, error) from error
        self._flushed = self._synced = time.monotonic()

    def append(self, record: Any) -> None:
        """Take one record; it is on its way to the file within a second, 256 records or half of the reserve."""
        line = encode(record)
        self._lines.append(line)
        self._bytes += len(line) + 1
        if len(self._lines) >= FLUSH_LINES or self._bytes >= _RESERVE_BYTES // 2:
            self.flush()

    def tick(self) -> None:
        """Flush if a second has passed since the last flush, sync if thirty have."""
        now = time.monotonic()
        if self._lines and now - self._flushed >= _FLUSH_SECONDS:
            self.flush()
        if now - self._synced >= _SYNC_SECONDS:
            os.fsync(self._file)
            self._synced = now

    def flush(self) -> None:
        """Hand all waiting lines to the operating system.

        Raises:
            JournalError: when they cannot be written even with the reserve freed; the file then
                still ends with a whole line.
        """
        self._flushed = time.monotonic()
        if not self._lines:
            return
        data = b"\n".join(self._lines) + b"\n"
        try:
            self._write(data)
        except OSError as error:
            self._last_stand(data, error)
        self._forget()

    def close(self) -> None:
        """Flush, sync and close; safe to call twice."""
        if self._file < 0:
            return
        try:
            self.flush()
            os.fsync(self._file)
        finally:
            os.close(self._file)
            self._file = -1
            self._reserve.unlink(missing_ok=True)

    def _forget(self) -> None:
        self._lines.clear()
        self._bytes = 0

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(data)

    def _last_stand(self, data: bytes, error: OSError) -> None:
        """Free the reserve to save what waits, then stop the run either way."""
        self._reserve.unlink(missing_ok=True)
        lost = len(self._lines)
        self._forget()
        try:
            self._write(data)
        except OSError as second:
            raise JournalError(
                f"{self.path}: cannot be written ({second.strerror}); {lost} replies of the last second were not "
                "saved and will be asked again; free some space, then run the same command again to go on"
            ) from second
        raise JournalError(
            f"{self.path}: cannot be written ({error.strerror}); all replies so far are saved; "
            "free some space, then run the same command again to go on"
        ) from error

    def _hold_reserve(self) -> None:
        handle = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.write(handle, bytes(_RESERVE_BYTES))
            if os.fstat(handle).st_size < _RESERVE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self._reserve.unlink(missing_ok=True)
            os.close(self._file)
            raise error
        finally:
            os.close(handle)


def repair_tail(path: Path) -> int:
    """Return how many bytes of a torn last line were cut off a journal; 0 when it was whole.

    A last line that only lacks its line feed is completed instead.
    """
    if not path.exists() or path.stat().st_size == 0:
        return 0
    with open(path, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(end - 1)
        if file.read(1) == b"\n":
            return 0
        start = _last_line_feed(file.fileno(), end) + 1
        file.seek(start)
        tail = file.read()
        try:
            msgspec.json.decode(tail, type=dict)
        except (msgspec.DecodeError, UnicodeDecodeError):
            file.truncate(start)
            return end - start
        file.write(b"\n")
        return 0


def _last_line_feed(handle: int, end: int) -> int:
    """Return the offset of the last line feed before `end`, or -1."""
    while end > 0:
        start = max(0, end - 65536)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found
        end = start
    return -1


class _Head(msgspec.Struct):
    """The two fields of a response that resuming needs."""

    id: str
    outcome: Outcome


class Done(msgspec.Struct):
    """What a journal holds already.

    Attributes:
        ids: response ids (16 raw bytes each) that need not be asked again.
        outcomes: how many distinct responses per outcome.
        lines: records in the file, repeats included.
    """

    ids: set[bytes]
    outcomes: dict[str, int]
    lines: int


def read_done(path: Path) -> Done:
    """Return what is done in a journal; a failed response counts only in `outcomes`.

    Raises:
        DataError: at a line that is not a response.
    """
    done = Done(ids=set(), outcomes={}, lines=0)
    failed: set[bytes] = set()
    if not path.exists():
        return done
    decoder = msgspec.json.Decoder(_Head)
    name = os.fspath(path)
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            head = decode_line(decoder, line, name, number)
            key = bytes.fromhex(head.id)
            done.lines += 1
            if head.outcome == "failed":
                failed.add(key)
            elif key not in done.ids:
                done.ids.add(key)
                done.outcomes[head.outcome] = done.outcomes.get(head.outcome, 0) + 1
    done.outcomes["failed"] = len(failed - done.ids)
    return done


def iter_responses(path: Path) -> Iterator[tuple[int, Response]]:
    """Yield one response per id with its offset: the first that did not fail, else the last failure.

    Memory holds ids only, whatever the length of the file.

    Raises:
        DataError: at a line that is not a response.
    """
    decoder = msgspec.json.Decoder(Response)
    given: set[bytes] = set()
    failures: dict[bytes, int] = {}
    name, offset = os.fspath(path), 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            response = decode_line(decoder, line, name, number)
            key = bytes.fromhex(response.id)
            if response.outcome == "failed":
                failures[key] = offset
            elif key not in given:
                given.add(key)
                yield offset, response
            offset += len(line)
    left = [place for key, place in failures.items() if key not in given]
    yield from zip(left, responses_at(path, left), strict=True)


def responses_at(path: Path, offsets: Iterable[int]) -> Iterator[Response]:
    """Yield the responses that begin at these byte offsets, in the order asked for."""
    decoder = msgspec.json.Decoder(Response)
    with open(path, "rb") as file:
        for offset in offsets:
            file.seek(offset)
            yield decode_line(decoder, file.readline(), os.fspath(path), 0)


def write_error(path: Path, error: OSError) -> JournalError | InputError:
    """Return the error for a file that cannot be written: the user's to mend elsewhere, or a full disk."""
    reason = error.strerror or str(error)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return InputError(f"{path}: cannot be written ({reason}); choose another folder with --out")
    return JournalError(f"{path}: cannot be written ({reason}); free some space, then run the same command again")
