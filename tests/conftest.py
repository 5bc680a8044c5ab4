"""Shared fixtures: where the public data is, and what a Debian program's absence means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared_folder() -> Path | None:
    """Return the folder with the public test data, or None on a machine without it."""
    for candidate in (os.environ.get("CVALUES_SHARED"), str(ROOT.parent / "shared")):
        if candidate and (Path(candidate) / "data").is_dir():
            return Path(candidate)
    return None


def need(condition: object, reason: str) -> None:
    """Skip with the reason, or fail with it where CI demands that everything runs."""
    if condition:
        return
    if os.environ.get("CVALUES_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public data sets; skips where it is absent (a user's machine)."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("public data not here: set CVALUES_SHARED to the folder that holds data/")
    return folder / "data"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; says how to install it where it is absent."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(found, "needs Chromium: apt-get install chromium fonts-noto-cjk")
    return str(found)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test out of the user's own data folder and away from real keys."""
    monkeypatch.setenv("CVALUES_DATA", str(tmp_path_factory.mktemp("data")))
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)
