"""How long a server asks to wait, in all the ways in which it may be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.models.provider_rules import WaitRule
from cvalues.models.providers import load_providers
from cvalues.models.waits import read_wait, value_at

NOW = datetime(2026, 11, 20, 2, 0, 0, tzinfo=UTC)
BARE = load_providers()["vllm"]


def wait(rule: WaitRule, message: str = "", body: Any = None, **headers: str) -> float | None:
    provider = msgspec.structs.replace(BARE, waits=(rule,))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_wait(provider, False, named, message, body, NOW)


def at(text: str, zone: str = "+08:00") -> float | None:
    return wait(WaitRule(text="until (.*)$", unit="time", zone=zone), f"until {text}")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-20 10:00:30", 30.0),
        ("2026-11-20T10:00:30", 30.0),
        ("2026/11/20 10:01", 60.0),
        ("2026-11-20 10:00:30.250", 30.0),
        ("2026-11-20T02:00:30Z", 30.0),
        ("2026-11-20 02:00:30 +0000 UTC", 30.0),
        ("2026-11-19 21:00:30 -05:00", 30.0),
        ("2026-11-20 09:59:00", 0.0),
        (str(int(NOW.timestamp()) + 45), 45.0),
        (str((int(NOW.timestamp()) + 45) * 1000), 45.0),
        ("2026-02-30 10:00:00", None),
        ("2026-11-20 25:00:00", None),
        ("tomorrow", None),
        ("99999999999", None),
    ],
)
def test_a_date_is_read_in_its_own_zone_or_the_vendors(text: str, seconds: float | None) -> None:
    got = at(text)
    assert got == seconds if text != "99999999999" else got is not None and got > 1e9


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360.0), ("1h2m3.5s", 3723.5), ("250ms", 0.25), ("2d", 172800.0), ("12", 12.0), ("soon", None)],
)
def test_a_duration_is_read_part_by_part(text: str, seconds: float | None) -> None:
    assert wait(WaitRule(header="x-reset", unit="duration"), x_reset=text) == seconds


def test_a_field_may_be_a_number_or_text_but_not_a_list() -> None:
    rule = WaitRule(field="error.meta.0.after", unit="ms")
    assert wait(rule, body={"error": {"meta": [{"after": 1500}]}}) == 1.5
    assert wait(rule, body={"error": {"meta": [{"after": "1500"}]}}) == 1.5
    assert wait(rule, body={"error": {"meta": [{"after": [1]}]}}) is None
    assert wait(rule, body={"error": {"meta": [{"after": True}]}}) is None
    assert wait(rule, body=[1, 2]) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Fri, 20 Nov 2026 02:00:40 GMT", 40.0),
        ("Fri, 20 Nov 2026 01:00:00 GMT", 0.0),
        ("nan", None),
        ("inf", None),
        ("in a while", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert read_wait(BARE, False, {"retry-after": header}, "", None, NOW) == seconds


def test_a_used_up_allowance_believes_the_vendors_own_words_first() -> None:
    rule = WaitRule(text="after ([0-9]+) s", unit="s")
    provider = msgspec.structs.replace(BARE, waits=(rule,))
    headers = {"retry-after": "9"}
    assert read_wait(provider, False, headers, "after 70 s", None, NOW) == 9.0
    assert read_wait(provider, True, headers, "after 70 s", None, NOW) == 70.0
    assert read_wait(provider, True, headers, "later", None, NOW) == 9.0


@given(st.integers(0, 10**6))
def test_a_stated_moment_gives_back_the_seconds_until_then(seconds: int) -> None:
    local = (NOW + timedelta(seconds=seconds, hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    assert at(local) == float(seconds)


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_the_reading(text: str) -> None:
    for unit in ("s", "ms", "duration", "time"):
        got = wait(WaitRule(text="(?s)(.*)", unit=unit), text)
        assert got is None or got >= 0


def test_a_path_that_leads_nowhere_gives_none() -> None:
    body = {"a": [{"b": 1}]}
    assert value_at(body, "a.0.b") == 1
    for path in ("a.1.b", "a.x", "b", "a.0.b.c", "a.-1"):
        assert value_at(body, path) is None
