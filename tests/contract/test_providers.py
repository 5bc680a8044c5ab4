"""Every vendor of the table keeps one contract, and every reply that we know of is read rightly."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendor_cases import CASES, NOW, Case, completion, reset_body

from cvalues.errors import InputError
from cvalues.models.model import RETRYABLE, STOPPING, Fault, Params
from cvalues.models.provider_rules import Provider, RowFault
from cvalues.models.providers import (
    classify,
    describe,
    finish_outcome,
    hint,
    load_providers,
    logprob_limit,
    matching_rule,
    outcome_of,
    provider_names,
    read_body,
    request_fields,
    with_address,
)
from cvalues.models.quirks import quirks
from cvalues.records import Outcome

TABLE = load_providers()
VENDORS = sorted(TABLE)
SELF_HOSTED = {"vllm", "sglang", "ollama", "llamacpp", "custom"}
FAULTS = set(get_args(Fault)) - {""}
KEY = "k-3f9ab2c4d5e6f708"

every_vendor = pytest.mark.parametrize("vendor", VENDORS)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def result(provider: Provider, case: Case) -> tuple[str, str, float | None]:
    outcome, verdict = outcome_of(provider, case.status, case.payload, case.headers, NOW)
    return outcome, verdict.fault, verdict.wait


# ------------------------------------------------------------------------- the replies known


@every_case
def test_a_known_reply_has_its_outcome_fault_and_wait(case: Case) -> None:
    outcome, fault, wait = result(TABLE[case.vendor], case)
    assert (outcome, fault) == (case.expect_outcome, case.expect_fault)
    assert wait == (None if case.expect_wait is None else pytest.approx(case.expect_wait))


@every_case
def test_a_reply_is_read_alike_as_bytes_as_text_and_decoded(case: Case) -> None:
    provider = TABLE[case.vendor]
    text = case.payload.decode("utf-8", "replace")
    try:
        value: Any = json.loads(case.payload)
    except ValueError:
        value = text
    first = outcome_of(provider, case.status, case.payload, case.headers, NOW)
    for body in (text, value):
        outcome, verdict = outcome_of(provider, case.status, body, case.headers, NOW)
        assert (outcome, verdict.fault, verdict.wait) == (first[0], first[1].fault, first[1].wait)


def test_there_are_enough_cases_and_no_two_share_a_name() -> None:
    assert len(CASES) >= 120
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.vendor for case in CASES} == set(VENDORS)


@every_vendor
def test_every_kind_of_trouble_has_a_case(vendor: str) -> None:
    cases = [case for case in CASES if case.vendor == vendor]
    faults = {case.expect_fault for case in cases}
    assert {"overload", "auth"} <= faults
    assert any(case.expect_outcome == "truncated" for case in cases)
    if vendor not in {"sglang", "llamacpp"}:  # take any model name
        assert "model" in faults
    if vendor != "ollama":  # cuts what is too long in silence
        assert "too_long" in faults
    if vendor not in {"ollama", "llamacpp"}:
        assert any(case.status == 200 and case.expect_fault for case in cases)
    if vendor not in SELF_HOSTED:
        assert {"rate_limit", "no_money", "blocked_input", "blocked_output"} <= faults


def test_the_vendors_of_the_issue_are_all_there() -> None:
    wanted = (
        "openai dashscope deepseek zhipu moonshot ark hunyuan minimax qianfan stepfun baichuan siliconflow "
        "openrouter vllm sglang ollama llamacpp"
    )
    assert set(wanted.split()) <= set(provider_names())


# ---------------------------------------------------------------- every row of the table works


@every_vendor
def test_every_error_row_decides_some_case(vendor: str) -> None:
    provider = TABLE[vendor]
    cases = [case for case in CASES if case.vendor == vendor]
    reached = {matching_rule(provider, case.status, case.payload) for case in cases}
    missing = [provider.errors[number] for number in range(len(provider.errors)) if number not in reached]
    assert not missing


@every_vendor
def test_no_code_is_hidden_by_an_earlier_row(vendor: str) -> None:
    provider = TABLE[vendor]
    for number, rule in enumerate(provider.errors):
        if rule.text or rule.field:
            continue
        for code in rule.code:
            status = rule.status[0] if rule.status else 400
            body = {"error": {"code": code.replace("*", "Xx"), "message": "-"}}
            assert matching_rule(provider, status, body) == number, code


@every_vendor
@pytest.mark.parametrize("rows", ["waits", "flags"])
def test_every_wait_and_every_flag_matters_to_some_case(vendor: str, rows: str) -> None:
    provider = TABLE[vendor]
    cases = [case for case in CASES if case.vendor == vendor]
    table = getattr(provider, rows)
    for number in range(len(table)):
        without = msgspec.structs.replace(provider, **{rows: (*table[:number], *table[number + 1 :])})
        changed = [case for case in cases if result(without, case) != result(provider, case)]
        assert changed, table[number]


@every_vendor
def test_every_finish_reason_of_its_own_has_a_case(vendor: str) -> None:
    provider = TABLE[vendor]
    payloads = [case.payload.decode("utf-8", "replace") for case in CASES if case.vendor == vendor]
    for reason in provider.finish:
        if reason in {"stop", "tool_calls", "function_call", "content_filter"}:
            continue
        if vendor == "custom" and reason == "length":
            continue
        assert any(f'"finish_reason": "{reason}"' in payload for payload in payloads), reason


@every_vendor
def test_every_fixed_sentence_has_a_case(vendor: str) -> None:
    payloads = [case.payload.decode("utf-8", "replace") for case in CASES if case.vendor == vendor]
    for sentence in TABLE[vendor].block_texts:
        assert any(sentence in payload for payload in payloads)


def test_no_row_can_make_a_block_retried() -> None:
    blocks = {"blocked", "blocked_input", "blocked_output"}
    assert set(get_args(RowFault)) - {"blocked"} <= FAULTS
    assert not blocks & RETRYABLE
    assert not blocks & STOPPING
    assert not {"too_long", "bad_request", "unsupported", "no_money", "auth", "model"} & RETRYABLE


def test_every_row_of_the_table_has_a_graded_source() -> None:
    text = (Path(load_providers.__code__.co_filename).parent / "providers.toml").read_text(encoding="utf-8")
    grade = re.compile(r"\b(D|Dc|S|T|M)\b|measured by this project")
    above, closed, unsourced = "", False, []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            # a comment after a row begins a new group; lines of one comment belong together
            above, closed = (line if closed else f"{above} {line}"), False
        elif line.startswith("{ "):
            row_comment = line.rpartition("}")[2]
            if not grade.search(row_comment) and not grade.search(above):
                unsourced.append(line)
            closed = True
        else:
            above, closed = "", False
    assert not unsourced


# --------------------------------------------------------------------- laws for every vendor


@every_vendor
def test_the_address_is_safe_and_among_those_listed(vendor: str) -> None:
    provider = TABLE[vendor]
    if vendor == "custom":
        assert provider.base_url == ""
        return
    for url in (provider.base_url, *provider.addresses.values()):
        parts = urlsplit(url)
        assert parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}
        assert not url.endswith("/")
        assert not parts.query
    assert provider.base_url in provider.addresses.values()


@every_vendor
def test_the_key_variable_and_both_titles_are_named(vendor: str) -> None:
    provider = TABLE[vendor]
    assert provider.key_env
    for variable in (*provider.key_env, *provider.url_env):
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", variable)
    assert provider.title_en
    assert provider.title_zh
    assert provider.examples
    assert provider.key_required == (vendor not in SELF_HOSTED)


@every_vendor
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_vendor_is_described_by_plain_text(vendor: str, lang: str) -> None:
    fields = describe(TABLE[vendor], lang)
    assert fields["name"] == vendor
    assert all(isinstance(value, str) and value for value in fields.values())


def models_of(provider: Provider) -> list[str]:
    return [*provider.examples, "some-model-nobody-knows", "QWEN3-32B"]


@every_vendor
@pytest.mark.parametrize("mode", ["text", "logprob"])
@pytest.mark.parametrize("thinking", [None, True, False])
def test_the_request_is_valid_for_every_model_and_mode(vendor: str, mode: Any, thinking: bool | None) -> None:
    provider = TABLE[vendor]
    for model in models_of(provider):
        params = Params(temperature=0.0, top_p=0.9, seed=20_260_101, thinking=thinking, mode=mode)
        try:
            fields = request_fields(provider, model, params, 64, mode, 2)
        except InputError as error:
            assert thinking is not None, "what the user did not ask for cannot be refused"
            assert f"{vendor}/{model}" in str(error)
            continue
        assert json.loads(json.dumps(fields)) == fields
        assert not {"model", "messages", "stream", "n"} & set(fields)
        assert ("max_tokens" in fields) + ("max_completion_tokens" in fields) == 1
        assert max(fields.get("max_tokens", 0), fields.get("max_completion_tokens", 0)) >= 64
        assert 0 <= fields.get("temperature", 0) <= 2
        assert ("logprobs" in fields) == ("top_logprobs" in fields)
        if mode == "text":
            assert "logprobs" not in fields
        else:
            limit = logprob_limit(provider, model, thinking)
            assert ("logprobs" in fields) == (limit != 0)
            assert fields.get("top_logprobs", 1) <= (limit or 20)


@every_vendor
def test_the_thinking_switch_goes_both_ways(vendor: str) -> None:
    provider = TABLE[vendor]
    for model in models_of(provider):
        if quirks(provider, model).thinks != "switch":
            continue
        on, off = quirks(provider, model, True), quirks(provider, model, False)
        assert (on.thinking, off.thinking) == (True, False)
        assert set(on.switch) == set(off.switch)
        assert on.switch != off.switch
        sent = request_fields(provider, model, Params(thinking=True), 16)
        back = request_fields(provider, model, Params(thinking=False), 16)
        assert on.switch.items() <= sent.items()
        assert off.switch.items() <= back.items()


@every_vendor
def test_a_request_does_not_depend_on_what_was_asked_before(vendor: str) -> None:
    provider = TABLE[vendor]
    model = provider.examples[0]
    first = json.dumps(request_fields(provider, model, Params(), 32))
    request_fields(provider, model, Params(extra={"top_k": 1, "provider": {"order": ["x"]}}, seed=3), 99)
    assert json.dumps(request_fields(provider, model, Params(), 32)) == first


@every_vendor
def test_what_the_user_adds_comes_last_and_wins(vendor: str) -> None:
    provider = TABLE[vendor]
    extra = {"temperature": 0.7, "max_completion_tokens": 5, "response_format": {"type": "json_object"}}
    fields = request_fields(provider, provider.examples[0], Params(extra=extra), 64)
    assert extra.items() <= fields.items()
    assert "max_tokens" not in fields


@every_vendor
def test_a_refused_key_names_the_address_tried_and_the_others(vendor: str) -> None:
    provider = TABLE[vendor]
    verdict = classify(provider, 401, {"error": {"message": "no"}}, {}, NOW)
    assert verdict.fault == "auth"
    assert provider.key_env[0] in verdict.message
    assert provider.base_url in verdict.message
    for url in provider.addresses.values():
        assert url in verdict.message


def test_the_address_in_use_is_the_one_named_as_tried() -> None:
    provider = with_address(TABLE["dashscope"], "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/")
    message = classify(provider, 401, {}, {}, NOW).message
    assert "tried https://dashscope-intl.aliyuncs.com/compatible-mode/v1;" in message
    assert "https://dashscope.aliyuncs.com/compatible-mode/v1" in message.split("other addresses:")[1]


@every_vendor
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_advice_exists_in_both_languages_or_in_none(vendor: str, fault: Any) -> None:
    english, chinese = hint(TABLE[vendor], fault), hint(TABLE[vendor], fault, "zh")
    assert bool(english) == bool(chinese)
    if fault in STOPPING:
        assert re.search("[一-鿿]", chinese)


# ------------------------------------------------------------------ words count per vendor only


def test_the_same_word_means_opposite_things_at_two_vendors() -> None:
    body = {
        "error": {
            "code": "insufficient_quota",
            "message": "You exceeded your current quota, please check your plan",
        }
    }
    assert classify(TABLE["openai"], 429, body, {}, NOW).fault == "no_money"
    assert classify(TABLE["dashscope"], 429, body, {}, NOW).fault == "rate_limit"


def test_a_vendors_code_means_nothing_at_another() -> None:
    body = {"error": {"code": "1301", "message": "data_inspection_failed: Content Exists Risk"}}
    others = set(VENDORS) - {"zhipu", "deepseek", "openrouter"}
    assert {classify(TABLE[vendor], 400, body, {}, NOW).fault for vendor in others} == {"bad_request"}


def test_a_block_of_unnamed_side_is_of_the_output_once_there_is_text() -> None:
    block = {"error": {"type": "content_filter", "message": "high risk"}}
    provider = TABLE["moonshot"]
    assert classify(provider, 400, block, {}, NOW).fault == "blocked_input"
    assert classify(provider, 400, {**completion("首先"), **block}, {}, NOW).fault == "blocked_output"
    assert classify(provider, 400, {**completion("  "), **block}, {}, NOW).fault == "blocked_input"


@pytest.mark.parametrize("vendor", ["zhipu", "ark"])
def test_a_stated_reset_is_measured_from_now_in_beijing_time(vendor: str) -> None:
    reset = datetime(2026, 12, 1, 0, 0, 30, tzinfo=UTC)
    now = datetime(2026, 12, 1, 0, 0, 0, tzinfo=UTC)
    verdict = classify(TABLE[vendor], 429, reset_body(vendor, reset), {}, now)
    assert (verdict.fault, verdict.wait) == ("quota", 30.0)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (400, "bad_request"), (401, "auth"), (402, "no_money"), (403, "auth"), (404, "model"),
        (408, "timeout"), (409, "overload"), (413, "too_long"), (422, "bad_request"), (425, "overload"),
        (429, "rate_limit"), (451, "blocked_input"), (500, "overload"), (502, "overload"),
        (529, "overload"), (418, "bad_body"), (302, "bad_body"), (200, "bad_body"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("vendor", ["openai", "dashscope", "zhipu", "custom"])
def test_an_unknown_code_falls_back_by_status_and_is_kept_raw(vendor: str, status: int, fault: str) -> None:
    body = {"error": {"code": "BrandNewTrouble77", "message": "words nobody knows"}}
    verdict = classify(TABLE[vendor], status, json.dumps(body).encode(), {}, NOW)
    assert verdict.fault == fault
    assert verdict.code == "BrandNewTrouble77"
    assert json.loads(verdict.error) == body


# ----------------------------------------------------------------------------- secrets, length


@every_case
def test_the_key_is_never_kept(case: Case) -> None:
    body = case.payload + KEY.encode()
    for payload in (body, {"error": {"code": KEY, "message": f"key {KEY} refused; Bearer {KEY}"}}):
        verdict = classify(TABLE[case.vendor], max(case.status, 400), payload, case.headers, NOW, KEY)
        assert KEY not in repr(verdict)


def test_what_looks_like_a_key_is_masked_and_long_errors_are_cut() -> None:
    words = "Incorrect API key provided: sk-abcdEFGH1234****wxyz. Authorization: Bearer eyJhbGciOi.abc <ak-f94zcrj6ax>"
    verdict = classify(TABLE["openai"], 401, {"error": {"message": words + " 长" * 5000}}, {}, NOW)
    for secret in ("abcdEFGH", "wxyz", "eyJhbGciOi", "f94zcrj6ax"):
        assert secret not in verdict.error + verdict.message
    assert "sk-***" in verdict.error
    assert len(verdict.error) == 2000
    assert len(verdict.message) <= 2000


# -------------------------------------------------------------------------------- fuzz: closed

WORDS = st.sampled_from(
    ["error", "code", "message", "type", "choices", "base_resp", "status_code", "contentFilter", "role",
     "level", "finish_reason", "content", "Response", "Error", "header", "error_code", "metadata", "reasons",
     "flag", "raw", "next_flush_time", "retry_after_seconds", "input_sensitive", "1301", "429", "user"]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | WORDS
    | st.sampled_from(
        [
            429,
            1301,
            "2026-99-99 99:99:99 重置",
            "将在 0000-00-00 00:00:00 重置",
            "reset at 9999-12-31 23:59:59",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)
BODIES = VALUES | st.binary(max_size=60) | st.builds(lambda value: completion("文", "stop", x=value), VALUES)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "retry-after-ms", "X-RateLimit-Reset", "x"]),
    st.text(max_size=20) | st.sampled_from(["-5", "nan", "inf", "1e400", "Fri, 99 Nov 2026", "3"]),
    max_size=3,
)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(VENDORS), st.integers(100, 999), BODIES, HEADERS)
def test_any_reply_at_all_has_a_fault_of_the_closed_set(
    vendor: str, status: int, body: Any, headers: dict[str, str]
) -> None:
    provider = TABLE[vendor]
    verdict = classify(provider, status, body, headers, NOW, KEY)
    assert verdict.fault in FAULTS
    assert verdict.wait is None or (math.isfinite(verdict.wait) and verdict.wait >= 0)
    assert len(verdict.error) <= 2000
    json.dumps(verdict.error, ensure_ascii=False).encode()
    outcome, verdict = outcome_of(provider, status, body, headers, NOW, KEY)
    assert outcome in get_args(Outcome)
    assert verdict.fault in {*FAULTS, ""}
    if verdict.fault in ("blocked_input", "blocked_output"):
        assert outcome == verdict.fault
    else:
        assert (outcome == "failed") == bool(verdict.fault)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(VENDORS), SCALARS, VALUES)
def test_any_finish_reason_at_all_has_an_outcome(vendor: str, reason: Any, body: Any) -> None:
    outcome, fault = finish_outcome(TABLE[vendor], reason, body)
    assert outcome in get_args(Outcome)
    assert (outcome == "failed") <= (fault in FAULTS)


@every_vendor
def test_an_ordinary_answer_is_no_error(vendor: str) -> None:
    for body in (
        completion("回复1"),
        completion(None),
        completion("", error=None, code=0),
        completion("x", code="0", base_resp={"status_code": 0}, service_tier="default"),
        completion("insufficient_quota: Content Exists Risk 1301 重置"),
    ):
        assert read_body(TABLE[vendor], body) is None
        assert outcome_of(TABLE[vendor], 200, body, {}, NOW)[0] == "answered"
