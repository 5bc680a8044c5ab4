"""The child process that serves a GGUF file on loopback: `python -m cvalues.models.local_server`.

It prints one line, the address, once it answers, and ends when its standard input closes, so that
a killed parent leaves no server behind. Kept apart from the evaluating process because the
engine is native code with its own threads, memory and log.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

__all__ = ["main", "serve"]


def serve(settings: dict[str, Any]) -> None:
    """Serve one model until standard input closes; the process ends with it.

    Args:
        settings: path, alias, slots, context (tokens a slot), threads, key.
    """
    engine: Any = import_module("xllamacpp")  # untyped: its wheel ships partial stubs

    params: Any = engine.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["context"] * settings["slots"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.n_gpu_layers = 0
    params.fit_params = False
    params.api_keys = [settings["key"]]
    server: Any = engine.Server(params)
    try:
        sys.stdout.write(json.dumps({"address": str(server.listening_address)}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        # Nothing is left to save, and the engine's own way out waits for ever for its loop to end
        # where it was asked to end before the loop had begun.
        os._exit(0)


def main() -> None:
    """Serve what the first line of standard input, a JSON object, says (no key on a command line)."""
    serve(json.loads(sys.stdin.readline()))


if __name__ == "__main__":
    main()
