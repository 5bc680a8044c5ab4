"""However badly an endpoint behaves, a run through it ends complete, and every outcome is right."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from base64 import b64encode
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from e2e_tools import addresses, cvalues, end, lines_of, make_items, one_line, results_of, spawn, write_items
from fault_server import (
    CHUNKS_CUT,
    CUT,
    RESET,
    Asked,
    FaultServer,
    Step,
    answer,
    by_vendor,
    choose,
    refuse,
    say,
    stall,
)
from vendor_cases import BEIJING, CASES, NOW, Case, reset_body

from cvalues.errors import EndpointDown
from cvalues.models import chat_http
from cvalues.models.chat_http import ChatHTTP
from cvalues.models.limits import Governor, Limits
from cvalues.models.model import RETRYABLE, STOPPING, Ask, Params
from cvalues.models.providers import load_providers
from cvalues.records import Message

KEY = "k-e2e-51c7d0aa94e84f1b"
VENDORS = sorted({case.vendor for case in CASES})
CASES_OF = {vendor: [case for case in CASES if case.vendor == vendor] for vendor in VENDORS}


def keys() -> dict[str, str]:
    """Return an environment with a key for every vendor."""
    return {provider.key_env[0]: KEY for provider in load_providers().values() if provider.key_env}


# ------------------------------------------------------------------- every vendor, in simulated waiting


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Fixed(datetime):
    """A calendar that stands at the day of the vendors' replies."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return NOW


async def play(case: Case, model: ChatHTTP, item: int) -> tuple[str, str, int, float]:
    """Return outcome, fault ("down" when the run stops), attempts and seconds waited for one call."""
    clock = Clock()
    governor = Governor(model, Limits(max_wait=1e9), clock=clock, sleep=clock.sleep)
    ask = Ask((Message("user", f"第{item:05d}题 甲案 乙案"),), Params(), 16, ("回复1", "回复2"))
    try:
        reply, attempts = await governor.call(ask)
    except EndpointDown as stop:
        assert KEY not in str(stop) and "\n" not in str(stop)
        return "stopped", "down", 1, clock.now
    return reply.outcome, reply.fault, attempts, clock.now


def wanted(case: Case) -> tuple[str, str, int]:
    """Return what must come of a call that meets this reply once and is answered after it."""
    fault = case.expect_fault
    if fault in STOPPING or (fault == "quota" and case.expect_wait is None):
        return "stopped", "down", 1
    if fault in RETRYABLE or fault in {"quota", "unsupported"}:
        return "answered", "", 2
    return case.expect_outcome, fault, 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_reply_of_a_vendor_is_dealt_with_over_a_real_connection(
    vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_http, "datetime", Fixed)
    cases = CASES_OF[vendor]

    async def main(url: str) -> list[tuple[str, str, int, float]]:
        model = ChatHTTP(
            name=f"{vendor}/m", model="m", base_url=url, api_key=KEY, provider=load_providers()[vendor], timeout=10
        )
        await model.open()
        try:
            return [await play(case, model, number) for number, case in enumerate(cases)]
        finally:
            await model.close()

    def script(asked: Asked) -> Step:
        return refuse(cases[asked.item]) if asked.attempt == 0 else answer()

    with FaultServer(script) as server:
        found = asyncio.run(main(server.url))
    for number, (case, (outcome, fault, attempts, waited)) in enumerate(zip(cases, found, strict=True)):
        assert (outcome, fault, attempts) == wanted(case), case.id
        assert server.asked[(number, (0, 1))] == attempts, case.id
        if attempts == 2 and case.expect_wait and case.expect_fault in {"rate_limit", "quota", "overload"}:
            assert waited == pytest.approx(max(case.expect_wait, 1.0 if case.expect_fault == "quota" else 0.0)), case.id


# ----------------------------------------------------------------------------- one run of 1,000 calls

DASHSCOPE = CASES_OF["dashscope"]
BLOCKED_IN = refuse(by_vendor(DASHSCOPE, "input blocked"))
BLOCKED_OUT = refuse(by_vendor(DASHSCOPE, "output blocked"))
BLOCKED_IN_A_200 = refuse(by_vendor(DASHSCOPE, "block as an error in a 200"))
BLOCKED_BY_FINISH = answer("", "content_filter")
TOO_LONG = refuse(next(case for case in DASHSCOPE if case.expect_fault == "too_long"))
CUT_SHORT = answer("这个问题要从几个方面来看，首先", "length")
LIMITED = refuse(by_vendor(DASHSCOPE, "requests a minute"))
LIMITED_IN_A_200 = say(
    200, {"error": {"code": "limit_requests", "message": "You exceeded your current requests list."}}
)

