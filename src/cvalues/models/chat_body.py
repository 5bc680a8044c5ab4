"""What is inside a chat reply's bytes: text, reasoning, usage, who answered. Pure, and never an exception.

Bodies come from strangers: every value is looked at before it is believed.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import msgspec

from cvalues.records import Usage

__all__ = ["Answer", "decode_body", "read_answer", "split_think"]

_BROKEN = (ValueError, RecursionError, msgspec.MsgspecError)

_THINK = re.compile(r"\s*<(think|thinking|thought)>(.*?)(?:</\1>|\Z)", re.DOTALL)
_THINK_END = re.compile(r"</think(?:ing)?>")
_LONE = re.compile("[\ud800-\udfff]")

_decode = msgspec.json.Decoder().decode


class Answer(msgspec.Struct, kw_only=True):
    """What the first choice of a reply says; `text` is None when it has no shape that can be read.

    Attributes:
        finish: the finish reason, raw; empty when absent.
        served_by: who answered, as far as told: route, model, fingerprint.
    """

    text: str | None
    reasoning: str = ""
    finish: str = ""
    usage: Usage = Usage()
    served_by: str = ""
    logprobs: Any = None


def decode_body(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a body, None when there is none.

    Leading blank lines and `: keep-alive` comments are passed over (DeepSeek sends them while a call is
    queued), so are a byte-order mark, bare NaN and Infinity (Python servers) and lone surrogates (an emoji
    cut by the token limit). Invalid UTF-8 is not: it means that bytes were lost.
    """
    try:
        value = _decode(raw)
    except _BROKEN:
        try:
            value = _decode_oddity(raw)
        except _BROKEN:
            return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _decode_oddity(raw: bytes) -> Any:
    text = raw.decode("utf-8").removeprefix("\ufeff").lstrip()
    while text.startswith(":"):
        text = text.partition("\n")[2].lstrip()
    value = json.loads(text)
    whole = json.dumps(value, ensure_ascii=False)
    return json.loads(_LONE.sub("\ufffd", whole)) if _LONE.search(whole) else value


def read_answer(body: dict[str, Any]) -> Answer:
    """Return what the first choice says; reasoning is taken from wherever the vendor put it.

    `reasoning_content` (DeepSeek, Qwen, GLM, Kimi, Ark), `reasoning` (vLLM, Ollama, OpenRouter),
    `reasoning_details` (MiniMax, OpenRouter), thinking parts of a list, or a leading `<think>` block.
    """
    choice = _first(body.get("choices"))
    usage, served_by = _usage(body.get("usage")), _served_by(body)
    if choice is None:
        return Answer(text=None, usage=usage, served_by=served_by)
    finish = choice.get("finish_reason")
    if finish is not None and not isinstance(finish, str):
        finish = str(cast("object", finish))[:100]
    message = choice.get("message")
    if not isinstance(message, dict):
        return Answer(text=None, finish=finish or "", usage=usage, served_by=served_by)
    text, reasoning = _content(cast("dict[str, Any]", message))
    return Answer(
        text=text,
        reasoning=reasoning,
        finish=finish or "",
        usage=usage,
        served_by=served_by,
        logprobs=choice.get("logprobs"),
    )


def split_think(text: str) -> tuple[str, str]:
    """Return (answer, reasoning) of a text that may begin with thinking.

    A block that is not closed is all reasoning; a closing tag without an opening one (the tag was in the
    chat template) ends the reasoning.
    """
    if "<th" not in text and "</th" not in text:
        return text, ""
    thoughts: list[str] = []
    rest = text
    while (block := _THINK.match(rest)) is not None:
        thoughts.append(block[2].strip())
        rest = rest[block.end() :].lstrip()
    if not thoughts and (end := _THINK_END.search(text)) is not None:
        thoughts.append(text[: end.start()].strip())
        rest = text[end.end() :].lstrip()
    return rest, "\n".join(thought for thought in thoughts if thought)


def _first(choices: object) -> dict[str, Any] | None:
    if isinstance(choices, list) and choices:
        choice = cast("list[Any]", choices)[0]
        if isinstance(choice, dict):
            return cast("dict[str, Any]", choice)
    return None


def _content(message: dict[str, Any]) -> tuple[str | None, str]:
    """Return (text, reasoning); text is None when the content is neither text nor parts nor null."""
    content = message.get("content")
    inline = ""
    if isinstance(content, str):
        content, inline = split_think(content)
    elif content is None:
        refusal = message.get("refusal")  # OpenAI: an answer of its own kind, in words
        content = refusal if isinstance(refusal, str) else ""
    elif isinstance(content, list):
        content, inline = _parts(cast("list[Any]", content))
    else:
        return None, ""
    for field in ("reasoning_content", "reasoning"):
        thought = message.get(field)
        if isinstance(thought, str) and thought:
            return content, thought
    return content, inline or _details(message.get("reasoning_details"))


def _parts(parts: list[Any]) -> tuple[str | None, str]:
    """Return (text, reasoning) of content given as a list of typed parts."""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            if fields.get("type") in {"thinking", "reasoning"}:
                thoughts.append(_details(fields.get("thinking") or fields.get("reasoning") or [fields]))
            elif isinstance(fields.get("text"), str):
                texts.append(fields["text"])
        else:
            return None, ""
    text, inline = split_think("".join(texts))
    return text, "\n".join(thought for thought in (*thoughts, inline) if thought)


def _details(details: object) -> str:
    """Return the text of a list such as `reasoning_details`."""
    if isinstance(details, str):
        return details
    if not isinstance(details, list):
        return ""
    found: list[str] = []
    for part in cast("list[Any]", details):
        if isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            found += [fields[key] for key in ("text", "summary") if isinstance(fields.get(key), str)]
    return "".join(found)


def _usage(usage: object) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    fields = cast("dict[str, Any]", usage)
    details = fields.get("completion_tokens_details")
    thought = cast("dict[str, Any]", details).get("reasoning_tokens") if isinstance(details, dict) else None
    return Usage(
        _count(fields.get("prompt_tokens", fields.get("input_tokens"))),
        _count(fields.get("completion_tokens", fields.get("output_tokens"))),
        _count(fields.get("reasoning_tokens") if thought is None else thought),
    )


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1 << 53 else 0


def _served_by(body: dict[str, Any]) -> str:
    provider, model, print_ = body.get("provider"), body.get("model"), body.get("system_fingerprint")
    return " ".join([part for part in (provider, model, print_) if type(part) is str and part])
