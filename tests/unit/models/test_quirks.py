"""What is sent to each vendor's models: temperature, caps, thinking, seeds and log-probabilities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.errors import InputError
from cvalues.models.model import Params
from cvalues.models.providers import effective_values, load_providers, logprob_limit, request_fields

TABLE = load_providers()


def sent(name: str, cap: int = 16, mode: Any = "text", **params: Any) -> dict[str, Any]:
    vendor, _, model = name.partition("/")
    return request_fields(TABLE[vendor], model, Params(mode=mode, **params), cap, mode, 2)


def test_an_ordinary_model_gets_what_was_asked() -> None:
    assert sent("openai/gpt-4.1", seed=3, top_p=0.5) == {
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 3,
        "max_completion_tokens": 16,
    }


def test_what_was_not_asked_is_not_sent() -> None:
    assert sent("vllm/x", temperature=None) == {"max_tokens": 16}
    assert "max_tokens" not in sent("vllm/x", cap=0)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("zhipu/glm-4-plus", {"do_sample": False, "temperature": 0.01}),
        ("minimax/MiniMax-M2.7", {"temperature": 0.01}),
        ("spark/4.0Ultra", {"temperature": 0.01}),
        ("dashscope/qwen-plus", {"temperature": 0.0}),
    ],
)
def test_a_temperature_of_zero_is_sent_as_the_vendor_takes_it(name: str, fields: dict[str, Any]) -> None:
    got = sent(name)
    assert fields.items() <= got.items()
    assert ("do_sample" in got) == ("do_sample" in fields)


def test_a_temperature_beyond_the_range_is_brought_into_it() -> None:
    assert sent("zhipu/glm-4-plus", temperature=1.0)["temperature"] == 0.99
    assert sent("minimax/MiniMax-M3", temperature=1.5)["temperature"] == 1.0
    assert sent("dashscope/qwen-plus", temperature=2.0)["temperature"] == 1.99
    assert sent("zhipu/glm-4-plus", temperature=0.5)["temperature"] == 0.5


@pytest.mark.parametrize("name", ["moonshot/kimi-k2.6", "moonshot/kimi-k3", "openai/o3", "openai/gpt-5.5"])
def test_models_with_a_fixed_temperature_get_none(name: str) -> None:
    assert not {"temperature", "top_p"} & set(sent(name, top_p=0.5))


def test_a_reasoning_model_told_not_to_think_gets_its_temperature() -> None:
    got = sent("openai/gpt-5.4-mini", thinking=False)
    assert (got["reasoning_effort"], got["temperature"]) == ("none", 0.0)
    assert sent("openai/gpt-5-mini", thinking=False)["reasoning_effort"] == "minimal"


def test_what_the_vendor_documents_as_in_force_is_known() -> None:
    def known(name: str, **params: Any) -> dict[str, Any]:
        vendor, _, model = name.partition("/")
        return effective_values(TABLE[vendor], model, Params(**params))

    assert known("deepseek/deepseek-v4-pro")["temperature"] == "ignored while thinking"
    assert known("deepseek/deepseek-v4-pro", thinking=False) == {}
    assert known("ark/doubao-seed-2-0-pro-260215") == {"temperature": 1.0, "top_p": 0.95}
    assert known("moonshot/kimi-k2.6") == {"temperature": 1.0}
    assert known("moonshot/kimi-k2.6", thinking=False) == {"temperature": 0.6}
    assert known("vllm/x") == {}


@pytest.mark.parametrize(
    ("name", "on", "off"),
    [
        ("dashscope/qwen3.8-max", {"enable_thinking": True}, {"enable_thinking": False}),
        ("deepseek/deepseek-v4-pro", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("zhipu/glm-4.6", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("moonshot/kimi-k2.6", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("ark/doubao-seed-2-1-pro", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("minimax/MiniMax-M3", {"thinking": {"type": "adaptive"}}, {"thinking": {"type": "disabled"}}),
        ("openrouter/z-ai/glm-5.2", {"reasoning": {"enabled": True}}, {"reasoning": {"enabled": False}}),
        ("siliconflow/Qwen/Qwen3.5-397B-A17B", {"enable_thinking": True}, {"enable_thinking": False}),
        ("ollama/qwen3:4b", {"reasoning_effort": "high"}, {"reasoning_effort": "none"}),
        (
            "vllm/x",
            {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}},
            {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
        ),
    ],
)  # fmt: skip
def test_the_switch_is_the_vendors_own(name: str, on: dict[str, Any], off: dict[str, Any]) -> None:
    assert on.items() <= sent(name, thinking=True).items()
    assert off.items() <= sent(name, thinking=False).items()


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("dashscope/qwen3.8-max", {"enable_thinking": True}),
        ("dashscope/qwen3-32b", {"enable_thinking": False}),
        ("dashscope/qwen-plus", {"enable_thinking": False}),
        ("deepseek/deepseek-flash", {"thinking": {"type": "enabled"}}),
        ("zhipu/glm-5.2", {"thinking": {"type": "enabled"}}),
    ],
)
def test_the_default_state_is_sent_so_that_it_is_on_record(name: str, default: dict[str, Any]) -> None:
    assert default.items() <= sent(name).items()


@pytest.mark.parametrize("name", ["vllm/x", "openai/gpt-5.5", "siliconflow/Qwen/Qwen2.5-7B-Instruct", "custom/x"])
def test_no_switch_is_sent_where_the_default_is_not_known(name: str) -> None:
    assert not {"enable_thinking", "thinking", "reasoning_effort", "chat_template_kwargs"} & set(sent(name))


def test_the_cap_is_raised_only_while_a_model_may_think() -> None:
    assert sent("deepseek/deepseek-v4-pro")["max_tokens"] == 8192
    assert sent("deepseek/deepseek-v4-pro", cap=20_000)["max_tokens"] == 20_000
    assert sent("deepseek/deepseek-v4-pro", thinking=False)["max_tokens"] == 16
    assert sent("openai/gpt-5.5")["max_completion_tokens"] == 8192
    assert sent("openai/gpt-4o")["max_completion_tokens"] == 16
    assert sent("ark/doubao-seed-2-1-pro-260628")["max_tokens"] == 16  # caps the answer alone there


def test_a_cap_that_the_user_states_is_kept() -> None:
    assert sent("deepseek/deepseek-v4-pro", cap=100, max_tokens=100)["max_tokens"] == 100


@pytest.mark.parametrize(
    ("name", "thinking", "words"),
    [
        ("moonshot/kimi-k3", False, "always thinks"),
        ("minimax/MiniMax-M2.7", False, "always thinks"),
        ("dashscope/glm-5.3", False, "always thinks"),
        ("openai/gpt-4.1", True, "does not think"),
        ("dashscope/qwen3-32b", True, "streamed"),
        ("hunyuan/hy3", True, "no switch"),
        ("stepfun/step-2", False, "no switch"),
    ],
)
def test_a_state_that_cannot_be_had_is_refused_before_the_first_call(name: str, thinking: bool, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sent(name, thinking=thinking)


def test_a_state_that_holds_anyway_may_be_asked_for() -> None:
    assert sent("moonshot/kimi-k3", thinking=True) == sent("moonshot/kimi-k3")
    assert sent("openai/gpt-4.1", thinking=False) == sent("openai/gpt-4.1")


@pytest.mark.parametrize(
    ("name", "top"),
    [
        ("openai/gpt-4.1", 20),
        ("dashscope/qwen-plus-2025-12-01", 5),
        ("dashscope/qwen3-32b", 5),
        ("dashscope/qwen-plus", None),
        ("deepseek/deepseek-v4-pro", 20),
        ("ark/doubao-1-5-pro-32k-250115", 20),
        ("ark/doubao-seed-2-1-pro-260628", None),
        ("zhipu/glm-4.6", None),
        ("moonshot/kimi-k2.6", None),
        ("vllm/x", 20),
        ("llamacpp/x", 20),
        ("custom/x", 20),
    ],
)
def test_log_probabilities_are_asked_for_up_to_the_vendors_cap(name: str, top: int | None) -> None:
    got = sent(name, mode="logprob")
    assert got.get("top_logprobs") == top
    assert got.get("logprobs") == (None if top is None else True)
    vendor, _, model = name.partition("/")
    assert logprob_limit(TABLE[vendor], model) == {None: 0}.get(top, None if vendor == "custom" else top)


def test_a_model_is_kept_from_thinking_when_its_first_token_counts() -> None:
    got = sent("deepseek/deepseek-v4-pro", mode="logprob")
    assert got["thinking"] == {"type": "disabled"}
    assert got["max_tokens"] == 16
    assert sent("openai/gpt-5.5", mode="logprob")["reasoning_effort"] == "none"
    assert "logprobs" not in sent("moonshot/kimi-k3", mode="logprob")


def test_thinking_and_first_token_probabilities_exclude_each_other() -> None:
    with pytest.raises(InputError, match="exclude each other"):
        sent("vllm/x", mode="logprob", thinking=True)


@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_any_seed_is_folded_into_the_vendors_range(seed: int) -> None:
    assert 1 <= sent("hunyuan/hy3", seed=seed)["seed"] <= 10_000
    assert 0 <= sent("dashscope/qwen-plus", seed=seed)["seed"] <= 2**31 - 1
    assert sent("vllm/x", seed=seed)["seed"] == seed


def test_a_seed_within_the_range_stays_and_none_is_sent_where_it_is_not_documented() -> None:
    assert sent("hunyuan/hy3", seed=42)["seed"] == 42
    assert "seed" not in sent("moonshot/kimi-k3", seed=42)
    assert "seed" not in sent("ark/doubao-1-5-pro-32k-250115", seed=42)


def test_a_router_is_told_not_to_change_the_service_between_calls() -> None:
    assert sent("openrouter/qwen/qwen3.7-max")["provider"] == {
        "require_parameters": True,
        "allow_fallbacks": False,
    }
