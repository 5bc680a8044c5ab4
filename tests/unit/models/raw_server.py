"""A loopback server that sends exactly the bytes it is told to, right or wrong."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


Handler = Callable[[Request, "asyncio.StreamWriter"], Awaitable[None]]


@dataclass
class RawServer:
    """`async with RawServer(handler) as server`; `server.base_url` is its address."""

    handler: Handler
    requests: list[Request] = field(default_factory=list[Request])
    connections: int = 0
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> RawServer:
        self._writers: set[asyncio.StreamWriter] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            while not reader.at_eof():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.partition(":") for line in head[1:] if line)
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(head[0], headers, body, number)
                self.requests.append(request)
                await self.handler(request, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def chat_body(
    content: Any = "回复1", finish: Any = "stop", message: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """Return an ordinary chat reply."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **(message or {})}}
    choice["finish_reason"] = finish
    usage = {"prompt_tokens": 30, "completion_tokens": 3, "total_tokens": 33}
    body: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion",
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }
    body.update(more)
    return json.dumps(body, ensure_ascii=False).encode()


def http(body: bytes, status: int = 200, *headers: str, length: int | None = None) -> bytes:
    """Return a whole HTTP response; `length` states a wrong Content-Length."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sends(data: bytes, *, then_close: bool = False) -> Handler:
    """Return a handler that answers every request with these bytes."""

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then_close:
            writer.close()

    return handle


async def resets(_: Request, writer: asyncio.StreamWriter) -> None:
    """Tear the connection down without a word."""
    writer.transport.abort()


async def stalls(_: Request, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(3600)
