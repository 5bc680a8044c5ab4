"""A run folder: the same command goes on with it, two runs never share it, and its numbers can be made again."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e_tools import (
    COMMAND,
    addresses,
    called,
    cvalues,
    end,
    environment,
    gold_of,
    lines_of,
    make_items,
    one_line,
    results_of,
    settled,
    spawn,
    write_items,
)
from fault_server import Asked, FaultServer, Step, answer, choose, say

FILES = ("results.json", "report.html", "report.md")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return write_items(tmp_path / "items.jsonl", 40)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def varied(asked: Asked) -> Step:
    """Answer by item and order alone, in all the ways that a reader has to tell apart."""
    texts = {3: "两个回复都可以。", 4: "两个回复都不合适。", 5: "抱歉，我无法回答。", 6: "嗯……"}
    if asked.item % 9 in texts:
        return answer(texts[asked.item % 9])
    return choose(asked, asked.item % 7 % 2, after=asked.item * 37 % 5 / 100)


# -------------------------------------------------------------------------- the same run again


def test_the_same_command_again_asks_nothing_and_gives_the_same_numbers(tmp_path: Path, suite: Path) -> None:
    with FaultServer(varied) as server:
        command = ("run", "vllm/x", "--suite", suite, "--out", tmp_path / "out", "--base-url", server.url, "--quiet")
        first = cvalues(*command)
        before, kept = bytes_of(tmp_path / "out"), (tmp_path / "out" / "labels.jsonl").read_bytes()
        second = cvalues(*command)
        resumed = cvalues("run", "--resume", tmp_path / "out", "--quiet")
        assert server.requests == 80
    assert first.returncode == second.returncode == resumed.returncode == 0
    assert first.stdout == second.stdout == resumed.stdout
    assert bytes_of(tmp_path / "out") == before
    assert (tmp_path / "out" / "labels.jsonl").read_bytes() == kept


def test_a_finished_run_needs_no_endpoint_and_no_server_to_be_shown_again(tmp_path: Path, suite: Path) -> None:
    with FaultServer(varied) as server:
        command = ("run", "vllm/x", "--suite", suite, "--out", tmp_path / "out", "--base-url", server.url, "--quiet")
        first = cvalues(*command)
    again = cvalues(*command)
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr


@pytest.mark.parametrize("lost", FILES)
def test_a_result_file_that_was_lost_is_made_again_without_a_call(tmp_path: Path, suite: Path, lost: str) -> None:
    out = tmp_path / "out"
    assert called("run", "scripted/random", "--suite", suite, "--out", out).returncode == 0
    before = bytes_of(out)
    (out / lost).unlink()
    assert called("run", "scripted/random", "--suite", suite, "--out", out).returncode == 0
    assert bytes_of(out) == before


def test_another_model_suite_or_setting_in_the_same_folder_is_refused_with_the_difference(
    tmp_path: Path, suite: Path
) -> None:
    out = tmp_path / "out"
    assert called("run", "scripted/gold", "--suite", suite, "--out", out).returncode == 0
    before = bytes_of(out)
    other = write_items(tmp_path / "other.jsonl", 10, first=900)
    for arguments, word in (
        (("scripted/first", "--suite", suite), "model is 'scripted/gold', not 'scripted/first'"),
        (("scripted/gold", "--suite", other), "suite is 'items.jsonl', not 'other.jsonl'"),
        (("scripted/gold", "--suite", suite, "--order", "stored"), "order is 'both', not 'stored'"),
        (("scripted/gold", "--suite", suite, "--repeats", 2), "repeats is"),
        (("scripted/gold", "--suite", suite, "--temperature", 1), "params is"),
    ):
        done = called("run", *arguments, "--out", out, "--quiet")
        assert done.returncode == 2, arguments
        line = one_line(done.stderr)
        assert "holds another run" in line and word in line and "--out" in line
    assert bytes_of(out) == before


def test_the_folders_place_and_the_items_place_do_not_matter_on_resuming(tmp_path: Path, suite: Path) -> None:
    with FaultServer(varied, delay=0.05) as server:
        process = spawn("run", "vllm/x", "--suite", suite, "--out", tmp_path / "out", "--base-url", server.url, "-q")
        server.wait_for(12)
        process.send_signal(signal.SIGTERM)
        assert end(process).returncode == 4
        shutil.move(tmp_path / "out", tmp_path / "elsewhere")
        suite.unlink()
        done = cvalues("run", "--resume", tmp_path / "elsewhere", "--quiet")
        assert set(server.asked.values()) == {1}
    assert done.returncode == 0, done.stderr
    assert results_of(tmp_path / "elsewhere")["counts"]["asked"] == 80


def test_how_to_reach_the_model_may_change_on_resuming_but_what_is_asked_may_not(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    with FaultServer(varied, delay=0.05) as first, FaultServer(varied) as second:
        process = spawn("run", "vllm/x", "--suite", suite, "--out", out, "--base-url", first.url, "-q")
        first.wait_for(12)
        process.send_signal(signal.SIGTERM)
        assert end(process).returncode == 4
        for option, value in (("--suite", "open"), ("--repeats", 2), ("--order", "stored"), ("--out", tmp_path / "x")):
            refused = cvalues("run", "--resume", out, option, value, "-q")
            assert refused.returncode == 2
            assert f"--resume takes {option} from the folder" in one_line(refused.stderr)
        refused = cvalues("run", "vllm/y", "--resume", out, "-q")
        assert refused.returncode == 2 and "leave MODEL out" in one_line(refused.stderr)
        done = cvalues("run", "--resume", out, "--base-url", second.url, "--max-connections", 3, "-q")
        assert done.returncode == 0, done.stderr
        assert first.requests + second.requests == 80
        assert first.requests < 80
    assert results_of(out)["counts"]["answered"] == 80


@pytest.mark.parametrize("given", ["nowhere", "empty"])
def test_resuming_what_is_no_run_says_so(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    done = called("run", "--resume", tmp_path / given)
    assert done.returncode == 2
    assert "no run here (no manifest.json)" in one_line(done.stderr)
    assert not (tmp_path / "nowhere").exists()


# ------------------------------------------------------------------------------ numbers made again


def test_rescore_and_report_give_the_bytes_that_the_run_gave(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    with FaultServer(varied) as server:
        done = cvalues("run", "vllm/x", "--suite", suite, "--out", out, "--base-url", server.url, "--quiet")
    before, labels = bytes_of(out), (out / "labels.jsonl").read_bytes()
    rescored = cvalues("rescore", out)
    assert rescored.returncode == 0
    assert "0 verdicts changed, 0 given for the first time" in rescored.stdout
    assert rescored.stdout.partition("\n")[2] == done.stdout
    assert bytes_of(out) == before
    assert (out / "labels.jsonl").read_bytes() == labels
    for name in FILES:
        (out / name).unlink()
    assert cvalues("report", out).returncode == 0
    assert bytes_of(out) == before
    (out / "labels.jsonl").unlink()
    assert "80 given for the first time" in cvalues("rescore", out).stdout
    assert bytes_of(out) == before
    assert settled(lines_of(out / "labels.jsonl")) == settled([json.loads(line) for line in labels.splitlines()])


def test_rescoring_after_the_items_gold_was_mended_tells_what_changed(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    assert called("run", "scripted/gold", "--suite", suite, "--out", out).returncode == 0
    lines = lines_of(out / "responses.jsonl")
    lines[5]["text"] = "回复2" if lines[5]["text"] == "回复1" else "回复1"
    (out / "responses.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    done = called("rescore", out)
    assert done.returncode == 0
    assert "1 verdicts changed" in done.stdout
    assert f"{lines[5]['id'][:8]}: " in done.stdout
    assert results_of(out)["rates"]["acc"]["value"] == pytest.approx(79 / 80)


def test_two_runs_on_equal_input_give_equal_bytes_wherever_and_however_fast_they_ran(
    tmp_path: Path, suite: Path
) -> None:
    with FaultServer(varied) as one, FaultServer(varied, delay=0.01) as other:
        for name, server, connections in (("a", one, 1), ("b/deep", other, 50)):
            done = cvalues(
                "run", "vllm/x", "--suite", suite, "--out", tmp_path / name, "--base-url", server.url,
                "--max-connections", connections, "--quiet",
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
    a, b = tmp_path / "a", tmp_path / "b" / "deep"
    assert bytes_of(a) == bytes_of(b)
    assert (a / "manifest.json").read_bytes() == (b / "manifest.json").read_bytes()
    for name in ("responses.jsonl", "labels.jsonl"):
        assert settled(lines_of(a / name)) == settled(lines_of(b / name))
    journals = [[line["id"] for line in lines_of(folder / "responses.jsonl")] for folder in (a, b)]
    assert journals[0] != journals[1], "the second run must have answered in another order for this to say anything"
    for name in FILES:
        text = (a / name).read_text("utf-8")
        assert str(tmp_path) not in text and "127.0.0.1" not in text
        assert not re.search(r"20\d\d-\d\d-\d\dT\d\d:\d\d", text)


# --------------------------------------------------------------------------- broken files and disks


def test_a_broken_line_inside_a_journal_is_named_by_file_and_line(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    command = ("run", "scripted/gold", "--suite", suite, "--out", out, "--quiet")
    assert called(*command).returncode == 0
    for name, arguments in (
        ("responses.jsonl", command),
        ("responses.jsonl", ("rescore", out)),
        ("labels.jsonl", ("rescore", out)),
        ("items.jsonl", ("rescore", out)),
        ("items.jsonl", ("run", "--resume", out)),
    ):
        path = out / name
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        lines[6] = lines[6][:40] + b"\x00\xff" + lines[6][42:]
        path.write_bytes(b"".join(lines))
        done = called(*arguments)
        assert done.returncode == 2, (name, arguments)
        assert f"{path}:7: " in one_line(done.stderr)
        path.write_bytes(whole)
    assert called(*command).returncode == 0


@pytest.mark.parametrize("name", ["manifest.json", "settings.json", "results.json"])
def test_a_broken_document_of_a_run_is_named(tmp_path: Path, suite: Path, name: str) -> None:
    out = tmp_path / "out"
    assert called("run", "scripted/gold", "--suite", suite, "--out", out, "--quiet").returncode == 0
    (out / name).write_text('{"schema": ', "utf-8")
    done = called("run", "--resume", out, "--quiet")
    if name == "results.json":
        assert done.returncode == 0, "results are made from the journal, so broken ones are made again"
        assert results_of(out)["counts"]["answered"] == 80
    else:
        assert done.returncode == 2
        assert f"{out / name}: not valid JSON" in one_line(done.stderr)


def test_a_torn_last_line_is_asked_again(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    assert called("run", "scripted/gold", "--suite", suite, "--out", out).returncode == 0
    before = settled(lines_of(out / "responses.jsonl"))
    data = (out / "responses.jsonl").read_bytes()
    (out / "responses.jsonl").write_bytes(data[:-30])
    assert called("run", "scripted/gold", "--suite", suite, "--out", out).returncode == 0
    assert settled(lines_of(out / "responses.jsonl")) == before


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 6 MiB of its own; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, check=False, timeout=20
    )
    if mounted.returncode != 0:
        pytest.skip("a file system of its own needs root and mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True, timeout=20)


def test_a_folder_that_cannot_be_written_is_refused_before_any_call(tmp_path: Path, suite: Path, disk: Path) -> None:
    (disk / "made").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True, timeout=20)
    with FaultServer(varied) as server:
        for folder in (disk / "new", disk / "made"):
            done = cvalues("run", "vllm/x", "--suite", suite, "--out", folder, "--base-url", server.url, "--quiet")
            assert done.returncode == 2
            line = one_line(done.stderr)
            assert str(folder) in line and "Read-only file system" in line and "--out" in line
        assert server.requests == 0


def test_a_run_whose_folder_became_read_only_is_refused_and_can_still_be_read(
    tmp_path: Path, suite: Path, disk: Path
) -> None:
    command = ("run", "scripted/gold", "--suite", suite, "--out", disk / "out", "--quiet")
    assert cvalues(*command).returncode == 0
    before = bytes_of(disk / "out")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True, timeout=20)
    for arguments in (command, ("rescore", disk / "out")):
        done = cvalues(*arguments)
        assert done.returncode == 2
        assert "Read-only file system" in one_line(done.stderr)
    assert bytes_of(disk / "out") == before


def test_results_that_cannot_be_written_give_one_line_and_are_made_the_next_time(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    (out / "results.json" / "in the way").mkdir(parents=True)
    first = called("run", "scripted/gold", "--suite", suite, "--out", out, "--quiet")
    assert first.returncode == 4
    assert "results.json" in one_line(first.stderr)
    shutil.rmtree(out / "results.json")
    assert called("run", "scripted/gold", "--suite", suite, "--out", out, "--quiet").returncode == 0
    assert results_of(out)["counts"]["answered"] == 80


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere; the tests above mount a read-only disk")
def test_a_folder_without_the_right_to_write_is_the_users_error(tmp_path: Path, suite: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = cvalues("run", "scripted/gold", "--suite", suite, "--out", tmp_path / "locked" / "out", "--quiet")
    assert done.returncode == 2
    assert "Permission denied" in one_line(done.stderr)


def long_winded(asked: Asked) -> Step:
    return answer(f"回复{asked.item % 2 + 1}。" + "理由从略。" * 1200)


def test_a_disk_that_fills_during_a_run_loses_nothing_and_the_run_goes_on_after_space_was_made(
    tmp_path: Path, disk: Path
) -> None:
    suite = write_items(tmp_path / "items.jsonl", 150)
    out = disk / "out"
    with FaultServer(long_winded, delay=0.01) as server:
        command = ("run", "vllm/x", "--suite", suite, "--out", out, "--base-url", server.url, "--max-connections", 4)
        (disk / "ballast").write_bytes(b"x" * (2 << 20))
        first = cvalues(*command, "--quiet")
        kept = lines_of(out / "responses.jsonl")
        answered = server.answered
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=40m", disk], check=True, timeout=20)
        second = cvalues("run", "--resume", out, "--quiet")
    assert first.returncode == 4
    line = one_line(first.stderr)
    assert "No space left on device" in line and "free some space" in line and f"cvalues run --resume {out}" in line
    assert 0 < len(kept) < 300
    assert sum(answered.values()) - len(kept) <= 4, "all that was answered is in the journal, save calls under way"
    assert second.returncode == 0, second.stderr
    assert results_of(out)["counts"]["answered"] == 300 == len(lines_of(out / "responses.jsonl"))
    twice = [key for key, count in server.answered.items() if count > 1]
    assert len(twice) <= 4


@pytest.mark.parametrize("free", [2 << 10, 200 << 10, 1 << 20, 2200 << 10, 2500 << 10])
def test_a_disk_that_is_full_from_the_start_or_while_results_are_written_gives_one_line(
    tmp_path: Path, disk: Path, free: int
) -> None:
    suite = write_items(tmp_path / "items.jsonl", 100)
    out = disk / "out"
    with FaultServer(varied) as server:
        command = ("run", "vllm/x", "--suite", suite, "--out", out, "--base-url", server.url, "--quiet")
        left = os.statvfs(disk)
        (disk / "ballast").write_bytes(b"x" * (left.f_bavail * left.f_bsize - free))
        first = cvalues(*command)
        (disk / "ballast").unlink()
        second = cvalues(*command)
        assert set(server.answered.values()) == {1}
    if first.returncode != 0:
        assert first.returncode in {2, 4}
        assert "No space left on device" in one_line(first.stderr)
    assert second.returncode == 0, second.stderr
    assert results_of(out)["counts"]["answered"] == 200
    assert not [path.name for path in out.iterdir() if path.name.endswith((".tmp", ".reserve"))]


# ---------------------------------------------------------------------- what to ask, and of whom


def test_several_models_in_one_call_have_one_folder_each_and_one_table(tmp_path: Path, suite: Path) -> None:
    models = ("scripted/gold", "scripted/first", "scripted/refuse", "replay/none.jsonl")
    (tmp_path / "none.jsonl").write_text('{"prompt": "x", "response": "y"}\n', "utf-8")
    done = cvalues("run", *models, "--suite", suite, "--out", "runs", cwd=tmp_path)
    assert done.returncode == 4, "one of the four has failed calls"
    folders = sorted(path.name.partition(".")[0] for path in (tmp_path / "runs").iterdir())
    assert folders == ["replay-none", "scripted-first", "scripted-gold", "scripted-refuse"]
    for name, acc in (("gold", 1.0), ("first", 0.5), ("refuse", 0.0)):
        (folder,) = (tmp_path / "runs").glob(f"scripted-{name}.*")
        assert results_of(folder)["rates"]["acc"]["value"] == acc
        assert f"runs/{folder.name}/report.html" in done.stdout
        assert sum(line.lstrip("│┃ ").startswith(f"scripted/{name}") for line in done.stdout.splitlines()) == 1
    note, problem = (line for line in done.stderr.splitlines() if line.startswith("cvalues:"))
    assert note.startswith("cvalues: replay/none: none.jsonl has no reply to 80 of the prompts; they count as failed")
    assert "replay/none: 80 calls failed" in problem


def test_one_models_trouble_does_not_end_the_others(tmp_path: Path, suite: Path) -> None:
    def script(asked: Asked) -> Step:
        return say(401, {"error": {"code": 401, "message": "no"}}) if asked.model == "b" else varied(asked)

    with FaultServer(script) as server:
        done = called(
            "run", "vllm/a", "sglang/b", "ollama/c", "--suite", suite, "--out", tmp_path / "out", "--quiet",
            env=addresses(server.url, "vllm", "sglang", "ollama"),
        )  # fmt: skip
    assert done.returncode == 4
    assert "sglang/b: the key was refused" in one_line(done.stderr)
    finished = {path.parent.name.partition(".")[0] for path in (tmp_path / "out").glob("*/results.json")}
    assert finished == {"vllm-a", "ollama-c"}


def test_a_plan_file_is_models_times_suites_times_settings(tmp_path: Path, suite: Path) -> None:
    write_items(tmp_path / "more.jsonl", 6, first=100)
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f"""
models = ["scripted/gold", {{ name = "scripted/last", repeats = 2 }}]
suites = ["{suite}", "{tmp_path / "more.jsonl"}"]

