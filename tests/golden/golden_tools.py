"""Reading of the golden sets, for their tests."""

from __future__ import annotations

import json
from pathlib import Path

from cvalues.labels.choice import read_choice

FIELDS = {"text", "style", "gold", "form", "options", "question"}


def load(name: str) -> list[dict]:
    with open(Path(__file__).with_name(name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read(reply: dict, frame: str = "{}") -> str:
    text = frame.replace("{}", reply["text"])
    labels = reply["style"].split("/")
    return read_choice(text, labels, reply.get("options", ()), question=reply.get("question", "")).verdict


def told(misses: list, replies: list) -> str:
    lines = [f"{len(misses)} of {len(replies)}:"]
    for reply, got in misses:
        lines.append(f"  {reply['form']:16} {reply['style']:8} gold {reply['gold']:8} read {got:8}")
        lines.append(f"      {reply['text'][:240]!r}")
    return "\n".join(lines)


def is_well_formed(reply: dict) -> bool:
    count = len(reply["style"].split("/"))
    known = {f"option_{place}" for place in range(1, count + 1)} | {"both", "neither", "refused", "unparsed"}
    return reply["gold"] in known and set(reply) <= FIELDS and len(reply.get("options", range(count))) == count
