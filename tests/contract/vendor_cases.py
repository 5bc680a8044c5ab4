"""What vendors send when something is wrong, rebuilt by us from their documentation and from reports.

One list for two uses: the pure functions are run over it, and a fault server on loopback plays it.
Each line of `vendor_cases.jsonl` is a whole reply (`body` as JSON, or `text` or `base64` as it
stands) and what must come of it. Dates in bodies are measured from `NOW`; a server that plays
them at another time makes fresh ones with `reset_body`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cvalues.models.model import Fault
from cvalues.records import Outcome

__all__ = ["CASES", "NOW", "Case", "completion", "reset_body"]

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=BEIJING)


@dataclass(frozen=True)
class Case:
    """One reply and what must come of it; `payload` is what goes over the wire."""

    vendor: str
    name: str
    status: int
    payload: bytes
    expect_outcome: Outcome
    expect_fault: Fault
    expect_wait: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.vendor}: {self.name}"


def completion(text: str | None = "回复1", finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    """Return an ordinary chat completion."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
        **more,
    }


def reset_body(vendor: str, reset: datetime) -> dict[str, Any]:
    """Return the body of a used-up allowance at zhipu or ark that states this reset time."""
    local = reset.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    if vendor == "zhipu":
        return {"error": {"code": "1308", "message": f"已达到 5 小时的使用上限。您的限额将在 {local} 重置。"}}
    message = f"You have exceeded the 5-hour usage quota. It will reset at {local} +0800 CST. Please wait."
    return {"error": {"code": "AccountQuotaExceeded", "message": message, "type": "TooManyRequests"}}


def _payload(line: dict[str, Any]) -> bytes:
    if "base64" in line:
        return base64.b64decode(line.pop("base64"))
    if "text" in line:
        return line.pop("text").encode()
    return json.dumps(line.pop("body"), ensure_ascii=False).encode()


def _cases() -> list[Case]:
    text = Path(__file__).with_name("vendor_cases.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    return [Case(payload=_payload(line), **line) for line in lines]


CASES = _cases()
