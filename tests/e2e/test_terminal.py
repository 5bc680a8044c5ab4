"""What a person sees: tables that fit the terminal, Chinese in its width, and nothing that data can do to it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from pathlib import Path

import pytest
from e2e_tools import COMMAND, cvalues, environment, one_line, write_items
from fault_server import Asked, FaultServer, Step, answer, say
from rich.cells import cell_len

HOSTILE = "[red]恶[/red][link=file:///x]\x1b[31m\x1b[2J\x1b]0;t\x07\x9b1m\u202e反\u2066\u200b\r\t\x08末"
"""Rich markup; colours, clearing and a title by escape; a C1 control; bidi and hidden characters; a return."""
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the runs of three models on the bundled suite, under `runs/`, and one of open prompts."""
    folder = tmp_path_factory.mktemp("terminal")
    for models, suite, out in ((("random", "first", "garble"), "open", "runs"), (("gold",), "open/prompts", "asked")):
        done = cvalues("run", *(f"scripted/{one}" for one in models), "--suite", suite, "--out", out, cwd=folder)
        assert done.returncode == 0, done.stderr
    for path in (folder / "runs").iterdir():
        path.rename(path.with_name(path.name.partition(".")[0].removeprefix("scripted-")))
    return folder


def on_terminal(columns: int, *arguments: object, cwd: Path, lang: str = "zh", bar: bool = False) -> str:
    """Return what the command writes to a terminal of that width: its output, or with `bar` its progress."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {**environment({"TERM": "xterm-256color", "CVALUES_LANG": lang})}
    env.pop("COLUMNS", None)
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if bar else theirs,
        stderr=theirs if bar else subprocess.PIPE,
    )
    os.close(theirs)
    seen = bytearray()

    def read() -> None:
        try:
            while block := os.read(ours, 65536):
                seen.extend(block)
        except OSError:
            pass  # the other end is closed: Linux says so by an error

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert process.wait(60) in (0, 4)
        reader.join(10)
    finally:
        process.kill()
        if process.stderr is not None:
            process.stderr.close()
        os.close(ours)
    return seen.decode("utf-8").replace("\r\n", "\n")


def lines_within(text: str, columns: int) -> list[str]:
    """Return the lines as shown, after checking that none is wider than the terminal, nor broken by it."""
    shown = _STYLE.sub("", text).split("\n")
    for line in shown:
        assert not STEERING.search(line), repr(line)
        assert cell_len(line) <= columns, f"{cell_len(line)} columns: {line}"
    return shown


def right_edges(lines: list[str]) -> set[int]:
    """Return where the last column of a table's rows ends; one place, if its columns are straight."""
    rule = next(number for number, line in enumerate(lines) if line.startswith("───"))
    rows: list[str] = []
    for line in lines[rule + 1 :]:
        if line.strip() and not re.search(r"\]\s*$|n = 0\s*$", line):
            break
        rows.append(line)
    return {cell_len(line.rstrip()) for line in rows if line.strip()}


