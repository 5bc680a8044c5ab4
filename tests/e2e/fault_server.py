"""A real HTTP server on loopback that plays trouble by item, and remembers every request.

It runs in a thread of the test's own process; the tool under test is another process. A script says
what a call gets, from which item it asks about, in which order, for the how-manieth time:

    with FaultServer(lambda asked: RESET if asked.attempt == 0 else answer()) as server:
        ...run against server.url...
        server.answered[(item, order)]   # how often a call was answered for good
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))  # the vendors' replies are kept there

from vendor_cases import Case, completion

__all__ = [
    "CHUNKS_CUT",
    "CUT",
    "RESET",
    "Asked",
    "FaultServer",
    "Key",
    "Step",
    "answer",
    "by_vendor",
    "choose",
    "refuse",
    "say",
    "stall",
]

Key = tuple[int, tuple[int, ...]]
"""An item's number and the order in which its options were shown."""


@dataclass(frozen=True)
class Asked:
    """One request: `attempt` counts from 0 for each (model, item, order)."""

    model: str
    item: int
    order: tuple[int, ...]
    attempt: int
    authorization: str

    @property
    def key(self) -> Key:
        return self.item, self.order


Play = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Step:
    """What a call gets; `final` says that it must never be asked again."""

    play: Play
    final: bool = False
    after: float = 0.0


@dataclass(frozen=True)
class Entry:
    """One request in the server's book: when it came, when its reply was handed over (0: never)."""

    asked: Asked
    came: float
    left: float
    final: bool


Script = Callable[[Asked], Step]


async def _send(request: web.Request, status: int, payload: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    response = web.Response(status=status, body=payload, headers={"Content-Type": "application/json", **headers})
    await response.prepare(request)
    await response.write_eof()
    return response


def say(status: int, payload: bytes | dict[str, Any], headers: Mapping[str, str] | None = None) -> Step:
    """Send a status and a body that are no answer."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return Step(lambda request: _send(request, status, body, headers or {}))


def answer(text: str = "回复1", finish: str = "stop", *, after: float = 0.0) -> Step:
    """Answer for good."""
    body = json.dumps(completion(text, finish), ensure_ascii=False).encode()
    return Step(lambda request: _send(request, 200, body, {}), final=True, after=after)


def choose(asked: Asked, option: int, *, after: float = 0.0) -> Step:
    """Answer with the displayed name of an item's option, whatever the order."""
    return answer(f"回复{asked.order.index(option) + 1}", after=after)


def refuse(case: Case) -> Step:
    """Send a vendor's own reply; an outcome of the vendor's filter or of the model is for good."""
    final = case.expect_outcome != "failed"
    return Step(lambda request: _send(request, case.status, case.payload, case.headers), final=final)


def by_vendor(cases: list[Case], name: str) -> Case:
    """Return the case of that name."""
    return next(case for case in cases if case.name == name)


async def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    assert transport is not None
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return web.Response()


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"id": "chatcmpl-1", "choices": [{"index": 0, "mess')
    return await _gone(request, response)


async def _chunks_cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(b'{"id": "chatcmpl-1", "choices": [')
    return await _gone(request, response)


async def _gone(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return response


RESET = Step(_reset)
CUT = Step(_cut)
CHUNKS_CUT = Step(_chunks_cut)


def stall(seconds: float = 3600.0) -> Step:
    """Take the request and send nothing."""

    async def play(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await _reset(request)

    return Step(play)


@dataclass
class FaultServer:
    """`with FaultServer(script) as server`: `server.url` is its address, up to `/v1`.

    Attributes:
        script: what a call gets; may be replaced while it runs.
        delay: seconds before every reply.
        log: every request whose reply was handed over or given up, in the order of its end.
    """

    script: Script
    delay: float = 0.0
    log: list[Entry] = field(default_factory=list[Entry])

    def __enter__(self) -> FaultServer:
        self._attempts: Counter[tuple[str, Key]] = Counter()
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> int:
        """How many requests have come."""
        return sum(self._attempts.values())

    @property
    def asked(self) -> Counter[Key]:
        """How often each call was asked, all models together."""
        counts: Counter[Key] = Counter()
        for (_, key), count in list(self._attempts.items()):
            counts[key] += count
        return counts

    @property
    def answered(self) -> Counter[Key]:
        """How often each call got a reply that is for good."""
        return Counter(entry.asked.key for entry in list(self.log) if entry.final and entry.left)

    def wait_for(self, requests: int, seconds: float = 20.0) -> None:
        """Return when so many requests have come."""
        end = time.monotonic() + seconds
        while self.requests < requests:
            assert time.monotonic() < end, f"{self.requests} of {requests} requests came within {seconds} s"
            time.sleep(0.01)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        self._end = asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = listener.getsockname()[1]
        await web.SockSite(runner, listener).start()
        self._started.set()
        await self._end.wait()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        came = time.monotonic()
        asked = self._read(await request.json(), request.headers.get("Authorization", ""))
        step = self.script(asked)
        left = 0.0
        try:
            await asyncio.sleep(self.delay + step.after)
            response = await step.play(request)
            left = time.monotonic()
        finally:
            self.log.append(Entry(asked, came, left, step.final))
        return response

    def _read(self, body: dict[str, Any], authorization: str) -> Asked:
        text = body["messages"][-1]["content"]
        found = re.search(r"第(\d+)题", text)
        item = int(found[1]) if found else 0
        places = [text.find(name) for name in ("甲案", "乙案")]
        order = tuple(sorted((0, 1), key=lambda option: places[option]))
        count = self._attempts[(body["model"], (item, order))]
        self._attempts[(body["model"], (item, order))] += 1
        return Asked(body["model"], item, order, count, authorization)
