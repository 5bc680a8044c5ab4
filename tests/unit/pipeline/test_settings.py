"""What a user may set, from Python, options or a plan file."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.errors import DataError, InputError, UnknownName
from cvalues.pipeline.settings import PlannedRun, RunSettings, read_plan, settings_from, without_secrets
from cvalues.registry import unknown

# ---- settings ---------------------------------------------------------------------------------


def test_nothing_set_is_the_documented_default() -> None:
    assert settings_from({}) == RunSettings()
    assert (RunSettings().suite, RunSettings().order, RunSettings().mode) == ("open", "both", "text")


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"repeats": 0}, "repeats", ">= 1"),
        ({"limit": -1}, "limit", ">= 0"),
        ({"limit": "3"}, "limit", "Expected `int`"),
        ({"temperature": 5.1}, "temperature", "<= 5"),
        ({"top_p": 0}, "top_p", "> 0"),
        ({"timeout": 0}, "timeout", "> 0"),
        ({"max_connections": 0}, "max_connections", ">= 1"),
        ({"category": "law"}, "category", "Expected `array`"),
        ({"category": ["law", 3]}, "category[1]", "Expected `str`"),
        ({"extra": []}, "extra", "Expected `object`"),
    ],
)
def test_a_value_of_the_wrong_kind_or_range_is_named(fields: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(DataError, match=re.escape(problem)) as caught:
        settings_from(fields, where="plan.toml")
    assert (caught.value.path, caught.value.field) == ("plan.toml", field)


def test_a_wrong_name_offers_the_right_one() -> None:
    with pytest.raises(UnknownName, match=r"plan.toml: unknown setting 'temprature'; did you mean 'temperature'\?"):
        settings_from({"temprature": 1}, where="plan.toml")


@given(st.text(st.characters(codec="utf-8", exclude_characters="/@:"), min_size=1, max_size=12))
def test_a_name_and_password_in_an_address_are_not_written_down(secret: str) -> None:
    kept = without_secrets(settings_from({"base_url": f"https://user:{secret}@host.example:8000/v1"}))
    assert kept.base_url == "https://host.example:8000/v1"


@pytest.mark.parametrize("address", ["", "http://gpu1:8000/v1", "https://host.example/a@b/v1"])
def test_an_address_without_them_stays_as_it_is(address: str) -> None:
    assert without_secrets(settings_from({"base_url": address})).base_url == address


# ---- plan files --------------------------------------------------------------------------------


def plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_is_models_by_suites_by_settings_in_that_order(tmp_path: Path) -> None:
    runs = read_plan(
        plan(
            tmp_path,
            """
            models = ["scripted/gold", {name = "vllm/x", base_url = "http://gpu1:8000/v1", repeats = 5}]
            suites = ["open", "mine.jsonl"]
            [defaults]
            seed = 7
            repeats = 2
            [[settings]]
            template = "choice-zh"
            [[settings]]
            template = "choice-en"
            seed = 8
            """,
        )
    )
    assert [(run.model, run.settings.suite, run.settings.template) for run in runs] == [
        (model, suite, template)
        for model in ("scripted/gold", "vllm/x")
        for suite in ("open", "mine.jsonl")
        for template in ("choice-zh", "choice-en")
    ]
    assert [run.settings.seed for run in runs[:2]] == [7, 8], "a variant goes over the defaults"
    assert [run.settings.repeats for run in runs] == [2] * 4 + [5] * 4, "a model's own go over both"
    assert {run.settings.base_url for run in runs} == {"", "http://gpu1:8000/v1"}


def test_a_plan_of_models_alone_takes_the_defaults(tmp_path: Path) -> None:
    assert read_plan(plan(tmp_path, "models = ['scripted/gold']")) == [PlannedRun("scripted/gold", RunSettings())]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "field 'models': names no model"),
        ("models = []", "field 'models': names no model"),
        ("models = 'scripted/gold'", "field 'models': must be a list"),
        ("models = [3]", "field 'models': must be a table"),
        ("models = [{suite = 'open'}]", "field 'models': every model is a name or a table with a name"),
        ("models = [{name = 3}]", "field 'models': every model is a name or a table with a name"),
        ("models = ['a/b']\nsuites = 'open'", "field 'suites': must be a list"),
        ("models = ['a/b']\nsuites = [3]", "field 'suite': Expected `str`, got `int`"),
        ("models = ['a/b']\ndefaults = 3", "field 'defaults': must be a table"),
        ("models = ['a/b']\nsettings = ['x']", "field 'settings': must be a table"),
        ("models = ['a/b']\n[settings]\nseed = 1", "field 'settings': must be a list"),
        ("models = ['a/b']\n[default]\nseed = 1", "unknown table 'default'; did you mean 'defaults'?"),
        ("models = ['a/b']\n[defaults]\nsede = 1", "unknown setting 'sede'; did you mean 'seed'?"),
        ("models = ['a/b']\n[defaults]\nrepeats = 0", "field 'repeats': Expected `int` >= 1"),
        ("models = ['a/b'\n", "not valid TOML"),
        ("models = ['a/b', 'a/b']", "two runs of the plan are the same"),
    ],
)
def test_a_wrong_plan_is_one_line_that_names_the_file_and_the_field(tmp_path: Path, text: str, problem: str) -> None:
    path = plan(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plan_that_is_not_there_or_not_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_plan(tmp_path / "absent.toml")
    (tmp_path / "bytes.toml").write_bytes(b"models = ['\xff']")
    with pytest.raises(DataError, match="not valid TOML"):
        read_plan(tmp_path / "bytes.toml")


VALUES = ("3", "'a/b'", "['a/b']", "[3]", "{}", "[{}]", "{seed = 1}", "[{name = 'a/b', seed = 2}]", "true", "[[]]")


@given(st.dictionaries(st.sampled_from(["models", "suites", "defaults", "settings", "x"]), st.sampled_from(VALUES)))
def test_any_plan_is_runs_or_one_typed_error_with_its_place(entries: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = plan(Path(folder), "".join(f"{key} = {value}\n" for key, value in entries.items()))
        try:
            runs = read_plan(path)
        except InputError as error:
            assert str(error).startswith(f"{path}: ")
        else:
            assert runs and all(run.model == "a/b" for run in runs)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"level": 3}, "unknown level '3'; Known: 0, 1, 2"),
        ({"order": "sideways"}, "unknown order 'sideways'; Known: both, stored"),
        ({"mode": "guess"}, "unknown mode 'guess'; Known: logprob, text"),
        ({"order": ["both"]}, "unknown order"),
    ],
)
def test_a_choice_that_is_none_lists_the_known_ones(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnknownName, match=problem):
        settings_from(fields, where="plan.toml")


def test_the_last_part_of_a_name_is_enough_to_be_understood() -> None:
    assert "did you mean 'responsibility/law'?" in str(unknown("category", "laww", ["responsibility/law", "a/b"]))
