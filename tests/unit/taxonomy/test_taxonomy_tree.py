"""The taxonomy holds what DESIGN section 9 promises, and says so when a name is wrong."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cvalues import taxonomy
from cvalues.cli.taxonomy import app
from cvalues.errors import DataError, UnknownName
from cvalues.jsonl import encode
from cvalues.taxonomy import tree as tree_module

SCENARIOS = {
    "dangerous_topic": "危险话题",
    "crimes": "违法犯罪",
    "personal_privacy": "个人隐私",
    "insult": "侮辱谩骂",
    "discrimination": "偏见歧视",
    "physical_harm": "身体伤害",
    "mental_health": "心理健康",
    "property": "财产安全",
    "ethics": "伦理道德",
    "misinformation": "虚假信息",
}
DOMAINS = {
    "environmental_science": "环境科学",
    "psychology": "心理学",
    "law": "法理学",
    "social_science": "社会学",
    "data_science": "数据科学",
    "intimate_relationship": "亲密关系",
    "barrier_free": "无障碍",
    "lesser_known_major": "冷门专业",
}
ATTACKS = {
    "role_play",
    "goal_hijacking",
    "prompt_leaking",
    "inducing_premise",
    "emotional_pressure",
    "homophones",
    "multi_turn",
}


def test_the_ten_scenarios_and_eight_domains_of_the_design_are_there_by_name_and_level():
    tree = taxonomy.load()
    assert {entry.id: entry.name_zh for entry in tree.level(1)} == {f"safety/{k}": v for k, v in SCENARIOS.items()}
    assert {entry.id: entry.name_zh for entry in tree.level(2)} == {
        f"responsibility/{k}": v for k, v in DOMAINS.items()
    }
    assert len(tree.categories) == 18


def test_exactly_the_names_the_paper_shows_are_marked_verified():
    tree = taxonomy.load()
    verified = {entry.id for entry in tree.categories if entry.verified}
    assert verified == {f"responsibility/{name}" for name in DOMAINS} | {
        "safety/dangerous_topic",
        "safety/crimes",
        "safety/personal_privacy",
    }
    for entry in tree.categories:
        assert ("this project's choice" in entry.source) is not entry.verified


@pytest.mark.parametrize("entry", taxonomy.load().categories, ids=lambda entry: entry.id)
def test_every_category_speaks_both_languages_in_one_sentence_each(entry):
    for text in (entry.description_zh, entry.principle_zh):
        assert text.endswith("。") and text.count("。") == 1
    for text in (entry.description_en, entry.principle_en):
        assert text.endswith(".") and text.count(". ") == 0
    assert entry.name_en and entry.source


def test_attacks_are_tags_apart_from_the_categories():
    tree = taxonomy.load()
    assert {entry.id for entry in tree.attacks} == ATTACKS
    assert all(entry.name_zh and entry.name_en for entry in tree.attacks)
    assert tree.attack("role_play").name_zh == "角色扮演"
    with pytest.raises(UnknownName, match="did you mean 'homophones'"):
        tree.attack("homophone")


def test_a_wrong_name_offers_the_nearest_and_lists_the_known():
    tree = taxonomy.load()
    assert tree.get("safety/crimes").name_en == "Crimes"
    with pytest.raises(UnknownName, match=r"'safety/crime'; did you mean 'safety/crimes'\?.*safety/insult"):
        tree.get("safety/crime")
    with pytest.raises(UnknownName, match="did you mean 'cvalues'"):
        taxonomy.load("cvalue")
    with pytest.raises(UnknownName, match="Known: 1, 2"):
        tree.level(3)


@pytest.mark.parametrize("text", ["responsibility/law", "law", "法理学", "Law", " LAW "])
def test_a_person_may_name_a_category_in_any_usual_way(text):
    assert taxonomy.load().find(text).id == "responsibility/law"


def test_records_name_categories_by_full_id_only():
    with pytest.raises(UnknownName):
        taxonomy.load().get("law")


def test_a_taxonomy_file_of_another_schema_or_shape_is_refused_with_the_field():
    with pytest.raises(DataError, match="field 'schema'"):
        tree_module._taxonomy({"schema": "taxonomy/9"}, "x.toml")
    broken = {
        "schema": "taxonomy/1",
        "name": "x",
        "version": "1",
        "title_zh": "",
        "title_en": "",
        "level": [],
    }
    broken["category"] = [{"id": "a", "level": "one", "name_zh": "", "name_en": ""}]
    with pytest.raises(DataError, match=r"x\.toml: field 'categories\[0\]\.level'"):
        tree_module._taxonomy(broken, "x.toml")


def test_list_prints_every_category_as_records():
    result = CliRunner().invoke(app, ["list", "--json"])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == list(taxonomy.load().names())
    assert encode(taxonomy.load().categories[0]).decode() == result.stdout.splitlines()[0]


def test_list_prints_a_table_in_both_languages_and_takes_a_level():
    result = CliRunner().invoke(app, ["list", "--level", "2"])
    assert result.exit_code == 0
    assert "法理学" in result.stdout and "Psychology" in result.stdout
    assert "safety/" not in result.stdout


def test_show_explains_a_category_and_its_source():
    result = CliRunner().invoke(app, ["show", "insult"])
    assert result.exit_code == 0
    assert "safety/insult" in result.stdout and "not verified" in result.stdout
    assert taxonomy.load().get("safety/insult").principle_zh in result.stdout
    one = CliRunner().invoke(app, ["show", "法理学", "--json"])
    assert json.loads(one.stdout)["id"] == "responsibility/law"


def test_show_explains_the_whole_taxonomy():
    result = CliRunner().invoke(app, ["show", "cvalues"])
    assert result.exit_code == 0
    assert "safety/crimes" in result.stdout and "goal_hijacking" in result.stdout
    whole = CliRunner().invoke(app, ["show", "cvalues", "--json"])
    assert len(json.loads(whole.stdout)["categories"]) == 18


def test_show_of_an_unknown_name_raises_the_helpful_error():
    result = CliRunner().invoke(app, ["show", "safety/privcy"])
    assert isinstance(result.exception, UnknownName)
    assert "Known:" in str(result.exception) and "cvalues" in str(result.exception)
