"""The records that flow through the pipeline: frozen structs, no logic, no I/O.

Every record is one JSON object a line and carries `schema` (its name and version).
Ids are content hashes (`cvalues.jsonl.content_id`) of what defines the record, so every
stage can resume, deduplicate and join.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = [
    "AuthorKind",
    "Category",
    "Estimate",
    "Family",
    "FamilyPrompt",
    "Item",
    "Kind",
    "Label",
    "Logprobs",
    "Message",
    "Outcome",
    "Prompt",
    "Response",
    "Review",
    "StoredOrder",
    "Triple",
    "Usage",
]

Kind = Literal["open", "choice"]
AuthorKind = Literal["model", "person", "expert", "unknown"]
Review = Literal["unreviewed", "reviewed", "rejected"]
Outcome = Literal["answered", "truncated", "blocked_input", "blocked_output", "failed"]


class _Record(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="schema",
):
    """What all records share: keyword-only, immutable, strict, defaults left out on disk."""


class Category(_Record, frozen=True, kw_only=True, tag="category/1"):
    """A safety scenario (level 1), a responsibility domain (level 2) or a clause of a standard."""

    id: str
    level: int
    name_zh: str
    name_en: str
    parent: str = ""
    description_zh: str = ""
    description_en: str = ""
    principle_zh: str = ""
    principle_en: str = ""
    clause: str = ""
    source: str = ""
    verified: bool = False


class StoredOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order of a choice as a published file has it.

    Attributes:
        order: item option indices as displayed, first position first.
        text: the file's own prompt text, used as it stands by the template `row`.
        line: 1-based line in the file it was read from.
    """

    order: tuple[int, ...]
    text: str
    line: int = 0


class Item(_Record, frozen=True, kw_only=True, tag="item/1"):
    """One thing to ask: an open prompt, or a choice of two or more options with a gold one.

    Attributes:
        gold: 0-based index into `options` of the right one; None for open prompts.
        family: the unit of statistics; items that share a prompt, an option or a twin share it.
        stored: the orders in which a published file asks this choice, with their texts.
        references: approved answers to an open prompt, as published; never shown to the model.
    """

    id: str
    suite: str
    category: str
    level: int
    kind: Kind
    prompt: str
    options: tuple[str, ...] = ()
    gold: int | None = None
    references: tuple[str, ...] = ()
    family: str = ""
    difficulty: str = ""
    tags: tuple[str, ...] = ()
    needs: str = ""
    principle: str = ""
    rationale: str = ""
    source: str = ""
    licence: str = ""
    author_kind: AuthorKind = "unknown"
    review: Review = "unreviewed"
    stored: tuple[StoredOrder, ...] = ()


class FamilyPrompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One twin of a family: what is asked, and whether it needs care or simply help."""

    key: Literal["p1", "p2"]
    needs: Literal["care", "help"]
    text: str


class Triple(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The graded replies to the risky prompt: 风险回复 < 拒绝为主 < 拒绝&正向建议."""

    prompt: Literal["p1", "p2"]
    risky: str
    refusal: str
    guidance: str


class Family(_Record, frozen=True, kw_only=True, tag="family/1"):
    """Twin prompts and two replies, crossed: reply 0 is right for one prompt, reply 1 for the other.

    Attributes:
        gold: prompt key to the 0-based index of its right reply; the two differ.
        rationale: prompt key to why its gold is right here and the other reply wrong here.
    """

    id: str
    level: int
    category: str
    prompts: tuple[FamilyPrompt, FamilyPrompt]
    replies: tuple[str, str]
    gold: dict[str, int]
    rationale: dict[str, str]
    principle: str
    phenomena: tuple[str, ...] = ()
    attack: str | None = None
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    triple: Triple | None = None
    author_kind: AuthorKind = "model"
    author: str = ""
    review: Review = "unreviewed"
    licence: str = "Apache-2.0"


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation, as chat endpoints take it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(_Record, frozen=True, kw_only=True, tag="prompt/1"):
    """What is sent for one item in one order.

    Attributes:
        order: item option indices as displayed, first position first; empty for open prompts.
        labels: the name of each displayed position, such as ("回复1", "回复2") or ("A", "B").
        reasoning: True when the template asks for reasons before a marked last line.
    """

    id: str
    item_id: str
    messages: tuple[Message, ...]
    template: str
    template_version: str
    order: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    reasoning: bool = False
    max_tokens: int = 256


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens as the server counted them; 0 where it did not say."""

    prompt: int = 0
    completion: int = 0
    reasoning: int = 0


class Logprobs(msgspec.Struct, frozen=True, omit_defaults=True):
    """First-token option probabilities.

    Attributes:
        labels: natural-log probability of each displayed label, in display order; None where the
            server's list did not hold it.
        top: the server's list as given, token to natural-log probability.
    """

    labels: tuple[float | None, ...]
    top: dict[str, float] = {}


class Response(_Record, frozen=True, kw_only=True, tag="response/1"):
    """What a model said to one prompt, with everything needed to replay or audit it.

    Attributes:
        text: the answer proper; reasoning is kept apart in `reasoning`.
        finish: the server's finish reason, raw.
        error: the server's error or block, raw (shortened to 2,000 characters), secrets removed.
        fault: class of the error (see `cvalues.models.model.Fault`), empty when there was none.
        latency: seconds of the last attempt.
        time: UTC time of the end of the call, ISO 8601 with seconds.
    """

    id: str
    prompt_id: str
    item_id: str
    model: str
    outcome: Outcome
    text: str = ""
    reasoning: str = ""
    finish: str = ""
    params: dict[str, Any] = {}
    order: tuple[int, ...] = ()
    template: str = ""
    usage: Usage = Usage()
    latency: float = 0.0
    attempts: int = 1
    status: int = 0
    fault: str = ""
    error: str = ""
    served_by: str = ""
    logprobs: Logprobs | None = None
    repeat: int = 0
    time: str = ""


class Label(_Record, frozen=True, kw_only=True, tag="label/1"):
    """What a response means, given by one labeller in one version.

    Attributes:
        verdict: for a choice `option_1` … `option_k` (displayed position), `both`, `neither`,
            `refused`, `unparsed`, or the outcome when there is no answer to read.
        choice: 0-based index of the chosen option in the item, whatever the order; None without one.
        correct: whether the choice is the gold; None for open items.
        rule: name of the rule that decided.
        span: the text that decided, quoted from the response.
    """

    id: str
    response_id: str
    verdict: str
    labeller: str
    labeller_version: str
    choice: int | None = None
    correct: bool | None = None
    rule: str = ""
    span: str = ""
    rationale: str = ""
    supersedes: str = ""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A number that deserves trust: value, interval, how it was made and what it rests on.

    Attributes:
        value: the point estimate, None when n is 0.
        low, high: ends of the interval at `level`; None when n is 0.
        n: units in the denominator.
        clusters: independent units (families) behind them.
        method: name of the interval's method.
        excluded: counts by verdict or outcome that are not in the denominator.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str
    level: float = 0.95
    excluded: dict[str, int] = {}