FIRST_TROUBLE = {
    10: RESET,
    11: CUT,
    12: CHUNKS_CUT,
    13: say(200, b"<html>gateway</html>"),
    14: say(200, b'{"choices": ['),
    15: say(200, b""),
    16: say(200, {"choices": []}),
    17: say(500, {"error": {"message": "internal"}}),
    18: say(502, b"<html>bad gateway</html>"),
    19: say(503, b"upstream", {"Retry-After": "1"}),
    20: LIMITED,
    21: LIMITED_IN_A_200,
    22: say(429, {"error": {"code": "limit_requests", "message": "slow down"}}, {"Retry-After": "1"}),
    23: stall(),
    24: say(504, b""),
}
"""What the first attempt of an item's calls meets, by the item's number modulo 50."""

SLOWS_ALL = {19, 20, 21, 22}
"""Trouble for which all calls wait; three times of it are enough beside the storms."""

LAST_WORD = {
    1: ("blocked_input", BLOCKED_IN),
    2: ("blocked_input", BLOCKED_IN),
    3: ("blocked_output", BLOCKED_OUT),
    4: ("blocked_output", BLOCKED_IN_A_200),
    5: ("blocked_output", BLOCKED_BY_FINISH),
    6: ("truncated", CUT_SHORT),
    7: ("failed", TOO_LONG),
    8: ("failed", say(400, {"error": {"code": "invalid_parameter_error", "message": "bad field"}})),
    9: ("failed", say(500, {"error": {"message": "always broken"}})),
}
"""The outcome of an item's calls, by the item's number modulo 50; all others are answered."""


class Storm:
    """The script of the long run: trouble by item, and two storms in which all are refused."""

    def __init__(self) -> None:
        self.mended = False
        self.count = 0
        self.until = 0.0

    def __call__(self, asked: Asked) -> Step:
        if self.mended:
            return choose(asked, 0)
        self.count += 1
        if self.count in {400, 900}:
            self.until = time.monotonic() + 0.6
        if time.monotonic() < self.until:
            retry_after = {"Retry-After": "1"} if self.count < 900 else {}
            return say(429, {"error": {"code": "limit_requests", "message": "storm"}}, retry_after)
        number = asked.item % 50
        if number in LAST_WORD:
            return LAST_WORD[number][1]
        trouble = FIRST_TROUBLE.get(number) if asked.attempt == 0 else None
        if trouble is None or (number in SLOWS_ALL and asked.item >= 150):
            return choose(asked, 0)
        return trouble


def outcome_of(item: int) -> str:
    return LAST_WORD[item % 50][0] if item % 50 in LAST_WORD else "answered"


def test_a_run_of_a_thousand_calls_through_all_trouble_ends_complete(tmp_path: Path) -> None:
    suite, folder = write_items(tmp_path / "items.jsonl", 500), tmp_path / "out"
    storm = Storm()
    with FaultServer(storm) as server:
        command = ("run", "dashscope/qwen-x", "--suite", suite, "--out", folder, "--base-url", server.url)
        options = ("--timeout", 1, "--retries", 2, "--quiet")
        first = cvalues(*command, *options, env={"DASHSCOPE_API_KEY": KEY})
        asked, answered = server.asked, server.answered
        storm.mended = True
        second = cvalues(*command, *options, env={"DASHSCOPE_API_KEY": KEY})

    records = lines_of(folder / "responses.jsonl")
    at_first = records[:1000]
    assert {(int(one["item_id"][5:]), tuple(one["order"])): one["outcome"] for one in at_first} == {
        (item, order): outcome_of(item) for item in range(500) for order in ((0, 1), (1, 0))
    }, "no item is lost, none is asked twice, and each outcome is right"
    faults = {one["item_id"]: one["fault"] for one in at_first if one["outcome"] == "failed"}
    assert set(faults.values()) == {"too_long", "bad_request", "overload"}
    for item, order in asked:
        if outcome_of(item) != "failed":
            assert answered[(item, order)] == 1

    failed = {key for key in asked if outcome_of(key[0]) == "failed"}
    assert (first.returncode, second.returncode) == (4, 0), first.stderr + second.stderr
    assert one_line(first.stderr) == (
        f"cvalues: {len(failed)} calls failed and count as not answered; go on with: cvalues run --resume {folder}"
    )
    again = server.asked - asked
    assert again == dict.fromkeys(failed, 1), "the second run asks what failed, once, and nothing else"
    assert set(server.answered.values()) == {1}
    assert len(records) == 1000 + len(failed)

    counts = results_of(folder)["counts"]
    expected = Counter("answered" if outcome_of(n) == "failed" else outcome_of(n) for n in range(500) for _ in "12")
    assert {name: count for name, count in counts.items() if count} == {"asked": 1000, **expected}
    assert KEY not in everything_in(folder) + first.stdout + first.stderr + second.stdout + second.stderr