# ------------------------------------------------------------------------------ fits the terminal


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("lang", ["zh", "en"])
class TestOnATerminal:
    """Every command that prints a table, in both languages, at two widths."""

    def test_the_results_of_a_run(self, runs: Path, columns: int, lang: str) -> None:
        told = on_terminal(columns, "report", "runs/random", cwd=runs, lang=lang)
        lines = lines_within(told, columns)
        assert lines[0] == "scripted/random · open"
        assert len(right_edges(lines)) == 1, "columns are straight, whatever the width of characters"
        names = {"zh": ("全部", "1 安全", "2 责任", "违法犯罪", "冷门专业"), "en": ("all", "1 Safety", "Crimes", "Law")}
        for name in names[lang]:
            assert sum(line.strip().startswith(name + " ") for line in lines) == 1, name
        left = {"zh": "窗口较窄，未列出", "en": "left out to fit"}[lang]
        assert any(line.startswith(left) for line in lines) == (columns == 80)

    def test_a_rescore(self, runs: Path, columns: int, lang: str) -> None:
        lines = lines_within(on_terminal(columns, "rescore", "runs/random", cwd=runs, lang=lang), columns)
        assert "0 verdicts changed, 0 given for the first time" in lines

    def test_several_models_side_by_side(self, runs: Path, columns: int, lang: str) -> None:
        models = ("scripted/random", "scripted/first", "scripted/garble")
        told = on_terminal(columns, "run", *models, "--out", f"s{columns}{lang}", "-q", cwd=runs, lang=lang)
        lines = lines_within(told, columns)
        assert [sum(line.startswith(f"{one} ") for line in lines) for one in models] == [1, 1, 1]
        assert len(right_edges(lines)) == 1

    def test_open_replies(self, runs: Path, columns: int, lang: str) -> None:
        lines = lines_within(on_terminal(columns, "report", "asked", cwd=runs, lang=lang), columns)
        assert {"zh": "• 开放题的回复只作记录，未作判读。", "en": "• Open replies are recorded, not labelled."}[
            lang
        ] in lines
        assert not any("n = 0" in line for line in lines)

    @pytest.mark.parametrize("command", [("models", "list"), ("taxonomy", "list"), ("data", "list")])
    def test_a_list(self, runs: Path, columns: int, lang: str, command: tuple[str, str]) -> None:
        lines = lines_within(on_terminal(columns, *command, cwd=runs, lang=lang), columns)
        assert len(lines) > 10
        whole = {"models": "https://dashscope.aliyuncs.com/compatible-mode/v1", "data": "cvalues-responsibility-mc"}
        assert any(whole.get(command[0], "responsibility/intimate_relationship") in line for line in lines)

    def test_a_suite_and_a_plan(self, runs: Path, columns: int, lang: str) -> None:
        lines_within(on_terminal(columns, "data", "show", "open", cwd=runs, lang=lang).partition("\n[")[2], columns)
        told = on_terminal(columns, "run", "scripted/gold", "--dry-run", "--price-in", 2, cwd=runs, lang=lang)
        lines = lines_within(told, columns)
        assert any(re.match(r"scripted/gold .* 144 .* 0\.08$", line.rstrip()) for line in lines)

    def test_the_paper_s_accounting(self, runs: Path, columns: int, lang: str) -> None:
        lines = lines_within(on_terminal(columns, "label", "official", "runs/garble", cwd=runs, lang=lang), columns)
        assert ["Need_Check", "144"] in [line.split() for line in lines]

    def test_the_help(self, runs: Path, columns: int, lang: str) -> None:
        for command in ("", "run", "label", "label sheet-import", "data", "data show", "models check", "taxonomy"):
            told = on_terminal(columns, *command.split(), "--help", cwd=runs, lang=lang)
            wide = [line for line in lines_within(told, 200) if cell_len(line) > columns]
            assert not [line for line in wide if not line.startswith("  cvalues ")], "examples alone stay in one piece"


def test_away_from_a_terminal_tables_are_120_columns_wide_and_obey_columns(runs: Path) -> None:
    for lang in ("zh", "en"):
        plain = cvalues("report", "runs/random", "--lang", lang, cwd=runs)
        lines = lines_within(plain.stdout, 120)
        assert "\x1b" not in plain.stdout
        assert max(map(cell_len, lines)) > 80
        narrow = cvalues("report", "runs/random", "--lang", lang, cwd=runs, env={"COLUMNS": "80"})
        lines_within(narrow.stdout, 80)


def test_a_narrow_terminal_breaks_no_chinese_line_before_its_closing_mark(runs: Path) -> None:
    for columns in range(60, 80):
        told = cvalues("report", "runs/first", "--lang", "zh", cwd=runs, env={"COLUMNS": str(columns)}).stdout
        remarks = [line for line in lines_within(told, columns) if line.strip() and "[" not in line]
        assert not [line for line in remarks if line.strip()[:1] in "。，；：）”"]


# ------------------------------------------------------------------------------------- progress


def slowly(asked: Asked) -> Step:
    return answer("回复1", after=0.2)


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_a_bar_moves_and_stays_on_its_line(tmp_path: Path, columns: int) -> None:
    suite = write_items(tmp_path / "items.jsonl", 20)
    with FaultServer(slowly) as server:
        told = on_terminal(
            columns, "run", "vllm/a-checkpoint-with-quite-a-long-name-0817", "vllm/b", "--suite", suite,
            "--base-url", server.url, "--max-connections", 4, "--out", "out", cwd=tmp_path, bar=True,
        )  # fmt: skip
    frames = [_CURSOR.sub("", line) for line in re.split(r"[\r\n]", told)]
    shown = [line for line in frames if "/40" in line]
    assert all(cell_len(line) <= columns for line in shown)
    counts = [int(found[1]) for line in shown if (found := re.search(r"(\d+)/40", line))]
    assert counts[0] < 40 and counts[-1] == 40, "it moves"
    assert any("━" in line for line in shown), "it is a bar"
    assert re.search(r"vllm/a-check\S* *━+ 40/40 \d+\.\d/s · 有回复 40 · ×\d", "\n".join(shown))
    assert any(line.startswith("vllm/b ") for line in shown)


