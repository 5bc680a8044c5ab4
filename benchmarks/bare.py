"""The least that any client on aiohttp must do: post the prompts, 100 at a time, and read the replies.

    python benchmarks/bare.py http://127.0.0.1:PORT/v1 PROMPTS.jsonl

PROMPTS.jsonl has one list of messages a line. No journal, no labels, no numbers: the floor that a
whole run of `cvalues` is held against.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp

CONNECTIONS = 100


async def ask_all(base_url: str, prompts: list[list[dict[str, str]]]) -> list[str]:
    """Return the replies to all prompts."""
    replies: list[str] = []
    queue = iter(prompts)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def worker() -> None:
            for messages in queue:
                body = {"model": "bench", "messages": messages, "temperature": 0.0, "max_tokens": 64}
                async with session.post(f"{base_url}/chat/completions", json=body) as response:
                    answer = await response.json()
                replies.append(answer["choices"][0]["message"]["content"])

        await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return replies


def main() -> None:
    with open(sys.argv[2], encoding="utf-8") as file:
        prompts = [json.loads(line) for line in file]
    replies = asyncio.run(ask_all(sys.argv[1], prompts))
    if len(replies) != len(prompts):
        sys.exit(f"{len(replies)} replies to {len(prompts)} prompts")
    print(f"{len(replies)} replies")


if __name__ == "__main__":
    main()
