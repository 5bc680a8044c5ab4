"""One TOML table adds a vendor, and a table that is wrong is refused with its place and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vendor_cases import NOW, completion

from cvalues.errors import DataError, UnknownName
from cvalues.models.model import Params
from cvalues.models.providers import (
    classify,
    finish_outcome,
    get_provider,
    load_providers,
    outcome_of,
    request_fields,
)

TABLE = load_providers()
VENDORS = sorted(TABLE)

GATEWAY = """
[gateway]
title_en = "Our gateway"
title_zh = "内部网关"
base_url = "https://gateway.example/v1"
key_env = ["GATEWAY_TOKEN"]
models = [
  { max_tokens = "max_tokens", at_zero = { temperature = 0.05 }, omit = ["seed"], logprobs = 3 },
  { match = "^deep", thinks = "switch", think_default = false, think_min_tokens = 500 },
  { match = "^deep", think_on = { think = 1 }, think_off = { think = 0 } },
]
errors = [
  { code = ["E4*"], text = "用户", fault = "blocked_input" },
  { code = ["E4*"], fault = "blocked" },
  { code = ["E9"], fault = "quota" },
]
flags = [{ field = "audit.hit", fault = "blocked_output" }]
waits = [{ text = "恢复时间[:：](.+)$", unit = "time", zone = "+08:00" }]
finish = { guarded = "blocked_output" }
"""


def test_a_vendor_is_added_by_one_table(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GATEWAY, encoding="utf-8")
    table = load_providers(path)
    assert set(table) == {*VENDORS, "gateway"}
    mine = get_provider("gateway", table)
    assert request_fields(mine, "deep-1", Params(seed=1), 16) == {
        "temperature": 0.05,
        "max_tokens": 16,
        "think": 0,
    }
    assert request_fields(mine, "deep-1", Params(thinking=True), 16)["max_tokens"] == 500
    assert request_fields(mine, "flat", Params(), 16, "logprob", 2)["top_logprobs"] == 3

    def said(status: int, body: Any) -> tuple[str, str, float | None]:
        outcome, verdict = outcome_of(mine, status, body, {}, NOW)
        return outcome, verdict.fault, verdict.wait

    assert said(500, {"code": "E41", "msg": "用户输入违规"}) == ("blocked_input", "blocked_input", None)
    assert said(200, {**completion("半"), "code": "E42"}) == ("blocked_output", "blocked_output", None)
    assert said(403, {"code": "E9", "msg": "恢复时间：2026-11-20 10:05:00"}) == ("failed", "quota", 300.0)
    assert said(200, completion("x", "stop", audit={"hit": True})) == (
        "blocked_output",
        "blocked_output",
        None,
    )
    assert said(200, completion("x", "guarded")) == ("blocked_output", "blocked_output", None)
    assert said(200, completion("x", "length")) == ("truncated", "", None)
    assert said(429, {}) == ("failed", "rate_limit", None)


def test_the_variable_names_the_users_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[mine]\nlike = "vllm"\nbase_url = "http://gpu1:8000/v1"\n', encoding="utf-8")
    monkeypatch.setenv("CVALUES_PROVIDERS", str(path))
    mine = load_providers()["mine"]
    assert mine.base_url == "http://gpu1:8000/v1"
    assert mine.errors == TABLE["vllm"].errors
    assert not mine.key_required
    monkeypatch.delenv("CVALUES_PROVIDERS")
    assert "mine" not in load_providers()


def test_a_known_vendor_is_changed_in_part_and_the_users_rows_win(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[deepseek]\nerrors = [{ text = "exists risk", fault = "bad_request" }]\n'
        'models = [{ match = "^new-", thinks = "never" }]\nfinish = { aborted = "truncated" }\n',
        encoding="utf-8",
    )
    mine = load_providers(path)["deepseek"]
    assert mine.base_url == TABLE["deepseek"].base_url
    assert len(mine.errors) == len(TABLE["deepseek"].errors) + 1
    risk = {"error": {"message": "Content Exists Risk"}}
    assert classify(mine, 400, risk, {}, NOW).fault == "bad_request"
    assert "thinking" not in request_fields(mine, "new-1", Params(), 16)
    assert finish_outcome(mine, "aborted") == ("truncated", "")
    assert finish_outcome(mine, "insufficient_system_resource") == ("failed", "overload")
    assert (
        classify(TABLE["deepseek"], 400, {"error": {"message": "Content Exists Risk"}}, {}, NOW).fault
        == "blocked_input"
    )


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("", ".base_url", "needed"),
        ('base_url = "gpu1:8000"\nkey_required = false', ".base_url", "https://"),
        ('base_url = "https://x/v1"', ".key_env", "key_required = false"),
        ('like = "vlm"', ".like", "did you mean 'vllm'"),
        ('like = "vllm"\nkey_enf = ["X"]', ".key_enf", "did you mean 'key_env'"),
        ('like = "vllm"\nerrors = [{ fault = "blocked" }]', ".errors[0]", "at least one"),
        ('like = "vllm"\nerrors = [{ code = ["x"], fault = "blokced" }]', ".errors[0].fault", "blokced"),
        ('like = "vllm"\nerrors = [{ codes = ["x"], fault = "quota" }]', ".errors[0].codes", "mean 'code'"),
        ('like = "vllm"\nerrors = [{ text = "(", fault = "quota" }]', ".errors[0].text", "regular"),
        ('like = "vllm"\nerrors = 3', ".errors", "array"),
        ('like = "vllm"\nmodels = [{ match = "[" }]', ".models[1].match", "regular"),
        ('like = "vllm"\nmodels = [{ thinks = "maybe" }]', ".models[1].thinks", "maybe"),
        ('like = "vllm"\nwaits = [{ unit = "s" }]', ".waits[0]", "exactly one"),
        ('like = "vllm"\nwaits = [{ unit = "s", text = "x" }]', ".waits[0].text", "group"),
        ('like = "vllm"\nwaits = [{ unit = "s", field = "a", zone = "CST" }]', ".waits[0].zone", "+08:00"),
        ('like = "vllm"\nfinish = { done = "finished" }', ".finish", "finished"),
    ],
)
def test_a_wrong_table_is_refused_with_file_field_and_cure(tmp_path: Path, text: str, field: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"[mine]\n{text}\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_providers(path)
    assert caught.value.field is not None
    assert caught.value.field.startswith("mine" + field)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["local", "scripted", '"a b"', '"a/b"', "GPU"])
def test_a_name_that_cannot_stand_before_a_slash_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[{name}]\nlike = "vllm"\n', encoding="utf-8")
    with pytest.raises(DataError, match="small letters"):
        load_providers(path)


def test_a_vendor_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine = 3\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"write \[mine\]"):
        load_providers(path)


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[mine]\nbase_url = \n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_providers(path)
    assert caught.value.line == 2


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.toml"):
        load_providers(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("qwen", "'dashscope'"),
        ("Kimi", "'moonshot'"),
        ("deepsek", "did you mean 'deepseek'"),
        ("ARK", "'ark'"),
    ],
)
def test_a_wrong_vendor_name_is_answered_with_the_right_one(name: str, words: str) -> None:
    with pytest.raises(UnknownName, match=words):
        get_provider(name, TABLE)


def test_no_two_vendors_claim_one_name() -> None:
    names = [name for provider in TABLE.values() for name in (provider.name, *provider.also)]
    assert len(names) == len(set(names))