def test_the_numbers_of_the_first_part_of_a_run_count_failures_as_not_answered(tmp_path: Path) -> None:
    suite, folder = write_items(tmp_path / "items.jsonl", 50), tmp_path / "out"

    def script(asked: Asked) -> Step:
        return LAST_WORD[asked.item][1] if asked.item in LAST_WORD else choose(asked, 0)

    with FaultServer(script) as server:
        done = cvalues(
            "run", "dashscope/qwen-x", "--suite", suite, "--out", folder, "--base-url", server.url,
            "--retries", 0, "--quiet", env={"DASHSCOPE_API_KEY": KEY},
        )  # fmt: skip
    assert done.returncode == 4
    results = results_of(folder)
    assert results["counts"] == {
        "asked": 100, "answered": 82, "truncated": 2, "blocked_input": 4, "blocked_output": 6, "failed": 6,
    }  # fmt: skip
    chose_0 = [n for n in range(50) if n not in LAST_WORD]
    right = sum(item["gold"] == 0 for item in make_items(50) if int(item["id"][5:]) in chose_0)
    assert results["rates"]["acc"]["value"] == pytest.approx(2 * right / 100)
    assert results["rates"]["acc_star"]["value"] == pytest.approx(2 * right / (2 * len(chose_0)), abs=1e-6)
    assert results["verdicts"]["option_1"] == results["verdicts"]["option_2"] == len(chose_0)