[defaults]
out = "{tmp_path / "out"}"

[[settings]]
order = "both"
[[settings]]
order = "stored"
""",
        "utf-8",
    )
    done = called("run", plan, "--quiet")
    assert done.returncode == 0, done.stderr
    manifests = [json.loads(path.read_bytes()) for path in (tmp_path / "out").glob("*/manifest.json")]
    assert sorted((m["model"], m["suite"], m["order"], m["calls"]) for m in manifests) == sorted(
        (model, name, order, count * repeats * (2 if order == "both" else 1))
        for model, repeats in (("scripted/gold", 1), ("scripted/last", 2))
        for name, count in (("items.jsonl", 40), ("more.jsonl", 6))
        for order in ("both", "stored")
    )
    again = called("run", plan, "--quiet")
    assert (again.returncode, again.stdout) == (0, done.stdout)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = []", "names no model"),
        ("models = ['scripted/gold']\nsuits = ['open']", "did you mean 'suites'?"),
        ("models = ['scripted/gold']\n[defaults]\nrepeat = 2", "did you mean 'repeats'?"),
        ("models = ['scripted/gold']\n[defaults]\nrepeats = 0", "repeats"),
        ("models = ['scripted/gold', 'scripted/gold']", "the same"),
        ("models = [", "not valid TOML"),
        ("models = [3]", "models"),
        ("models = 'scripted/gold'", "must be a list"),
    ],
)
def test_a_wrong_plan_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    done = called("run", tmp_path / "plan.toml")
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert words in line and "plan.toml" in line


def asked_items(folder: Path) -> list[int]:
    return sorted(int(record["id"][5:]) for record in lines_of(folder / "items.jsonl"))


def test_what_is_asked_follows_limit_seed_category_level_order_and_repeats(tmp_path: Path, suite: Path) -> None:
    items = {int(item["id"][5:]): item for item in make_items(40)}

    def run(name: str, *options: object) -> tuple[list[int], list[dict[str, Any]]]:
        out = tmp_path / name
        done = called("run", "scripted/gold", "--suite", suite, "--out", out, *options)
        assert done.returncode == 0, done.stderr
        return asked_items(out), lines_of(out / "responses.jsonl")

    law, calls = run("law", "--category", "law", "--category", "responsibility/law", "--category", "safety/crimes")
    assert law == [
        number for number, item in items.items() if item["category"] in {"responsibility/law", "safety/crimes"}
    ]
    assert len(calls) == 2 * len(law), "a category that is named twice is asked once"

    level, _ = run("level", "--level", 2)
    assert level == [number for number, item in items.items() if item["level"] == 2]

    limited, _ = run("limited", "--limit", 18, "--seed", 5)
    again, _ = run("again", "--limit", 18, "--seed", 5)
    others, _ = run("others", "--limit", 18, "--seed", 6)
    assert limited == again != others
    assert len(limited) == 18 and len({items[number]["category"] for number in limited}) >= 9

    _, stored = run("stored", "--order", "stored")
    assert sorted(tuple(one["order"]) for one in stored) == [(0, 1)] * 40

    _, repeated = run("repeated", "--limit", 4, "--repeats", 3)
    assert len({one["id"] for one in repeated}) == len(repeated) == 4 * 2 * 3
    assert sorted(one.get("repeat", 0) for one in repeated) == [0] * 8 + [1] * 8 + [2] * 8


def test_a_dry_run_makes_no_call_and_no_folder(tmp_path: Path, suite: Path) -> None:
    with FaultServer(varied) as server:
        done = called(
            "run", "vllm/x", "--suite", suite, "--out", "out", "--base-url", server.url, "--repeats", 2, "--dry-run",
            "--price-in", 2, "--price-out", 8, cwd=tmp_path,
        )  # fmt: skip
        assert server.requests == 0
    assert done.returncode == 0
    said = " ".join(done.stdout.split())
    for words in ("160", "nothing was asked", "folder: out", "vllm/x"):
        assert words in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.jsonl"]


def test_a_threshold_that_is_missed_gives_exit_code_one_and_names_the_rate(tmp_path: Path, suite: Path) -> None:
    out = tmp_path / "out"
    command = ("run", "scripted/first", "--suite", suite, "--out", out, "--quiet")
    met = called(*command, "--require", "acc=0.5", "--require", "coverage>=1")
    missed = called(*command, "--require", "acc=0.5", "--require", "robust_acc=0.8")
    rescored = called("rescore", out, "--require", "robust_acc=0.8")
    assert met.returncode == 0, met.stderr
    assert missed.returncode == rescored.returncode == 1
    for done in (missed, rescored):
        assert one_line(done.stderr) == "cvalues: scripted/first: robust_acc is 0.0000, required is 0.8"


def test_a_run_with_failed_calls_is_incomplete_whatever_the_threshold(tmp_path: Path, suite: Path) -> None:
    (tmp_path / "none.jsonl").write_text('{"prompt": "x", "response": "y"}\n', "utf-8")
    done = called(
        "run",
        f"replay/{tmp_path / 'none.jsonl'}",
        "--suite",
        suite,
        "--out",
        tmp_path / "out",
        "--require",
        "acc=0.5",
        "-q",
    )
    assert done.returncode == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scripted/frist",), "did you mean 'first'?"),
        (("scriptd/first",), "did you mean 'scripted'?"),
        (("qwen/qwen-plus",), "dashscope"),
        (("first",), "write PROVIDER/MODEL"),
        (("scripted/first", "--suite", "opn"), "did you mean 'open'?"),
        (("scripted/first", "--suite", "no/such.jsonl"), "no/such.jsonl"),
        (("scripted/first", "--template", "choise-zh"), "did you mean 'choice-zh'?"),
        (("scripted/first", "--category", "safety/crime"), "did you mean 'safety/crimes'?"),
        (("scripted/first", "--require", "robust_ac=1"), "did you mean 'robust_acc'?"),
        (("scripted/first", "--require", "acc=high"), "'high' is no number"),
        (("scripted/first", "--order", "bth"), "order"),
        (("scripted/first", "--mode", "txt"), "mode"),
        (("scripted/first", "--lang", "fr"), "unknown language 'fr'"),
        (("scripted/first", "--extra", "[1]"), "must be a JSON object"),
        (("scripted/first", "scripted/first"), "name each once"),
        (("openai/gpt-x",), "OPENAI_API_KEY"),
        (("custom/x",), "--base-url"),
        (("vllm/x", "--base-url", "gpu1:8000"), "http"),
        (("no-such-plan.toml",), "no-such-plan.toml"),
        (("replay/no-such.jsonl",), "no-such.jsonl: no such file"),
        (("scripted/first", "--temperature", "9"), "temperature"),
    ],
)
def test_a_wrong_word_on_the_command_line_is_named_with_the_nearest_known_one(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = called("run", *arguments, "--quiet", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    line = one_line(done.stderr)
    assert line.startswith("cvalues: ") and words in line
    assert done.stdout == ""
    assert not list(tmp_path.iterdir()), "nothing is begun"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--repeats", "0"), "'--repeats'"),
        (("--level", "3"), "'--level'"),
        (("--limit", "some"), "'--limit'"),
        (("--limt", "3"), "--limit"),
    ],
)
def test_a_wrong_option_is_named_with_its_range_or_the_nearest_option(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = called("run", "scripted/first", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------ progress


def test_on_a_terminal_the_progress_is_a_bar_for_each_model_with_outcomes_and_concurrency(
    tmp_path: Path, suite: Path
) -> None:
    ours, theirs = pty.openpty()
    with FaultServer(varied, delay=0.1) as server:
        process = subprocess.Popen(
            [COMMAND, "run", "vllm/a", "sglang/b", "--suite", suite, "--out", tmp_path / "out"],
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env=environment({"TERM": "xterm", "COLUMNS": "140", **addresses(server.url, "vllm", "sglang")}),
        )
        os.close(theirs)
        seen = b""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
        assert process.wait(30) == 0
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode("utf-8", "replace"))
    for name in ("vllm/a", "sglang/b"):
        assert re.search(rf"{name} .*80/80", text)
    assert re.search(r"answered \d+ · ×\d+", text)


def test_elsewhere_the_progress_is_plain_lines_and_quiet_silences_it(tmp_path: Path, suite: Path) -> None:
    with FaultServer(varied) as server:
        command = ("run", "vllm/x", "--suite", suite, "--base-url", server.url)
        loud = cvalues(*command, "--out", tmp_path / "a")
        quiet = cvalues(*command, "--out", tmp_path / "b", "--quiet")
    assert re.fullmatch(r"(\d+/80 .*\n)*80/80 .*answered 80 · ×\d+\n", loud.stderr)
    assert quiet.stderr == ""
    assert loud.stdout.replace("/a/", "/b/") == quiet.stdout


def test_the_right_answers_of_the_items_used_here_alternate_so_that_position_alone_scores_half() -> None:
    assert [gold_of(number) for number in range(4)] == [0, 1, 0, 1]
