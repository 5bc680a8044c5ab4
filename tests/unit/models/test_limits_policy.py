"""The pure rules: window, pacer, breaker, backoff."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from cvalues.models.limits_policy import Breaker, Pacer, Window, backoff


def fill(window: Window, now: float, answers: int) -> None:
    for _ in range(answers):
        window.success(now, window.slots)


def test_one_call_goes_first_then_the_window_opens_to_ten_and_doubles_each_round_trip():
    window = Window(100)
    assert window.slots == 1
    window.success(0.0, 1)
    assert window.slots == 10
    fill(window, 0.0, 10)
    assert window.slots == 20
    fill(window, 0.0, 500)
    assert window.slots == 100


def test_a_window_that_is_not_full_does_not_grow():
    window = Window(100)
    window.success(0.0, 1)
    for _ in range(50):
        window.success(0.0, 3)
    assert window.slots == 10


def test_a_cut_takes_a_fifth_once_in_a_cool_down_and_growth_is_additive_after_it():
    window = Window(100)
    fill(window, 0.0, 200)
    assert [window.cut(100.0 + second) for second in range(15)] == [True] + [False] * 14
    assert window.slots == 80
    fill(window, 110.0, 80)
    assert window.slots == 80, "no growth while cooling down"
    fill(window, 116.0, 80)
    assert window.slots == 80 and 80.9 < window.size < 81.1, "one more a round trip"
    assert window.cut(131.0)
    assert window.slots == 64


def test_a_stated_wait_shortens_the_cool_down():
    window = Window(100)
    fill(window, 0.0, 200)
    assert window.cut(100.0, wait=2.0)
    assert not window.cut(101.9, wait=2.0)
    assert window.cut(102.0, wait=0.1)
    assert not window.cut(102.9)
    assert window.cut(103.0)


def test_the_window_grows_again_only_a_cool_down_after_the_wait_that_the_server_asked_for():
    window = Window(100)
    fill(window, 0.0, 200)
    window.cut(100.0, wait=10.0)
    fill(window, 124.9, 500)
    assert window.slots == 80
    fill(window, 125.0, 85)
    assert window.slots == 81


def test_after_a_pause_the_window_starts_from_a_quarter_and_doubles_back_at_once():
    window = Window(100)
    fill(window, 0.0, 200)
    window.cut(100.0)
    window.restart(1)
    assert window.slots == 20
    fill(window, 100.5, 20)
    assert window.slots == 40
    fill(window, 100.5, 100)
    assert window.slots == 80, "back at its size, and no further while cooling down"
    window.restart(2)
    assert window.slots == 5
    window.restart(9)
    assert window.slots == 1


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(-5, 200))), st.integers(1, 300))
def test_the_window_stays_between_one_and_the_most(events: list[tuple[float, int]], most: int):
    window, now = Window(most), 0.0
    for step, event in events:
        now += step
        if event > 0:
            window.success(now, event)
        elif event < 0:
            window.restart(-event)
        else:
            window.cut(now)
        assert 1 <= window.slots <= most
        assert window.slots <= window.size + 1e-6


@given(
    st.sampled_from([1, 3, 20, 60, 90, 600, 5000, 120_000]),
    st.lists(st.floats(0, 5), min_size=30, max_size=120),
)
def test_no_minute_holds_more_than_the_rate_and_one_seconds_worth(rate: int, gaps: list[float]):
    pacer, now, starts = Pacer(rate), 0.0, []
    for gap in gaps:
        now += gap
        starts.append(now + pacer.reserve(now))
    assert starts == sorted(starts)
    for first in starts:
        within = sum(first <= start < first + 59.999 for start in starts)
        assert within <= rate + max(1.0, rate / 60)


def test_a_burst_of_callers_is_spread_at_the_rate():
    pacer = Pacer(60)
    assert [round(pacer.reserve(0.0), 6) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    pacer = Pacer(600)
    waits = [pacer.reserve(0.0) for _ in range(12)]
    assert waits[:10] == [0.0] * 10
    assert 0.09 < waits[10] < 0.11 and 0.19 < waits[11] < 0.21


def test_tokens_spent_beyond_the_booking_delay_the_next_call():
    pacer = Pacer(6000)  # 100 a second
    assert pacer.reserve(0.0, 100) == 0.0
    pacer.settle(900)
    assert 8.9 < pacer.reserve(0.0, 1) < 9.1


def test_a_refused_connection_ends_a_run_after_four_tries_before_the_first_answer():
    breaker = Breaker()
    assert [breaker.failure("network", now) for now in (0.0, 0.2, 0.9, 2.0)] == [False, False, False, True]


def test_an_address_that_swallows_connections_ends_a_run_at_the_second_try():
    breaker = Breaker()
    assert not breaker.failure("network", 10.0)
    assert breaker.failure("network", 23.0)


def test_three_timeouts_end_a_run_before_the_first_answer():
    breaker = Breaker()
    assert [breaker.failure("timeout", 120.0 * n) for n in range(3)] == [False, False, True]


def test_after_the_first_answer_it_takes_twenty_failures_and_thirty_seconds():
    breaker = Breaker()
    breaker.success()
    assert not any(breaker.failure("network", now) for now in range(29))
    assert not breaker.failure("overload", 29.9)
    assert breaker.failure("overload", 30.0)
    breaker = Breaker()
    breaker.success()
    assert not any(breaker.failure("network", 100.0 * n) for n in range(19))
    assert breaker.failure("network", 2000.0)


def test_one_answer_forgets_all_failures():
    breaker = Breaker()
    breaker.success()
    for now in range(100):
        assert not breaker.failure("network", 10.0 * now)
        if now % 15 == 14:
            breaker.success()


@given(st.integers(1, 10_000), st.floats(0.01, 10), st.integers(0, 2**32))
def test_backoff_stays_below_the_cap_and_half_jitter_above_half(failures: int, base: float, seed: int):
    top = min(60.0, base * 2.0 ** min(failures - 1, 30))
    assert 0 <= backoff(random.Random(seed), failures, base) <= top
    assert top / 2 <= backoff(random.Random(seed), failures, base, jitter="half") <= top
