"""One small reader per public set: a row of its file to an item of ours.

Categories: the paper's eight domains become `responsibility/<domain_en>`; a domain outside the
taxonomy (autism, in 100PoisonMpts) is kept as `other/<slug>` at level 2. SafetyBench and XSTest
keep their own classes as `safetybench/<slug>` and `xstest/<type>` at level 1, because they do not
map one to one onto ours. CValues-Comparison has no categories; its items are told apart by the
kinds of the two replies, `comparison/<better>_over_<worse>`.

The family of an item is its question, so items that share a question are one cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cvalues.datasets.fields import (
    UNSPECIFIED,
    Fields,
    category_of,
    family_id,
    item_id,
    ordered_pair,
    shown,
    slug,
)
from cvalues.records import Item, StoredOrder

__all__ = ["coig", "comparison", "mc", "poison", "prompts", "safetybench", "split_mc_prompt", "xstest"]

_QUESTION = re.compile(r"\[?问题\]?[：:]")
_REPLY = (re.compile(r"\[回复1\][：:]"), re.compile(r"\[回复2\][：:]"))
_CLOSE = ("[回复1结束]", "[回复2结束]")
_MC_LABELS = {"回复1": 0, "回复2": 1}
_RANKS = {"风险回复": ("risky", 0), "拒绝为主": ("refusal", 1), "拒绝&正向建议": ("guidance", 2)}
# The nearer the two kinds of reply on the ladder, the harder the choice: this project's reading.
_COMPARISONS = {
    ("guidance", "risky"): ("easy", 1),
    ("refusal", "risky"): ("medium", 1),
    ("guidance", "refusal"): ("hard", 2),
}


class _Pair(NamedTuple):
    """Question and two replies of a choice whose good one is known."""

    question: str
    good: str
    bad: str


def split_mc_prompt(text: str) -> tuple[str, str, str] | None:
    """Return question, first and second reply out of a published choice's prompt text, or None.

    Two forms are read: replies closed by [回复1结束] marks, taken as they stand, and replies
    without such marks, the second one ending before the closing question (请问…).
    """
    head = _QUESTION.search(text)
    one = _REPLY[0].search(text, head.end()) if head else None
    if not (head and one):
        return None
    closed = text.find(_CLOSE[0], one.end())
    two = _REPLY[1].search(text, closed if closed >= 0 else one.end())
    if not two:
        return None
    first = text[one.end() : closed] if closed >= 0 else text[one.end() : two.start()].strip()
    closed = text.find(_CLOSE[1], two.end())
    asks = text.rfind("\n请问", two.end())
    second = text[two.end() : closed] if closed >= 0 else text[two.end() : asks if asks >= 0 else None].strip()
    parts = (text[head.end() : one.start()].strip(), first, second)
    return parts if all(part.strip() for part in parts) else None


def mc(row: Fields) -> Iterator[Item]:
    """Yield the item of one CValues-Responsibility-MC row, holding the order of this row.

    The two rows of a pair yield the same id and are merged by the caller.

    Raises:
        DataError: when a field is wrong, or the label contradicts the places of the replies.
    """
    text = row.text("prompt")
    label = re.sub(r"[\s\[\]【】]", "", row.text("label"))
    if label not in _MC_LABELS:
        raise row.error(f"expected 回复1 or 回复2, found {shown(label)}", "label")
    place = _MC_LABELS[label]
    meta = row.inner("meta_info") if row.has("meta_info") else None
    pair = _pair_of_meta(row, meta, text, place) if meta else _pair_of_text(row, text, place)
    words = (meta.maybe("domain_en"), meta.maybe("domain_zh")) if meta else ()
    category, level = category_of(*words, level=2)
    options, gold = ordered_pair(*pair)
    yield Item(
        id=item_id(pair.question, options, gold),
        suite=row.place.suite,
        category=category,
        level=level,
        kind="choice",
        prompt=pair.question,
        options=options,
        gold=gold,
        family=family_id(pair.question),
        difficulty=meta.maybe("difficulty_level") if meta else "",
        source=row.place.source(row.number),
        licence=row.place.licence,
        stored=(StoredOrder(order=(gold, 1 - gold) if place == 0 else (1 - gold, gold), text=text, line=row.number),),
    )


def _pair_of_meta(row: Fields, meta: Fields, text: str, place: int) -> _Pair:
    """Return the pair that meta_info gives, after checking that the prompt shows it as the label says."""
    pair = _Pair(meta.text("question"), meta.text("pos_resp"), meta.text("neg_resp"))
    if pair.good == pair.bad:
        raise row.error("both replies are the same text", "meta_info.neg_resp")
    first, second = (pair.good, pair.bad) if place == 0 else (pair.bad, pair.good)
    inside, first, second = ("".join(one.split()) for one in (text, first, second))
    at = inside.find(first)
    if at < 0 or inside.find(second, at + len(first)) < 0:
        raise row.error("contradicts the prompt: the replies of meta_info are not there in that order", "label")
    return pair


def _pair_of_text(row: Fields, text: str, place: int) -> _Pair:
    parts = split_mc_prompt(text)
    if parts is None:
        raise row.error("no meta_info, and the text is not of the form [问题]：… [回复1]：… [回复2]：…", "prompt")
    question, *replies = parts
    if replies[0] == replies[1]:
        raise row.error("both replies are the same text", "prompt")
    return _Pair(question, replies[place], replies[1 - place])


def comparison(row: Fields) -> Iterator[Item]:
    """Yield the choice item of one CValues-Comparison row.

    Raises:
        DataError: when a type is unknown or the better reply is not of the better type.
    """
    pair = _Pair(row.text("prompt"), row.text("pos_resp"), row.text("neg_resp"))
    if pair.good == pair.bad:
        raise row.error("both replies are the same text", "neg_resp")
    category, difficulty, level, tags = UNSPECIFIED, "", 1, ()
    if row.has("pos_type") or row.has("neg_type"):
        better, worse = _rank(row, "pos_type"), _rank(row, "neg_type")
        if (better, worse) not in _COMPARISONS:
            raise row.error(f"'{better}' is not better than '{worse}'", "pos_type")
        difficulty, level = _COMPARISONS[better, worse]
        category, tags = f"comparison/{better}_over_{worse}", (f"pos:{better}", f"neg:{worse}")
    options, gold = ordered_pair(*pair)
    yield Item(
        id=item_id(pair.question, options, gold),
        suite=row.place.suite,
        category=category,
        level=level,
        kind="choice",
        prompt=pair.question,
        options=options,
        gold=gold,
        family=family_id(pair.question),
        difficulty=difficulty,
        tags=tags,
        source=row.place.source(row.number),
        licence=row.place.licence,
        author_kind="model",
    )


def _rank(row: Fields, name: str) -> str:
    kind = row.text(name).strip().replace("＆", "&")
    if kind not in _RANKS:
        raise row.error(f"unknown type {shown(kind)}; known: {', '.join(_RANKS)}", name)
    return _RANKS[kind][0]


def prompts(row: Fields) -> Iterator[Item]:
    """Yield the open item of one CValues-Responsibility-Prompts row."""
    yield _question(row, row.text("prompt"), (row.maybe("domain_en"), row.maybe("domain_zh")))


def poison(row: Fields) -> Iterator[Item]:
    """Yield the open item of one row of 100PoisonMpts, its answer as reference.

    A question has up to three answers, a row each; the caller merges them into one item.
    """
    origin = row.maybe("answer_source")
    yield _question(
        row,
        row.text("prompt"),
        (row.maybe("domain_en"), row.maybe("domain_zh")),
        references=(row.text("answer"),),
        tags=(f"answer:{slug(origin)}",) if origin else (),
    )


def coig(row: Fields) -> Iterator[Item]:
    """Yield the open item of one row in the shape of COIG-CQIA, its output as reference.

    `domain` is a list: a heading (人类价值观), then the Chinese and the English name of the domain.
    """
    text = row.text("instruction")
    extra = row.maybe("input")
    domain = row.texts("domain")
    origin = row.maybe("answer_from")
    yield _question(
        row,
        f"{text}\n{extra}" if extra else text,
        tuple(reversed(domain[1:])),
        references=(row.text("output"),),
        tags=(f"answer:{slug(origin)}",) if origin else (),
    )


def _question(
    row: Fields,
    text: str,
    words: tuple[str, ...],
    *,
    references: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Item:
    """Return the open item of an expert's question in one of the responsibility domains."""
    category, level = category_of(*words, level=2)
    return Item(
        id=item_id(text),
        suite=row.place.suite,
        category=category,
        level=level,
        kind="open",
        prompt=text,
        references=references,
        family=family_id(text),
        tags=tags,
        source=row.place.source(row.number),
        licence=row.place.licence,
        author_kind="expert",
    )


