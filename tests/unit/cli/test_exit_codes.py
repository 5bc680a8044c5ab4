"""How every command ends: one line on standard error, and a code that says whose fault it is."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cvalues import errors
from cvalues.cli import app as shell


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Give back the handler that `main` replaces."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["cvalues", *arguments])
    try:
        shell.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException | Any) -> None:
    """Make every command end with that error."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(shell, "app", fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ThresholdFailed("a/b: acc is 0.5, required is 0.8"), 1),
        (errors.InputError("no such thing"), 2),
        (errors.DataError("is empty", path="a.jsonl", line=3, field="prompt"), 2),
        (errors.UnknownName("unknown thing 'x'"), 2),
        (errors.MissingExtra("run: pip install x"), 2),
        (errors.Incomplete("stopped"), 4),
        (errors.EndpointDown("the key is refused"), 4),
        (errors.JournalError("the disk is full"), 4),
        (errors.Interrupted("stopped"), 4),
    ],
)
def test_a_typed_error_is_one_line_and_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: errors.CValuesError, code: int
) -> None:
    raising(monkeypatch, error)
    assert called(monkeypatch) == code == error.exit_code
    assert capsys.readouterr().err == f"cvalues: {error}\n"


def test_every_error_of_the_package_has_a_code_of_the_design() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    assert {kind.exit_code for kind in kinds} == {1, 2, 3, 4}
    assert {kind for kind in kinds if kind.exit_code == 3} == {errors.CValuesError}, "the base alone is never raised"


def test_a_message_of_several_lines_or_with_escapes_stays_one_harmless_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, errors.InputError("first\nsecond\r\nthird \x1b[2J\u202eend"))
    assert called(monkeypatch) == 2
    assert capsys.readouterr().err == "cvalues: first second third \\x1b[2J\\u202eend\n"


def test_anything_else_is_our_bug_and_says_so_with_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, KeyError("gold"))
    assert called(monkeypatch) == 3
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Traceback (most recent call last):"
    assert told[-1] == "cvalues: this is a bug in cvalues: KeyError: 'gold'"


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("run", "--help"), ("taxonomy", "list"), ("models", "list", "--json")],
)
def test_what_went_well_is_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert called(monkeypatch, *arguments) == 0
    told = capsys.readouterr()
    assert told.out and not told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), "No such command 'nothing'"),
        (("run", "--nothing"), "No such option"),
        (("run", "--repeats", "0"), "Invalid value for '--repeats'"),
        (("run", "--repeats", "many"), "Invalid value for '--repeats'"),
        (("taxonomy", "show", "safety/crime"), "did you mean 'safety/crimes'?"),
        (("data", "show", "opne"), "did you mean 'open'?"),
        (("label", "official", "nowhere"), "nowhere: no run here"),
        (("rescore", "nowhere"), "nowhere: no run here"),
        (("models", "check", "x"), "model 'x' has no provider"),
    ],
)
def test_wrong_input_is_2_and_says_what_was_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert called(monkeypatch, *arguments) == 2
    told = capsys.readouterr().err
    assert words in told and "Traceback" not in told


def test_ctrl_c_where_there_is_no_run_is_not_taken_for_a_missed_threshold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wait() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        signal.sigtimedwait([], 5)

    monkeypatch.setattr(shell, "app", wait)
    assert called(monkeypatch) == 130
    assert capsys.readouterr().err == "cvalues: stopped\n"


def test_a_reader_that_goes_away_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, BrokenPipeError())
    assert called(monkeypatch) == 0
    assert not re.search("Traceback|bug", capfd.readouterr().err)
