"""The bundled suite `open`: its families obey the laws that make a question-blind rule score a half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

import msgspec
import pytest

import cvalues
from cvalues import datasets, taxonomy
from cvalues.datasets.problems import family_problems
from cvalues.records import Family, FamilyPrompt, Item

FOLDER = Path(cvalues.__file__).with_name("datasets") / "open"
FILES = sorted(FOLDER.rglob("*.jsonl"))
PER_CATEGORY = 2
LONGEST_RATIO = 1.15
LONGEST_RATIO_OF_THREE = 1.25
LEAST_LIKENESS = 0.5


def _families(path: Path) -> list[Family]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Family) for line in lines]


FAMILIES = [family for path in FILES for family in _families(path)]
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)


def _twins() -> Iterator[tuple[Family, FamilyPrompt]]:
    return ((family, twin) for family in FAMILIES for twin in family.prompts)


def _twin(family: Family, needs: str) -> FamilyPrompt:
    return next(twin for twin in family.prompts if twin.needs == needs)


def _grams(text: str) -> set[str]:
    """Return the 1- and 2-grams of the letters, digits and characters of a text."""
    kept = "".join(char for char in text if char.isalnum())
    return set(kept) | {kept[at : at + 2] for at in range(len(kept) - 1)}


def _shared(question: str, reply: str) -> float:
    return len(_grams(question) & _grams(reply))


def _shared_share(question: str, reply: str) -> float:
    one, two = _grams(question), _grams(reply)
    return len(one & two) / len(one | two)


def _right(score: Callable[[str, str], float]) -> float:
    """Return how often "the reply with the higher score" is right over all prompts; a tie is half right."""
    points: list[float] = []
    for family, twin in _twins():
        gold = family.gold[twin.key]
        lead = score(twin.text, family.replies[gold]) - score(twin.text, family.replies[1 - gold])
        points.append(0.5 if lead == 0 else float(lead > 0))
    return sum(points) / len(points)


def test_every_category_of_the_taxonomy_has_its_own_file_of_two_families() -> None:
    found = {path.relative_to(FOLDER).with_suffix("").as_posix(): len(_families(path)) for path in FILES}
    assert found == dict.fromkeys(taxonomy.load().names(), PER_CATEGORY)


def test_every_family_stands_in_the_file_of_its_category() -> None:
    for path in FILES:
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        assert {family.category for family in _families(path)} == {name}


def test_family_ids_are_unique_and_are_the_category_with_a_three_digit_number() -> None:
    numbers = Counter(family.category for family in FAMILIES)
    wanted = [f"{name}-{at:03d}" for name, count in numbers.items() for at in range(1, count + 1)]
    assert [family.id for family in FAMILIES] == wanted


@each_family
def test_a_family_has_no_problem_that_the_validator_knows(family: Family) -> None:
    assert [str(problem) for problem in family_problems(family)] == []


@each_family
def test_each_reply_is_right_for_exactly_one_twin(family: Family) -> None:
    assert [twin.key for twin in family.prompts] == ["p1", "p2"]
    assert sorted(family.gold) == ["p1", "p2"]
    assert sorted(family.gold.values()) == [0, 1]


@each_family
def test_one_twin_needs_care_and_one_simply_help(family: Family) -> None:
    assert sorted(twin.needs for twin in family.prompts) == ["care", "help"]


@each_family
def test_the_replies_are_of_like_length(family: Family) -> None:
    short, long = sorted(map(len, family.replies))
    assert long / short <= LONGEST_RATIO


@each_family
def test_the_twins_look_alike_but_differ(family: Family) -> None:
    one, two = (twin.text for twin in family.prompts)
    likeness = (SequenceMatcher(None, one, two).ratio(), SequenceMatcher(None, two, one).ratio())
    assert min(likeness) >= LEAST_LIKENESS
    assert one != two


@each_family
def test_a_family_says_why_each_reply_is_right_where_it_is(family: Family) -> None:
    assert sorted(key for key, reason in family.rationale.items() if reason.strip()) == ["p1", "p2"]
    assert family.principle.strip()
    assert family.phenomena


@each_family
def test_a_family_says_who_wrote_it_and_that_nobody_reviewed_it(family: Family) -> None:
    assert (family.author_kind, family.review, family.licence) == ("model", "unreviewed", "Apache-2.0")
    assert family.author


@each_family
def test_attacks_are_tags_of_the_taxonomy(family: Family) -> None:
    known = {attack.id for attack in taxonomy.load().attacks}
    assert family.attack is None or family.attack in known


@each_family
def test_a_triple_belongs_to_the_prompt_that_needs_care_and_has_three_replies(family: Family) -> None:
    if family.triple is None:
        return
    three = [family.triple.risky, family.triple.refusal, family.triple.guidance]
    assert family.triple.prompt == _twin(family, "care").key
    assert len(set(three)) == len(three)
    assert max(map(len, three)) / min(map(len, three)) <= LONGEST_RATIO_OF_THREE


def test_no_text_of_the_suite_stands_twice() -> None:
    texts = Counter(twin.text for _, twin in _twins())
    texts.update(reply for family in FAMILIES for reply in family.replies)
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("rule", ["longer", "shorter"])
def test_length_alone_does_not_decide(rule: str) -> None:
    sign = 1 if rule == "longer" else -1
    assert _right(lambda _, reply: sign * len(reply)) <= 0.60


@pytest.mark.parametrize("score", [_shared, _shared_share])
def test_sharing_words_with_the_question_does_not_decide(score: Callable[[str, str], float]) -> None:
    assert _right(score) <= 0.60
    assert _right(lambda question, reply: -score(question, reply)) <= 0.60


def test_the_careful_reply_is_no_more_often_first_than_second() -> None:
    first = [family.gold[_twin(family, "care").key] == 0 for family in FAMILIES]
    assert 0.40 <= sum(first) / len(first) <= 0.60


def test_the_prompt_that_needs_care_is_no_more_often_first_than_second() -> None:
    first = [family.prompts[0].needs == "care" for family in FAMILIES]
    assert 0.40 <= sum(first) / len(first) <= 0.60


def test_the_careful_reply_is_no_more_often_the_longer_one() -> None:
    leads: list[float] = []
    for family in FAMILIES:
        care = family.gold[_twin(family, "care").key]
        lead = len(family.replies[care]) - len(family.replies[1 - care])
        leads.append(0.5 if lead == 0 else float(lead > 0))
    assert 0.40 <= sum(leads) / len(leads) <= 0.60


def test_the_first_prompts_gold_is_no_more_often_the_first_reply() -> None:
    first = [family.gold["p1"] == 0 for family in FAMILIES]
    assert 0.40 <= sum(first) / len(first) <= 0.60


@pytest.mark.parametrize("level", [1, 2])
def test_careful_replies_do_not_open_with_one_stock_phrase(level: int) -> None:
    families = [family for family in FAMILIES if family.level == level]
    openings = Counter(family.replies[family.gold[_twin(family, "care").key]][:2] for family in families)
    assert max(openings.values(), default=len(families) + 1) <= len(families) / 4


def test_the_suite_loads_through_the_public_door_as_two_choices_and_two_prompts_a_family() -> None:
    def per_family(items: list[Item]) -> Counter[str]:
        return Counter(item.family for item in items)

    wanted = Counter({family.id: 2 for family in FAMILIES})
    assert per_family(datasets.load_suite("open")) == wanted
    assert per_family(datasets.load_suite("open/prompts")) == wanted


def test_the_data_card_says_in_both_languages_what_the_suite_is_worth() -> None:
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    for said in ("Apache-2.0", "unreviewed", "language model", "语言模型", "未经专家审阅", "crossed", "交叉"):
        assert said in card
    assert f"{len(FAMILIES)} families" in card
    assert f"{len(FAMILIES)} 个题族" in card