def safetybench(row: Fields) -> Iterator[Item]:
    """Yield the choice item of one SafetyBench row whose `answer` (0-based) has been joined to it.

    Raises:
        DataError: when there are not 2 to 4 options, or the answer is none of them.
    """
    question, options, gold = row.text("question"), row.texts("options"), row.integer("answer")
    if not 2 <= len(options) <= 4:
        raise row.error(f"expected 2 to 4 options, found {len(options)}", "options")
    if not 0 <= gold < len(options):
        raise row.error(f"{gold} is not an option; expected 0 to {len(options) - 1}", "answer")
    yield Item(
        id=item_id(question, options, gold),
        suite=row.place.suite,
        category=f"safetybench/{slug(row.text('category'))}",
        level=1,
        kind="choice",
        prompt=question,
        options=options,
        gold=gold,
        family=family_id(question),
        source=row.place.source(row.number),
        licence=row.place.licence,
    )


def xstest(row: Fields) -> Iterator[Item]:
    """Yield the open item of one XSTest prompt: safe ones need help, unsafe ones care.

    Files before version 3 have no `label`; their unsafe types begin with `contrast_`.
    """
    text, kind = row.text("prompt"), row.text("type")
    label = row.maybe("label") or ("unsafe" if kind.startswith("contrast_") else "safe")
    if label not in ("safe", "unsafe"):
        raise row.error(f"expected safe or unsafe, found {shown(label)}", "label")
    focus = row.maybe("focus")
    yield Item(
        id=item_id(text),
        suite=row.place.suite,
        category=f"xstest/{slug(kind)}",
        level=1,
        kind="open",
        prompt=text,
        family=family_id(text),
        needs="help" if label == "safe" else "care",
        tags=(f"focus:{slug(focus)}",) if focus else (),
        source=row.place.source(row.number),
        licence=row.place.licence,
        author_kind="person",
    )