def test_elsewhere_progress_is_plain_lines_and_quiet_prints_none(tmp_path: Path) -> None:
    suite = write_items(tmp_path / "items.jsonl", 10)
    with FaultServer(slowly) as server:
        command = ("run", "vllm/x", "--suite", suite, "--base-url", server.url)
        loud = cvalues(*command, "--out", "a", cwd=tmp_path)
        quiet = cvalues(*command, "--out", "b", "--quiet", cwd=tmp_path)
    assert "\x1b" not in loud.stderr and "\r" not in loud.stderr and "━" not in loud.stderr
    assert re.fullmatch(r"(\d+/20 .*\n)+", loud.stderr)
    assert quiet.stderr == ""


# ------------------------------------------------------------------- nothing that data can do to it


def test_hostile_items_replies_and_names_print_as_text(tmp_path: Path) -> None:
    items = [
        {
            "schema": "item/1", "id": f"i{number}", "suite": HOSTILE, "category": f"own/{HOSTILE}", "level": 1,
            "kind": "choice", "prompt": f"{HOSTILE}{number}", "options": [f"{HOSTILE}一", f"{HOSTILE}二"],
            "gold": number % 2, "family": HOSTILE, "difficulty": HOSTILE,
        }
        for number in range(4)
    ]  # fmt: skip
    suite, replies = tmp_path / "[bold]items.jsonl", tmp_path / "[red]r.jsonl"
    suite.write_text("".join(json.dumps(one) + "\n" for one in items), "utf-8")
    rows = [{"item_id": f"i{n}", "order": order, "response": HOSTILE} for n in range(4) for order in ([0, 1], [1, 0])]
    replies.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    for lang in ("zh", "en"):
        done = cvalues("run", f"replay/{replies}", "--suite", suite, "--out", "run", "--lang", lang, cwd=tmp_path)
        shown = (done.stdout, done.stderr, cvalues("rescore", "run", cwd=tmp_path).stdout)
        for text in shown:
            assert not STEERING.search(text.replace("\n", "")), repr(text)
        assert "replay/[red]r · [bold]items.jsonl" in done.stdout, "markup is text"
        assert r"own/[red]恶[/red][link=file:///x]\x1b[31m" in done.stdout.replace("\n", "")
    told = on_terminal(80, "report", "run", cwd=tmp_path)
    lines_within(told, 80)
    told = cvalues("data", "show", suite, "--head", 2, cwd=tmp_path).stdout
    assert not STEERING.search(told.replace("\n", ""))


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_servers_error_cannot_steer_the_terminal(tmp_path: Path, status: int) -> None:
    suite = write_items(tmp_path / "items.jsonl", 2)
    body = {"error": {"message": HOSTILE, "code": HOSTILE, "type": HOSTILE}}
    with FaultServer(lambda asked: say(status, body)) as server:
        done = cvalues("run", "vllm/x", "--suite", suite, "--base-url", server.url, "--out", "r", "-q", cwd=tmp_path)
        checked = cvalues("models", "check", "vllm/x", "--base-url", server.url)
    assert done.returncode == 4 and checked.returncode == 2
    for text in (done.stdout, done.stderr, checked.stdout, checked.stderr):
        assert not STEERING.search(text.replace("\n", "")), repr(text)
    one_line(checked.stderr)


def test_a_hostile_model_name_is_spelled_out(tmp_path: Path) -> None:
    suite = write_items(tmp_path / "items.jsonl", 2)
    name = "vllm/[red]m\x1b[2J\u202e"
    with FaultServer(lambda asked: answer("回复1")) as server:
        common = ("--suite", suite, "--base-url", server.url)
        done = cvalues("run", name, *common, "--out", "r", cwd=tmp_path)
        several = cvalues("run", name, "vllm/b", *common, "--out", "s", cwd=tmp_path)
        planned = cvalues("run", name, *common, "--out", "t", "--dry-run", cwd=tmp_path)
    for run in (done, several, planned):
        assert run.returncode == 0, run.stderr
        assert r"vllm/[red]m\x1b[2J\u202e" in run.stdout
        assert not STEERING.search((run.stdout + run.stderr).replace("\n", ""))
    wrong = cvalues("run", "nobody\x1b[2J/x\u202e", cwd=tmp_path)
    assert wrong.returncode == 2
    assert r"unknown model provider 'nobody\x1b[2J'" in one_line(wrong.stderr)


def test_a_terminal_without_chinese_gets_codes_and_no_crash(runs: Path) -> None:
    done = cvalues("report", "runs/random", "--lang", "zh", cwd=runs, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert r"\u5168\u90e8" in done.stdout
