"""A run may be killed at any moment, stopped by hand or by the system: nothing is lost, nothing asked twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from e2e_tools import addresses, cvalues, end, lines_of, one_line, results_of, settled, spawn, wait_until, write_items
from fault_server import Asked, FaultServer, Key, Step, choose, say, stall
from vendor_cases import BEIJING, reset_body

KEPT_AFTER = 2.5
"""Seconds after which a reply must be in the file: flushed every second, with time for a slow machine."""

FILES = ("results.json", "report.html", "report.md")


def some_reply(asked: Asked) -> Step:
    """Answer by item and order alone, so that two runs through it are equal."""
    return choose(asked, (asked.item + asked.order[0] * (asked.item % 3 == 0)) % 2)


def command(suite: Path, folder: Path, server: FaultServer, connections: int) -> list[object]:
    return [
        "run", "vllm/x", "--suite", suite, "--out", folder, "--base-url", server.url,
        "--max-connections", connections, "--quiet",
    ]  # fmt: skip


def asked_in_vain(server: FaultServer, kills: Sequence[float]) -> list[Key]:
    """Return calls asked again although their reply had been there long before the next kill."""
    answered: dict[Key, float] = {}
    wrong: list[Key] = []
    for entry in sorted(server.log, key=lambda entry: entry.came):
        before = answered.get(entry.asked.key)
        if before is not None:
            kill = min((kill for kill in kills if kill > before), default=entry.came)
            if before < kill - KEPT_AFTER:
                wrong.append(entry.asked.key)
        if entry.left:
            answered[entry.asked.key] = entry.left
    return wrong


def tear(path: Path, rng: random.Random) -> None:
    """Cut into the last line, as a write that the kill broke off would have left it."""
    data = path.read_bytes() if path.exists() else b""
    if data:
        last = data.rindex(b"\n", 0, len(data) - 1) + 1 if data.count(b"\n") > 1 else 0
        path.write_bytes(data[: rng.randrange(last, len(data))])


def check_kills(tmp_path: Path, *, items: int, delay: float, kills: int, seed: int, longest: float) -> None:
    """Kill a run so many times, each within `longest` seconds, end it, and hold it against one left alone."""
    rng = random.Random(seed)
    suite, broken, whole = write_items(tmp_path / "items.jsonl", items), tmp_path / "broken", tmp_path / "whole"
    with FaultServer(some_reply) as quick:
        assert cvalues(*command(suite, whole, quick, 20)).returncode == 0

    moments: list[float] = []
    with FaultServer(some_reply, delay=delay) as server:
        for number in range(kills):
            before = server.requests
            process = spawn(*command(suite, broken, server, 4))
            if number % 4 < 3:  # else the kill may hit the start
                wait_until(lambda: server.requests > before or process.poll() is not None)  # noqa: B023 - used at once
            time.sleep(rng.uniform(0.0, longest))
            process.send_signal(signal.SIGKILL)
            moments.append(time.monotonic())
            end(process)
            if number % 3 == 2:
                tear(broken / "responses.jsonl", rng)
        last = cvalues(*command(suite, broken, server, 20))
        in_vain = asked_in_vain(server, moments)
        served = server.requests

    assert last.returncode == 0, last.stderr
    assert settled(lines_of(broken / "responses.jsonl")) == settled(lines_of(whole / "responses.jsonl"))
    assert len(in_vain) <= kills // 3, "only a line that was torn off may have been asked in vain"
    assert served > 2 * items, "some kills must have hit calls under way"
    for name in FILES:
        assert (broken / name).read_bytes() == (whole / name).read_bytes(), name
    assert settled(lines_of(broken / "labels.jsonl")) == settled(lines_of(whole / "labels.jsonl"))


def test_a_run_killed_again_and_again_ends_equal_to_one_left_alone(tmp_path: Path) -> None:
    check_kills(tmp_path, items=120, delay=0.06, kills=5, seed=7, longest=2.0)


@pytest.mark.load
@pytest.mark.parametrize("seed", range(6))
def test_a_long_run_killed_dozens_of_times_ends_equal_to_one_left_alone(tmp_path: Path, seed: int) -> None:
    check_kills(tmp_path, items=600, delay=0.05, kills=30, seed=seed, longest=2.2)


def test_a_kill_while_the_results_are_written_leaves_a_run_that_ends_the_next_time(tmp_path: Path) -> None:
    suite, folder, whole = write_items(tmp_path / "items.jsonl", 150), tmp_path / "out", tmp_path / "whole"
    rng = random.Random(3)
    with FaultServer(some_reply) as server:
        assert cvalues(*command(suite, whole, server, 20)).returncode == 0
        for _ in range(4):
            process = spawn(*command(suite, folder, server, 20))
            wait_until(lambda: len((folder / "responses.jsonl").read_bytes().splitlines()) == 300
                       if (folder / "responses.jsonl").exists() else False)  # fmt: skip
            time.sleep(rng.uniform(0.0, 0.25))
            process.send_signal(signal.SIGKILL)
            end(process)
            tear(folder / "labels.jsonl", rng)
        before = server.requests
        assert cvalues(*command(suite, folder, server, 20)).returncode == 0
        assert server.requests == before == 600
    for name in FILES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    assert settled(lines_of(folder / "labels.jsonl")) == settled(lines_of(whole / "labels.jsonl"))


# ---------------------------------------------------------------------------- stopped by hand


def started(tmp_path: Path, server: FaultServer, *more: object, model: str = "vllm/x") -> subprocess.Popen[str]:
    suite = write_items(tmp_path / "items.jsonl", 200)
    return spawn("run", model, "--suite", suite, "--out", tmp_path / "out", "--base-url", server.url, *more)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_ctrl_c_or_sigterm_lets_calls_under_way_end_and_says_how_to_resume(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "out"
    with FaultServer(some_reply, delay=0.4) as server:
        process = started(tmp_path, server, "--max-connections", 8, "--quiet")
        server.wait_for(12)
        process.send_signal(number)
        sent = time.monotonic()
        done = end(process)
        asked, answered = server.asked, server.answered
        late = [entry for entry in server.log if entry.came > sent + 0.2]
    assert done.returncode == 4
    line = one_line(done.stderr)
    assert "stopped; every call in flight was kept" in line
    assert f"go on with: cvalues run --resume {folder}" in line
    assert not late, "after the signal nothing new is asked"
    assert asked == answered, "what was under way was waited for"
    assert len(lines_of(folder / "responses.jsonl")) == sum(answered.values()) < 400


def test_what_a_second_ctrl_c_would_do_is_said_while_the_first_is_waited_for(tmp_path: Path) -> None:
    with FaultServer(some_reply, delay=0.5) as server:
        process = started(tmp_path, server, "--max-connections", 4)
        server.wait_for(4)
        process.send_signal(signal.SIGINT)
        done = end(process)
    lines = done.stderr.splitlines()
    assert "stopping: waiting for the calls under way to end; Ctrl-C again stops at once" in lines
    assert "--resume" in lines[-1]


def test_the_command_that_a_stopped_run_names_ends_it(tmp_path: Path) -> None:
    with FaultServer(some_reply, delay=0.1) as server:
        process = started(tmp_path, server, "--max-connections", 8, "--quiet")
        server.wait_for(12)
        process.send_signal(signal.SIGINT)
        words = end(process).stderr.partition("go on with: cvalues ")[2].split()
        server.delay = 0.0
        done = cvalues(*words)
        assert set(server.asked.values()) == {1}
    assert done.returncode == 0, done.stderr
    assert results_of(tmp_path / "out")["counts"]["answered"] == 400


def test_a_second_ctrl_c_stops_at_once_and_loses_only_what_was_under_way(tmp_path: Path) -> None:
    def script(asked: Asked) -> Step:
        return stall() if asked.item >= 20 else some_reply(asked)

    with FaultServer(script) as server:
        process = started(tmp_path, server, "--quiet")
        wait_until(lambda: sum(server.answered.values()) == 40 and server.requests > 44)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None, "calls are under way and are waited for"
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        done = end(process, 5)
        assert time.monotonic() - begun < 3
    assert done.returncode == 4
    line = one_line(done.stderr)
    assert "stopped at once" in line and "--resume" in line
    assert len(lines_of(tmp_path / "out" / "responses.jsonl")) == 40


def test_a_second_ctrl_c_stops_all_of_several_models_at_once(tmp_path: Path) -> None:
    suite = write_items(tmp_path / "items.jsonl", 20)
    with FaultServer(lambda asked: stall()) as server:
        process = spawn(
            "run", "vllm/a", "sglang/b", "llamacpp/c", "--suite", suite, "--out", tmp_path / "out", "--quiet",
            env=addresses(server.url, "vllm", "sglang", "llamacpp"),
        )  # fmt: skip
        server.wait_for(3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        done = end(process, 5)
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 3
    assert all("stopped at once" in line for line in done.stderr.splitlines())


def test_a_ctrl_c_while_all_wait_for_an_allowance_does_not_wait_for_it(tmp_path: Path) -> None:
    reset = datetime.now(BEIJING) + timedelta(seconds=300)

    def script(asked: Asked) -> Step:
        return say(429, reset_body("zhipu", reset)) if asked.item >= 5 else some_reply(asked)

    with FaultServer(script) as server:
        suite = write_items(tmp_path / "items.jsonl", 50)
        process = spawn(
            "run", "zhipu/x", "--suite", suite, "--out", tmp_path / "out", "--base-url", server.url, "--quiet",
            env={"ZHIPU_API_KEY": "k", "ZHIPUAI_API_KEY": "k"},
        )  # fmt: skip
        wait_until(lambda: any(not entry.final for entry in server.log))
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        done = end(process, 5)
    assert done.returncode == 4
    assert "stopped" in one_line(done.stderr)
    assert len(lines_of(tmp_path / "out" / "responses.jsonl")) == 10


# -------------------------------------------------------------------------- two on one folder


def test_a_second_process_on_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with FaultServer(some_reply, delay=0.2) as server:
        process = started(tmp_path, server, "--max-connections", 4, "--quiet")
        server.wait_for(4)
        same = cvalues(*command(tmp_path / "items.jsonl", tmp_path / "out", server, 4))
        resumed = cvalues("run", "--resume", tmp_path / "out", "--quiet")
        process.send_signal(signal.SIGKILL)
        end(process)
        freed = server.requests
        server.delay = 0.0
        after = cvalues(*command(tmp_path / "items.jsonl", tmp_path / "out", server, 50))
    for refused in (same, resumed):
        assert refused.returncode == 4
        assert f"another process (pid {process.pid}) is writing to this run" in one_line(refused.stderr)
    assert after.returncode == 0, "the folder is free as soon as its owner is gone, however it went"
    assert server.requests > freed


def test_two_different_runs_begun_at_once_in_one_folder_do_not_mix(tmp_path: Path) -> None:
    suites = [write_items(tmp_path / f"{name}.jsonl", 10, first=first) for name, first in (("a", 0), ("b", 500))]
    for attempt in range(2):
        folder = tmp_path / f"out{attempt}"
        with FaultServer(some_reply, delay=0.05) as server:
            both = [spawn(*command(suite, folder, server, 2)) for suite in suites]
            ends = [end(process) for process in both]
            codes = sorted(one.returncode for one in ends)
        assert codes[0] == 0 and codes[1] in {2, 4}, ends
        items = {record["item_id"] for record in lines_of(folder / "responses.jsonl")}
        assert items == {record["id"] for record in lines_of(folder / "items.jsonl")}
        assert len(items) == 10
