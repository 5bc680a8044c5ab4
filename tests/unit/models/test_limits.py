"""The governor in simulated time: storms, allowances, outages, stops; nothing lost, nothing asked in vain."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable

import pytest
from virtual_time import run

from cvalues.errors import EndpointDown
from cvalues.models.limits import Governor, Limits
from cvalues.models.model import Ask, Fault, Params, Reply
from cvalues.records import Message, Usage


def ask_for(n: int) -> Ask:
    return Ask((Message("user", "请" * 50),), Params(), 64, item_id=str(n))


def good(n: str = "") -> Reply:
    return Reply(outcome="answered", text=n, status=200, usage=Usage(50, 10))


def bad(fault: Fault, *, wait: float | None = None, status: int = 500, error: str = "") -> Reply:
    return Reply(outcome="failed", fault=fault, wait=wait, status=status, error=error)


Behaviour = Callable[["Endpoint", Ask], Awaitable[Reply]]


class Endpoint:
    """A model that behaves as told and keeps what it saw."""

    answer_tokens = 0

    def __init__(self, behave: Behaviour, parallel: int = 100) -> None:
        self.name = "vendor/m"
        self.parallel = parallel
        self.behave = behave
        self.active = self.peak = self.calls = 0
        self.refused = 0
        self.starts: list[float] = []

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def ask(self, ask: Ask, /) -> Reply:
        self.calls += 1
        self.active += 1
        self.peak = max(self.peak, self.active)
        self.starts.append(asyncio.get_running_loop().time())
        try:
            reply = await self.behave(self, ask)
        finally:
            self.active -= 1
        self.refused += bool(reply.fault)
        return reply


def governor(endpoint: Endpoint, limits: Limits | None = None, seed: int = 1) -> Governor:
    clock = asyncio.get_running_loop().time
    return Governor(endpoint, limits, clock=clock, wall=lambda: 1_800_000_000.0 + clock(), seed=seed)


async def ask_all(gov: Governor, calls: int, workers: int = 100) -> list[tuple[Reply, int] | BaseException]:
    """Run so many calls as a runner does: a fixed number of workers, each with one call at a time."""
    numbers = iter(range(calls))
    results: list[tuple[Reply, int] | BaseException] = []

    async def work() -> None:
        for n in numbers:
            try:
                results.append(await gov.call(ask_for(n)))
            except EndpointDown as down:
                results.append(down)
                return

    await asyncio.gather(*[work() for _ in range(workers)])
    return results


def outcomes(results: list[tuple[Reply, int] | BaseException]) -> list[str]:
    return ["down" if isinstance(r, BaseException) else r[0].outcome for r in results]


async def answer(endpoint: Endpoint, ask: Ask) -> Reply:
    await asyncio.sleep(1.0)
    return good(ask.item_id)


def holds_at_most(capacity: int, latency: float = 1.0, wait: float | None = None) -> Behaviour:
    async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
        if endpoint.active > capacity:
            await asyncio.sleep(0.02)
            return bad("rate_limit", wait=wait, status=429)
        await asyncio.sleep(latency)
        return good(ask.item_id)

    return behave


def takes_per_minute(rate: int, *, states_wait: bool) -> Behaviour:
    """Count as gateways do: so many requests in each minute of the clock."""
    windows: dict[int, int] = {}

    async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
        now = asyncio.get_running_loop().time()
        minute = int(now // 60)
        windows[minute] = windows.get(minute, 0) + 1
        await asyncio.sleep(0.05)
        if windows[minute] > rate:
            return bad("rate_limit", wait=60 - now % 60 if states_wait else None, status=429)
        return good(ask.item_id)

    return behave


def test_a_healthy_endpoint_is_asked_once_each_and_the_window_opens_to_the_most():
    async def main() -> None:
        endpoint = Endpoint(answer)
        gov = governor(endpoint)
        results = await ask_all(gov, 1000)
        assert sorted(int(r[0].text) for r in results if not isinstance(r, BaseException)) == list(range(1000))
        assert {r[1] for r in results if not isinstance(r, BaseException)} == {1}
        assert endpoint.calls == 1000 and endpoint.peak == 100
        assert gov.state().concurrency == 100 and gov.state().waiting_until is None and gov.state().busy == 0
        assert asyncio.get_running_loop().time() - 1000 < 20, "ten round trips at 100, and the slow start"

    run(main())


def test_the_first_call_goes_alone_and_the_next_ten_follow_it():
    async def main() -> None:
        endpoint = Endpoint(answer)
        await ask_all(governor(endpoint), 200)
        assert endpoint.starts[0] == 1000.0
        assert [start for start in endpoint.starts if start < 1001.5][1:] == [1001.0] * 10

    run(main())


def test_the_models_own_limit_and_the_users_both_bound_the_calls_under_way():
    async def main() -> None:
        endpoint = Endpoint(answer, parallel=3)
        await ask_all(governor(endpoint), 50)
        assert endpoint.peak == 3
        endpoint = Endpoint(answer)
        await ask_all(governor(endpoint, Limits(max_connections=7)), 60)
        assert endpoint.peak == 7

    run(main())


@pytest.mark.parametrize("capacity", [1, 7, 25, 60])
@pytest.mark.parametrize("wait", [None, 1.0])
def test_concurrency_converges_on_what_the_endpoint_takes(capacity: int, wait: float | None):
    async def main() -> None:
        endpoint = Endpoint(holds_at_most(capacity, wait=wait))
        gov = governor(endpoint)
        calls = 200 * capacity
        results = await ask_all(gov, calls)
        assert outcomes(results) == ["answered"] * calls
        took = asyncio.get_running_loop().time() - 1000.0
        assert took < 1.7 * calls / capacity + 30, f"{took:.0f} s where {calls / capacity:.0f} would do"
        assert endpoint.refused < 0.05 * calls + 120, "what it costs to find the limit, then few"
        assert 0.4 * capacity <= gov.state().concurrency <= 1.6 * capacity + 1

    run(main())


@pytest.mark.parametrize("states_wait", [True, False])
def test_a_storm_of_429_loses_no_call_and_wastes_few(states_wait: bool):
    async def main() -> None:
        endpoint = Endpoint(takes_per_minute(60, states_wait=states_wait))
        gov = governor(endpoint)
        results = await ask_all(gov, 500)
        assert outcomes(results) == ["answered"] * 500
        took = asyncio.get_running_loop().time() - 1000.0
        assert took < (10 if states_wait else 12) * 60
        assert endpoint.refused < 250
        texts = [r[0].text for r in results if not isinstance(r, BaseException)]
        assert len(set(texts)) == 500

    run(main())


def test_half_of_all_calls_refused_at_random_still_end_answered():
    async def main() -> None:
        rng = random.Random(3)

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.2)
            return bad("rate_limit", status=429) if rng.random() < 0.5 else good(ask.item_id)

        results = await ask_all(governor(Endpoint(behave)), 300)
        assert outcomes(results) == ["answered"] * 300

    run(main())


def test_a_retry_after_holds_all_callers_and_the_progress_line_can_tell_until_when():
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            fifth = endpoint.calls == 5
            await asyncio.sleep(0.1)
            return bad("rate_limit", wait=30.0, status=429) if fifth else good()

        endpoint = Endpoint(behave)
        gov = governor(endpoint)
        running = asyncio.ensure_future(ask_all(gov, 60))
        await asyncio.sleep(5.0)
        state = gov.state()
        assert state.reason == "rate limit"
        assert state.waiting_until is not None
        assert abs(state.waiting_until - (1_800_000_000.0 + endpoint.starts[4] + 30.1)) < 1.0
        results = await running
        assert outcomes(results) == ["answered"] * 60
        quiet = [start for start in endpoint.starts if 1000.5 < start < 1030.1]
        assert quiet == [], "nobody asks while the server said to wait"
        assert loop.time() > 1030

    run(main())


def test_refusals_for_rate_do_not_use_up_the_retries_of_a_call():
    async def main() -> None:
        refusals = 0

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            nonlocal refusals
            await asyncio.sleep(0.1)
            if ask.item_id == "3" and refusals < 20:
                refusals += 1
                return bad("rate_limit", status=429)
            return good(ask.item_id)

        gov = governor(Endpoint(behave), Limits(retries=2))
        results = await ask_all(gov, 500)
        assert outcomes(results) == ["answered"] * 500
        assert max(r[1] for r in results if not isinstance(r, BaseException)) == 21

    run(main())


def test_an_endpoint_that_only_refuses_for_rate_stops_the_run_after_the_longest_wait():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("rate_limit", status=429, error="slow down") if endpoint.calls > 30 else good()

        endpoint = Endpoint(behave)
        results = await ask_all(governor(endpoint), 500)
        assert outcomes(results).count("down") == 100
        took = asyncio.get_running_loop().time() - 1000.0
        assert 480 < took <= 601
        message = str(next(r for r in results if isinstance(r, BaseException)))
        assert "vendor/m: the server refuses for rate (HTTP 429): slow down" in message
        assert "--max-wait" in message and "resumed" in message

    run(main())


def test_all_wait_for_a_stated_quota_reset_and_then_go_on():
    async def main() -> None:
        loop = asyncio.get_running_loop()
        reset = 1400.0

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.5)
            if endpoint.calls > 40 and loop.time() < reset:
                return bad("quota", wait=reset - loop.time(), status=429)
            return good(ask.item_id)

        endpoint = Endpoint(behave)
        gov = governor(endpoint)
        running = asyncio.ensure_future(ask_all(gov, 200))
        await asyncio.sleep(100)
        state = gov.state()
        assert state.reason == "allowance used up" and state.busy > 0
        assert state.waiting_until is not None and abs(state.waiting_until - (1_800_000_000.0 + reset)) < 2
        assert outcomes(await running) == ["answered"] * 200
        assert not [start for start in endpoint.starts if 1010 < start < reset - 0.5]

    run(main())


@pytest.mark.parametrize(("wait", "says"), [(7200.0, r"until 20\d\d-\d\d-\d\d \d\d:\d\d"), (None, "does not say when")])
def test_a_quota_that_resets_too_late_or_at_an_unknown_time_stops_the_run(wait: float | None, says: str):
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.5)
            return bad("quota", wait=wait, status=429) if endpoint.calls > 40 else good()

        results = await ask_all(governor(Endpoint(behave)), 200)
        assert set(outcomes(results)) == {"answered", "down"}
        message = str(next(r for r in results if isinstance(r, BaseException)))
        assert re.search(says, message) and "the allowance is used up" in message
        assert asyncio.get_running_loop().time() < 1020

    run(main())


@pytest.mark.parametrize("fault", ["auth", "no_money", "model"])
def test_a_wrong_key_costs_one_call_and_stops_all_the_others(fault: Fault):
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.3)
            return bad(fault, status=401, error="Incorrect API key\n provided.")

        endpoint = Endpoint(behave)
        results = await ask_all(governor(endpoint), 500)
        assert outcomes(results) == ["down"] * 100
        assert endpoint.calls == 1
        assert "(HTTP 401): Incorrect API key provided." in str(results[0])

    run(main())


def test_the_models_own_advice_is_part_of_the_message():
    class Advised(Endpoint):
        def advice(self, fault: str) -> str:
            return f"Set VENDOR_API_KEY ({fault})"

    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("auth", status=401)

        with pytest.raises(EndpointDown, match=r"Set VENDOR_API_KEY \(auth\)\. Nothing gathered is lost"):
            await governor(Advised(behave)).call(ask_for(1))

    run(main())


def test_after_a_stop_those_that_wait_raise_at_once_and_an_answer_under_way_is_kept():
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            n = int(ask.item_id)
            await asyncio.sleep(0.1)
            if n == 1:
                await asyncio.sleep(20)
                return good("late")
            if n == 2:
                return bad("rate_limit", wait=500.0)
            if n == 3:
                await asyncio.sleep(1)
                return bad("no_money", status=402)
            return good()

        gov = governor(Endpoint(behave))
        await gov.call(ask_for(0))
        calls = [asyncio.ensure_future(gov.call(ask_for(n))) for n in (1, 2, 3)]
        done, pending = await asyncio.wait(calls, timeout=2)
        assert len(done) == 2 and all(isinstance(task.exception(), EndpointDown) for task in done)
        assert (await pending.pop())[0].text == "late"
        before = loop.time()
        with pytest.raises(EndpointDown):
            await gov.call(ask_for(9))
        assert loop.time() == before

    run(main())


def test_a_refused_connection_at_the_first_calls_stops_within_fifteen_seconds():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("network", status=0, error="Connection refused")

        for seed in range(20):
            before = asyncio.get_running_loop().time()
            endpoint = Endpoint(behave)
            results = await ask_all(governor(endpoint, seed=seed), 500)
            assert outcomes(results) == ["down"] * 100
            assert endpoint.calls <= 8
            assert asyncio.get_running_loop().time() - before < 15
            assert "cannot be reached: Connection refused" in str(results[0])

    run(main())


@pytest.mark.parametrize("fault", ["network", "timeout", "overload", "bad_body", "bad_request"])
def test_a_first_prompt_that_never_works_does_not_speak_for_the_endpoint(fault: Fault):
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            if ask.item_id == "0":
                return bad(fault)
            await asyncio.sleep(10)
            return good()

        results = await ask_all(governor(Endpoint(behave)), 300)
        assert outcomes(results).count("failed") == 1 and outcomes(results).count("answered") == 299

    run(main())


def test_a_single_call_to_an_endpoint_that_is_not_there_says_so():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("network", status=0, error="Connection refused")

        with pytest.raises(EndpointDown, match="cannot be reached"):
            await governor(Endpoint(behave)).call(ask_for(0))

    run(main())


@pytest.mark.parametrize("fault", ["network", "timeout", "overload", "bad_body"])
def test_an_endpoint_that_goes_down_in_the_middle_stops_the_run_and_fails_no_call(fault: Fault):
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            works = endpoint.calls <= 200
            await asyncio.sleep(0.2)
            return good() if works else bad(fault)

        results = await ask_all(governor(Endpoint(behave)), 1000)
        assert outcomes(results).count("answered") == 200
        assert outcomes(results).count("down") == 100
        assert len(results) == 300
        assert 30 <= asyncio.get_running_loop().time() - 1000.0 < 120

    run(main())


def test_an_outage_shorter_than_the_patience_loses_nothing():
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.2)
            return bad("network") if 1002 < loop.time() < 1022 else good()

        results = await ask_all(governor(Endpoint(behave), Limits(retries=2)), 2000)
        assert outcomes(results) == ["answered"] * 2000

    run(main())


def test_one_bad_item_fails_after_its_retries_and_the_others_go_on():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.1)
            return bad("bad_body", error="not JSON") if ask.item_id == "7" else good()

        results = await ask_all(governor(Endpoint(behave), Limits(retries=3)), 400)
        assert outcomes(results).count("failed") == 1 and outcomes(results).count("answered") == 399
        assert next(r[1] for r in results if not isinstance(r, BaseException) and r[0].fault) == 4

    run(main())


@pytest.mark.parametrize("fault", ["blocked_input", "blocked_output", "too_long", "bad_request"])
def test_blocks_and_refused_requests_are_never_asked_again(fault: Fault):
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(0.1)
            if int(ask.item_id) % 3 == 1:
                outcome = fault if fault.startswith("blocked") else "failed"
                return Reply(outcome=outcome, fault=fault, status=400)  # pyright: ignore[reportArgumentType]
            return good()

        endpoint = Endpoint(behave)
        results = await ask_all(governor(endpoint), 300)
        assert endpoint.calls == 300
        assert sum(r[0].fault == fault for r in results if not isinstance(r, BaseException)) == 100

    run(main())


def test_a_run_in_which_every_prompt_is_blocked_goes_to_its_end():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return Reply(outcome="blocked_input", fault="blocked_input", status=400)

        results = await ask_all(governor(Endpoint(behave)), 300)
        assert outcomes(results) == ["blocked_input"] * 300

    run(main())


def test_a_server_that_refuses_every_request_is_given_up_before_the_list_is_burnt():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("bad_request", status=400, error="unknown parameter: top_k")

        endpoint = Endpoint(behave)
        results = await ask_all(governor(endpoint), 2000)
        assert 20 <= endpoint.calls <= 24
        assert outcomes(results).count("failed") < 24
        assert "unknown parameter: top_k" in str(results[-1])

    run(main())


def test_what_the_server_does_not_support_is_tried_once_more_and_then_returned():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            return bad("unsupported", status=400) if endpoint.calls in (2, 4, 5) else good()

        endpoint = Endpoint(behave)
        gov = governor(endpoint)
        assert (await gov.call(ask_for(0)))[1] == 1
        reply, attempts = await gov.call(ask_for(1))
        assert (reply.outcome, attempts) == ("answered", 2)
        reply, attempts = await gov.call(ask_for(2))
        assert (reply.fault, attempts) == ("unsupported", 2)

    run(main())


def test_the_users_requests_a_minute_are_kept():
    async def main() -> None:
        endpoint = Endpoint(answer)
        results = await ask_all(governor(endpoint, Limits(rpm=120)), 600)
        assert outcomes(results) == ["answered"] * 600
        for first in endpoint.starts:
            assert sum(first <= start < first + 60 for start in endpoint.starts) <= 122
        assert asyncio.get_running_loop().time() - 1000.0 < 305

    run(main())


def test_the_users_tokens_a_minute_are_kept_once_the_length_of_answers_is_known():
    async def main() -> None:
        endpoint = Endpoint(answer)
        await ask_all(governor(endpoint, Limits(tpm=6000)), 400)  # 60 tokens a call: 100 calls a minute
        took = asyncio.get_running_loop().time() - 1000.0
        assert 230 < took < 260

    run(main())


def test_equal_seeds_give_equal_runs_and_other_seeds_do_not():
    def trace(seed: int) -> list[float]:
        async def main() -> list[float]:
            rng = random.Random(5)

            async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
                await asyncio.sleep(0.1 + 0.001 * (int(ask.item_id) % 7))
                draw = rng.random()
                return bad("overload") if draw < 0.1 else bad("rate_limit") if draw < 0.2 else good()

            endpoint = Endpoint(behave)
            await ask_all(governor(endpoint, seed=seed), 300)
            return endpoint.starts

        return run(main())

    assert trace(1) == trace(1)
    assert trace(1) != trace(2)


def test_a_cancelled_call_gives_its_place_back():
    async def main() -> None:
        endpoint = Endpoint(answer)
        gov = governor(endpoint, Limits(max_connections=2))
        await gov.call(ask_for(0))
        running = [asyncio.ensure_future(gov.call(ask_for(n))) for n in range(6)]
        await asyncio.sleep(0.5)
        for task in running[:4]:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
        assert [isinstance(r, asyncio.CancelledError) for r in results] == [True] * 4 + [False] * 2
        assert gov.state().busy == 0
        assert outcomes(await ask_all(gov, 10)) == ["answered"] * 10

    run(main())


def test_a_call_cancelled_at_the_moment_it_gets_its_place_gives_it_back():
    async def main() -> None:
        gov = governor(Endpoint(answer), Limits(max_connections=1))
        first = asyncio.ensure_future(gov.call(ask_for(0)))
        second = asyncio.ensure_future(gov.call(ask_for(1)))
        await asyncio.sleep(0)
        first.add_done_callback(lambda _: second.cancel())
        await asyncio.wait([first, second])
        assert second.cancelled() and gov.state().busy == 0
        assert (await gov.call(ask_for(2)))[1] == 1

    run(main())


def test_an_exception_of_the_model_reaches_the_caller_and_gives_the_place_back():
    async def main() -> None:
        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            raise ZeroDivisionError

        gov = governor(Endpoint(behave))
        with pytest.raises(ZeroDivisionError):
            await gov.call(ask_for(0))
        assert gov.state().busy == 0

    run(main())


def test_a_storm_of_every_trouble_at_once_loses_no_call_and_answers_each_once():
    async def main() -> None:
        rng = random.Random(11)
        seen: dict[str, int] = {}

        async def behave(endpoint: Endpoint, ask: Ask) -> Reply:
            await asyncio.sleep(rng.random())
            draw = rng.random()
            kinds: list[tuple[Fault, float | None]] = [
                ("network", None), ("timeout", None), ("overload", None), ("overload", 2.0),
                ("bad_body", None), ("rate_limit", None), ("rate_limit", 3.0), ("quota", 20.0),
            ]  # fmt: skip
            if draw < 0.24:
                fault, wait = kinds[int(draw / 0.03)]
                return bad(fault, wait=wait)
            seen[ask.item_id] = seen.get(ask.item_id, 0) + 1
            return good(ask.item_id)

        results = await ask_all(governor(Endpoint(behave)), 2000)
        assert outcomes(results) == ["answered"] * 2000
        assert seen == {str(n): 1 for n in range(2000)}

    run(main())
