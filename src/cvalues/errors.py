"""All exceptions of the package; every message says what is wrong, where, and what to do.

CValuesError
├── InputError            the user's input is wrong (exit code 2)
│   ├── DataError         a file of records cannot be read; carries file, line, field
│   ├── UnknownName       a name is not registered; carries the known names
│   └── MissingExtra      an optional part is not installed; carries the install command
├── Incomplete            the run stopped early and can be resumed (exit code 4)
│   ├── EndpointDown      the endpoint, the key or the account is plainly not usable
│   ├── JournalError      the disk is full, or the folder cannot be written
│   └── Interrupted       the user stopped the run
└── ThresholdFailed       the evaluated model missed a stated threshold (exit code 1)
"""

from __future__ import annotations

__all__ = [
    "CValuesError",
    "DataError",
    "EndpointDown",
    "Incomplete",
    "InputError",
    "Interrupted",
    "JournalError",
    "MissingExtra",
    "ThresholdFailed",
    "UnknownName",
]


class CValuesError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code = 3


class InputError(CValuesError):
    """The user's input is wrong; the message names the value and the cure."""

    exit_code = 2


class DataError(InputError):
    """A file or record cannot be read.

    Args:
        problem: what is wrong and what to do, without the place.
        path: the file, as the user named it.
        line: 1-based line (or row) number, when there is one.
        field: dotted name of the field, when there is one.
    """

    def __init__(
        self, problem: str, *, path: str | None = None, line: int | None = None, field: str | None = None
    ) -> None:
        self.problem = problem
        self.path = path
        self.line = line
        self.field = field
        place = path or ""
        if line is not None:
            place += f":{line}"
        parts = [part for part in (place, f"field '{field}'" if field else "") if part]
        super().__init__(": ".join([*parts, problem]))


class UnknownName(InputError):
    """A name is not known; the message offers the nearest and lists all known names."""


class MissingExtra(InputError):
    """An optional part is needed; the message gives the command that installs it."""


class Incomplete(CValuesError):
    """The run stopped before its end; everything gathered is kept and the run can be resumed."""

    exit_code = 4


class EndpointDown(Incomplete):
    """The endpoint, the key or the account cannot be used, so going on would only burn calls."""


class JournalError(Incomplete):
    """The journal cannot be written (disk full, read-only folder, folder in use)."""


class Interrupted(Incomplete):
    """The user asked the run to stop."""


class ThresholdFailed(CValuesError):
    """The evaluated model missed a threshold that the user stated."""

    exit_code = 1
