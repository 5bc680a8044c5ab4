"""The answer reader against two sets that were first read without being tuned on; see README.md."""

from __future__ import annotations

from collections import Counter

import pytest
from golden_tools import is_well_formed, load, read, told

NATURAL, FORMS, UNSEEN = load("natural.jsonl"), load("forms.jsonl"), load("unseen.jsonl")
OPTION = {"option_1", "option_2"}


# The reader is not to be tuned on UNSEEN, whose bars are therefore those of replies never seen before.
SETS = {"natural": (NATURAL, 0.02, 0.005), "forms": (FORMS, 0.02, 0.015), "unseen": (UNSEEN, 0.03, 0.01)}


@pytest.fixture(scope="module", params=SETS.values(), ids=SETS)
def read_set(request):
    replies, misread, wrong = request.param
    return [(reply, read(reply)) for reply in replies], misread, wrong


def test_nearly_all_are_read_right(read_set):
    readings, share, _ = read_set
    misses = [(reply, got) for reply, got in readings if got != reply["gold"]]
    assert len(misses) <= share * len(readings), told(misses, readings)


def test_few_are_read_as_a_wrong_option(read_set):
    readings, _, share = read_set
    wrong = [(reply, got) for reply, got in readings if got != reply["gold"] and got in OPTION]
    assert len(wrong) <= share * len(readings), told(wrong, readings)


def bare(reply: dict, text: str) -> str:
    return read({"text": text, "style": reply["style"]})


def test_a_natural_reply_means_the_other_option_when_the_two_names_change_places():
    other = {"option_1": "option_2", "option_2": "option_1"}
    swapped = 0
    for reply in NATURAL:
        text = reply["text"].replace("回复1", "\0").replace("回复2", "回复1").replace("\0", "回复2")
        rest = set(text.replace("回复1", "").replace("回复2", ""))
        if text == reply["text"] or rest & set("AB①②前后首一二12"):
            continue  # the options have other names too
        before = bare(reply, reply["text"])
        if before in OPTION:
            swapped += 1
            assert bare(reply, text) == other[before], reply["text"]
    assert swapped > 80


def test_the_sets_are_large_cover_every_verdict_and_are_well_formed():
    for replies, least in ((NATURAL, 390), (FORMS, 140), (UNSEEN, 230)):
        assert len({(reply["text"], reply["style"]) for reply in replies}) == len(replies) >= least
        assert [reply for reply in replies if not is_well_formed(reply)] == []
    golds = Counter(reply["gold"] for reply in NATURAL)
    assert min(golds[name] for name in ("both", "neither", "refused", "unparsed")) >= 10
    assert min(golds["option_1"], golds["option_2"]) >= 100


def test_no_reply_is_copied_from_the_public_sets(shared_data):
    public = [path.read_text(encoding="utf-8") for path in sorted(shared_data.glob("*/*.jsonl"))]
    assert public
    parts = [part for reply in NATURAL + FORMS + UNSEEN for part in (reply["text"], *reply.get("options", ()))]
    assert not [part for part in parts if len(part) >= 30 and any(part in text for text in public)]
