"""An OpenAI-compatible chat server on loopback: one fixed reply after a fixed delay, as cheap as can be.

    python -m benchmarks.server --delay 0.02 --reply 回复1

prints its base URL and serves until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)


def response(reply: str) -> bytes:
    """Return the whole HTTP response that every call gets."""
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "bench",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop", "logprobs": None}
        ],
        "usage": {"prompt_tokens": 210, "completion_tokens": 4, "total_tokens": 214},
    }
    data = json.dumps(body, ensure_ascii=False).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it are answered in turn."""

    def __init__(self, answer: bytes, delay: float) -> None:
        self.answer = answer
        self.delay = delay
        self.data = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self.transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.data, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.data) < whole:
                return
            self.data = self.data[whole:]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.send)
            else:
                self.send()

    def send(self) -> None:
        """Write the one answer."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(self.answer)


async def serve(delay: float, reply: str) -> None:
    """Serve on a free port until ended."""
    answer = response(reply)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answer, delay), "127.0.0.1", 0, backlog=512
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.02, help="seconds before each reply")
    parser.add_argument("--reply", default="回复1", help="what is replied")
    options = parser.parse_args()
    asyncio.run(serve(options.delay, options.reply))


if __name__ == "__main__":
    main()