def everything_in(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


# ------------------------------------------------------------------------ all vendors in one command


def playable(case: Case) -> bool:
    """Return whether a run goes on after this reply within seconds."""
    return case.expect_fault not in STOPPING | {"quota"} and (case.expect_wait or 0.0) <= 1.5


def test_one_command_over_all_vendors_gets_each_vendors_replies_right(tmp_path: Path) -> None:
    cases = {vendor: [case for case in CASES_OF[vendor] if playable(case)] for vendor in VENDORS}
    most = max(map(len, cases.values()))
    suite, out = write_items(tmp_path / "items.jsonl", 1 + most), tmp_path / "out"

    def script(asked: Asked) -> Step:
        case = dict(enumerate(cases[asked.model], 1)).get(asked.item)
        return refuse(case) if case is not None and asked.attempt == 0 else choose(asked, 0)

    with FaultServer(script) as server:
        done = cvalues(
            "run", *(f"{vendor}/{vendor}" for vendor in VENDORS), "--suite", suite, "--out", out,
            "--order", "stored", "--quiet", env=keys() | addresses(server.url, *VENDORS),
        )  # fmt: skip
    assert done.returncode == 4, done.stderr
    for vendor in VENDORS:
        (folder,) = out.glob(f"{vendor}-{vendor}.*")
        found = {int(one["item_id"][5:]): one for one in lines_of(folder / "responses.jsonl")}
        assert len(found) == 1 + most
        for number, case in enumerate(cases[vendor], 1):
            outcome, fault, attempts = wanted(case)
            assert (found[number]["outcome"], found[number].get("fault", "")) == (outcome, fault), case.id
            assert found[number].get("attempts", 1) >= attempts, case.id
        assert results_of(folder)["counts"]["asked"] == 1 + most
        assert vendor in done.stdout
    assert KEY not in everything_in(out) + done.stdout + done.stderr


def test_a_vendor_of_the_users_own_table_is_understood(tmp_path: Path) -> None:
    table = tmp_path / "mine.toml"
    table.write_text(
        """
[acme]
title_en = "Acme"
title_zh = "甲方"
base_url = "http://localhost:1/v1"
key_env = ["ACME_KEY"]
models = [{ max_tokens = "max_tokens" }]
errors = [
  { code = ["E-PROMPT"], fault = "blocked_input" },
  { code = ["E-REPLY"], fault = "blocked_output" },
]
finish = { halted = "truncated" }
""",
        "utf-8",
    )
    steps = {
        1: say(418, {"error": {"code": "E-PROMPT", "message": "no"}}),
        2: say(200, {"error": {"code": "E-REPLY", "message": "no"}}),
        3: answer("先看", "halted"),
    }
    folder = tmp_path / "out"
    with FaultServer(lambda asked: steps.get(asked.item) or choose(asked, 0)) as server:
        done = cvalues(
            "run", "acme/one", "--providers", table, "--suite", write_items(tmp_path / "i.jsonl", 5), "--out", folder,
            "--base-url", server.url, "--quiet", env={"ACME_KEY": KEY},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = {name: count for name, count in results_of(folder)["counts"].items() if count}
    assert counts == {"asked": 10, "answered": 4, "truncated": 2, "blocked_input": 2, "blocked_output": 2}


# -------------------------------------------------------------------------------- what ends a run


def test_a_wrong_key_stops_the_run_at_once_and_is_told_to_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    body = {"error": {"code": "invalid_api_key", "message": f"Incorrect API key provided: {KEY}"}}
    with FaultServer(lambda asked: say(401, body)) as server:
        begun = time.monotonic()
        done = cvalues(
            "run", "dashscope/qwen-x", "--suite", write_items(tmp_path / "items.jsonl", 500), "--out", folder,
            "--base-url", server.url, env={"DASHSCOPE_API_KEY": KEY},
        )  # fmt: skip
        assert time.monotonic() - begun < 5
        assert server.requests == 1
    assert done.returncode == 4
    line = done.stderr.splitlines()[-1]
    for part in ("key was refused", "HTTP 401", "DASHSCOPE_API_KEY", f"cvalues run --resume {folder}"):
        assert part in line
    assert KEY not in everything_in(folder) + done.stdout + done.stderr
    assert lines_of(folder / "responses.jsonl") == []


def test_a_password_in_the_address_is_used_and_written_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    basic = f"Basic {b64encode(f'me:{KEY}'.encode()).decode()}"
    open_to: list[str] = []

    def script(asked: Asked) -> Step:
        if asked.authorization not in open_to:
            decoded = f"me:{KEY}" if asked.authorization == basic else "nothing"
            return say(401, {"error": {"code": 401, "message": f"{asked.authorization} or {decoded} will not do"}})
        return choose(asked, 0)

    with FaultServer(script) as server:
        address = server.url.replace("//", f"//me:{KEY}@")
        suite = write_items(tmp_path / "items.jsonl", 10)
        refused = cvalues("run", "vllm/x", "--suite", suite, "--out", folder, "--base-url", address, "--quiet")
        open_to.append(basic)
        forgotten = cvalues("run", "--resume", folder, "--quiet")
        done = cvalues("run", "--resume", folder, "--base-url", address, "--quiet")
    assert [one.returncode for one in (refused, forgotten, done)] == [4, 4, 0], done.stderr
    said = "".join(one.stdout + one.stderr for one in (refused, forgotten, done))
    for secret in (KEY, basic.partition(" ")[2]):
        assert secret not in everything_in(folder) + said


@pytest.mark.parametrize("fault", ["auth", "no_money", "model"])
def test_an_account_that_ends_during_a_run_stops_it_and_the_rest_is_asked_later(tmp_path: Path, fault: str) -> None:
    case = next(case for case in CASES_OF["deepseek"] if case.expect_fault == fault)
    suite, folder = write_items(tmp_path / "items.jsonl", 60), tmp_path / "out"
    ended = [True]

    def script(asked: Asked) -> Step:
        return refuse(case) if ended[0] and server.requests > 70 else choose(asked, 0)

    with FaultServer(script) as server:
        command = ("run", "deepseek/x", "--suite", suite, "--out", folder, "--base-url", server.url, "--quiet")
        first = cvalues(*command, env={"DEEPSEEK_API_KEY": KEY})
        ended[0] = False
        second = cvalues("run", "--resume", folder, "--quiet", env={"DEEPSEEK_API_KEY": KEY})
    assert (first.returncode, second.returncode) == (4, 0), first.stderr + second.stderr
    assert "--resume" in one_line(first.stderr)
    assert results_of(folder)["counts"]["answered"] == len(lines_of(folder / "responses.jsonl")) == 120


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_an_endpoint_that_is_down_at_the_start_stops_the_run_within_twenty_seconds(tmp_path: Path) -> None:
    begun = time.monotonic()
    done = cvalues(
        "run", "vllm/x", "--suite", write_items(tmp_path / "items.jsonl", 500), "--out", tmp_path / "out",
        "--base-url", f"http://127.0.0.1:{closed_port()}/v1", "--quiet",
    )  # fmt: skip
    assert time.monotonic() - begun < 20
    assert done.returncode == 4
    assert "the endpoint cannot be reached" in one_line(done.stderr)


def test_an_address_that_is_no_chat_endpoint_stops_the_run_with_the_cure(tmp_path: Path) -> None:
    with FaultServer(lambda asked: answer()) as server:
        done = cvalues(
            "run", "vllm/x", "--suite", write_items(tmp_path / "items.jsonl", 50), "--out", tmp_path / "out",
            "--base-url", server.url.replace("/v1", "/v2"), "--quiet",
        )  # fmt: skip
    assert done.returncode == 4
    assert "HTTP 404" in one_line(done.stderr)


# ------------------------------------------------------------------------------------ allowances


class Allowance:
    """The script of an account whose allowance runs out after 20 requests, until a stated time."""

    def __init__(self, vendor: str, seconds: float) -> None:
        self.vendor = vendor
        self.seconds = seconds
        self.reset: datetime | None = None

    def __call__(self, asked: Asked) -> Step:
        now = datetime.now(BEIJING)
        if self.reset is None and asked.item >= 10:
            self.reset = (now + timedelta(seconds=self.seconds)).replace(microsecond=0)
        if self.reset is not None and now < self.reset:
            return say(429, reset_body(self.vendor, self.reset))
        return choose(asked, 0)


def test_an_allowance_with_a_stated_reset_is_waited_for_and_the_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    allowance = Allowance("zhipu", 4)
    with FaultServer(allowance) as server:
        process = spawn(
            "run", "zhipu/glm-x", "--suite", write_items(tmp_path / "items.jsonl", 30), "--out", folder,
            "--base-url", server.url, "--max-wait", 30, env={"ZHIPU_API_KEY": KEY, "ZHIPUAI_API_KEY": KEY},
        )  # fmt: skip
        done = end(process)
        assert allowance.reset is not None
        refused = [entry for entry in server.log if not entry.final]
        knocks = [entry.came - refused[0].came for entry in server.log]
    assert done.returncode == 0, done.stderr
    assert "waiting: allowance used up until" in done.stderr
    assert results_of(folder)["counts"]["answered"] == 60
    assert not [knock for knock in knocks if 0.5 < knock < 2.5], "nobody knocks while the door is closed"


def test_an_allowance_beyond_max_wait_stops_the_run_and_it_can_be_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with FaultServer(Allowance("zhipu", 3600)) as server:
        env = {"ZHIPU_API_KEY": KEY, "ZHIPUAI_API_KEY": KEY}
        first = cvalues(
            "run", "zhipu/glm-x", "--suite", write_items(tmp_path / "items.jsonl", 30), "--out", folder,
            "--base-url", server.url, "--max-wait", 2, "--quiet", env=env,
        )  # fmt: skip
        kept = lines_of(folder / "responses.jsonl")
        server.script = lambda asked: choose(asked, 0)
        before = server.answered
        second = cvalues("run", "--resume", folder, "--quiet", env=env)
    assert first.returncode == 4
    line = one_line(first.stderr)
    assert "allowance is used up" in line and "--max-wait" in line and f"--resume {folder}" in line
    assert len(kept) >= 10
    assert second.returncode == 0, second.stderr
    assert results_of(folder)["counts"]["answered"] == 60
    assert sum(before.values()) - len(kept) <= 10, "what was answered before the stop is kept, save for calls under way"


def test_a_stated_rate_is_kept_from_our_side(tmp_path: Path) -> None:
    with FaultServer(lambda asked: choose(asked, 0)) as server:
        done = cvalues(
            "run", "vllm/x", "--suite", write_items(tmp_path / "items.jsonl", 10), "--out", tmp_path / "out",
            "--base-url", server.url, "--rpm", 600, "--quiet",
        )  # fmt: skip
        came = sorted(entry.came for entry in server.log)
    assert done.returncode == 0, done.stderr
    assert len(came) == 20
    assert max(sum(start <= other < start + 1 for other in came) for start in came) <= 21
    assert came[-1] - came[0] >= 0.8, "600 a minute are ten a second: twenty calls, ten of them at once, take a second"


def test_a_report_of_hostile_replies_is_json_and_html_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    text = '</script><script>alert(1)</script>\u2028\x00😀 "回复1" {{7*7}} ]]>'
    with FaultServer(lambda asked: answer(text)) as server:
        done = cvalues(
            "run", "vllm/x", "--suite", write_items(tmp_path / "items.jsonl", 3), "--out", folder,
            "--base-url", server.url, "--quiet",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {one["text"] for one in lines_of(folder / "responses.jsonl")} == {text}
    assert "<script>alert(1)" not in (folder / "report.html").read_text("utf-8")
    assert json.loads((folder / "results.json").read_bytes())["counts"]["answered"] == 6
