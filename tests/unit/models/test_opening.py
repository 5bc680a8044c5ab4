"""From a model's name to the model: who is meant, with which key, at which address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cvalues.errors import DataError, InputError, UnknownName
from cvalues.models.chat_http import ChatHTTP
from cvalues.models.model import Params
from cvalues.models.opening import MODELS, ModelSettings, account_of, model_for
from cvalues.models.replay import Replay
from cvalues.models.scripted import BEHAVIOURS, Scripted


def opened(name: str, **settings: Any) -> Any:
    return model_for(name, ModelSettings(**settings))


@pytest.mark.parametrize("name", ["", "qwen-plus", "dashscope/", "/qwen-plus", "local/"])
def test_a_name_without_provider_or_model_says_how_to_write_one(name: str) -> None:
    with pytest.raises(InputError, match="write PROVIDER/MODEL, such as dashscope/qwen-plus or local/smollm2"):
        opened(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dashscop/qwen-plus", "did you mean 'dashscope'"),
        ("scripted/glod", "did you mean 'gold'"),
        ("local/smolm2", "did you mean 'smollm2'"),
        ("Qwen/qwen-plus", "it is called 'dashscope' here"),
        ("OpenAI/gpt", "it is called 'openai' here"),
    ],
)
def test_a_wrong_name_offers_the_right_one(name: str, words: str) -> None:
    with pytest.raises(UnknownName, match=words):
        opened(name)


def test_an_unknown_provider_lists_vendors_and_offline_models_alike() -> None:
    with pytest.raises(UnknownName, match=r"Known: .*dashscope.*local.*replay.*scripted.*vllm"):
        opened("nobody-at-all/x")


@pytest.mark.parametrize("behaviour", sorted(BEHAVIOURS))
def test_scripted_models_are_known_by_their_behaviour(behaviour: str) -> None:
    assert opened(f"scripted/{behaviour}").name == f"scripted/{behaviour}"


def test_a_replay_is_named_after_its_file_and_not_its_place(tmp_path: Path) -> None:
    file = tmp_path / "answers.of.qwen.jsonl"
    file.write_text('{"prompt": "x", "response": "y"}\n', encoding="utf-8")
    model = opened(f"replay/{file}")
    assert model.name == "replay/answers.of.qwen"
    model.check(Params())
    file.unlink()
    with pytest.raises(DataError, match="no such file of recorded replies"):
        model.check(Params())


def test_a_model_name_may_hold_slashes() -> None:
    model = opened("vllm/org/name:tag")
    assert isinstance(model, ChatHTTP)
    assert model.name == "vllm/org/name:tag"


def test_a_missing_key_names_the_variables_and_a_named_one_is_taken_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="deepseek/x: no API key; set DEEPSEEK_API_KEY in the environment"):
        opened("deepseek/x")
    assert opened("deepseek/x", need_key=False).name == "deepseek/x"
    monkeypatch.setenv("MY_KEY", " sk-mine ")
    assert opened("deepseek/x", api_key_env="MY_KEY").name == "deepseek/x"
    with pytest.raises(InputError, match="set OTHER_KEY in the environment"):
        opened("deepseek/x", api_key_env="OTHER_KEY")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "   ")
    with pytest.raises(InputError, match="no API key"):
        opened("deepseek/x")


def test_a_server_of_ones_own_needs_no_key_unless_one_is_named() -> None:
    assert opened("vllm/x").name == "vllm/x"
    with pytest.raises(InputError, match="vllm/x: no API key; set TYPO_KEY"):
        opened("vllm/x", api_key_env="TYPO_KEY")


@pytest.mark.parametrize("address", ["gpu1:8000/v1", "ftp://gpu1/v1", "http://", "http:///v1", "file:///etc"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(InputError, match="is not an http"):
        opened("vllm/x", base_url=address)


def test_a_vendor_without_an_address_asks_for_one() -> None:
    with pytest.raises(InputError, match="give --base-url http://HOST:PORT/v1"):
        opened("custom/x")


def test_the_address_is_the_users_then_the_environments_then_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened("vllm/x").base_url == "http://localhost:8000/v1"
    monkeypatch.setenv("VLLM_BASE_URL", "http://gpu1:8000/v1/")
    assert opened("vllm/x").base_url == "http://gpu1:8000/v1"
    assert opened("vllm/x", base_url="http://gpu2:8000/v1/").base_url == "http://gpu2:8000/v1"


def test_a_vendor_can_be_added_by_a_file(tmp_path: Path) -> None:
    file = tmp_path / "more.toml"
    file.write_text(
        "[house]\ntitle_zh = '本单位'\ntitle_en = 'our own'\nbase_url = 'http://models.example/v1'\n"
        "key_env = []\nkey_required = false\n",
        encoding="utf-8",
    )
    assert opened("house/x", providers=str(file)).base_url == "http://models.example/v1"
    with pytest.raises(UnknownName, match="unknown model provider 'house'"):
        opened("house/x")


def test_a_provider_of_another_package_is_taken_with_the_rest_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ModelSettings]] = []

    def factory(rest: str, settings: ModelSettings) -> Scripted:
        seen.append((rest, settings))
        return Scripted("gold")

    table = dict(MODELS._table)
    MODELS.add("other", factory)
    try:
        assert opened("other/a/b", timeout=3.0).name == "scripted/gold"
    finally:
        MODELS._table.clear()
        MODELS._table.update(table)
    assert seen == [("a/b", ModelSettings(timeout=3.0))]


def test_models_of_one_vendor_share_an_account_and_others_do_not() -> None:
    assert account_of("openai/a") == account_of("openai/b") != account_of("vllm/a")


def test_every_model_says_what_the_runner_needs(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"prompt": "x", "response": "y"}\n', encoding="utf-8")
    for model in (opened("scripted/gold"), opened(f"replay/{tmp_path / 'r.jsonl'}"), opened("vllm/x", parallel=7)):
        assert model.parallel >= 1
        assert model.answer_tokens >= 0
        assert isinstance(model.preferred_template, str)
    assert isinstance(opened("replay/x.jsonl"), Replay)
