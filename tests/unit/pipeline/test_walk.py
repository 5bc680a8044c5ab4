"""The walk: what defines a run, what is refused, and what is said when nothing is left to ask."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import pytest

import cvalues
from conftest import need
from cvalues.cli import report
from cvalues.errors import Incomplete, InputError, JournalError
from cvalues.pipeline import rescore
from cvalues.pipeline.folder import claim_folder, make_folder
from cvalues.pipeline.score import label_response
from cvalues.pipeline.settings import PlannedRun, settings_from
from cvalues.pipeline.walk import prepare, reopen
from cvalues.records import Logprobs, Response
from cvalues.responses.journal import FolderLock


def test_another_file_of_the_same_name_is_another_run(tmp_path: Path) -> None:
    need(importlib.util.find_spec("xllamacpp"), "needs the engine: pip install 'cvalues[local]'")
    file = tmp_path / "model.gguf"
    run = PlannedRun(f"local/{file}", settings_from({"limit": 2, "out": str(tmp_path / "run")}))
    found = []
    for weights in (b"one", b"two", b"one"):
        file.write_bytes(b"GGUF" + weights)
        found.append(prepare(run))
    first, other, again = found
    assert first.manifest.id == again.manifest.id != other.manifest.id
    make_folder(first.folder)
    claim_folder(first.folder, first.manifest, run, first.items)
    with pytest.raises(InputError, match="its fingerprint is"):
        claim_folder(other.folder, other.manifest, run, other.items)
    file.write_bytes(b"GGUF" + b"two")
    with pytest.raises(InputError, match="has changed since this run began"):
        reopen(first.folder)


def test_a_run_that_was_complete_says_that_nothing_was_asked(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    assert cvalues.evaluate("scripted/gold", limit=2, out=out).asked == 4
    again = cvalues.evaluate("scripted/gold", limit=2, out=out)
    assert again.asked == 0
    assert again.results is not None


def test_scoring_waits_for_nobody_who_is_writing(tmp_path: Path) -> None:
    folder = cvalues.evaluate("scripted/gold", limit=2, out=str(tmp_path / "run")).folder
    lock = FolderLock(folder)
    lock.take()
    with pytest.raises(JournalError, match="another process"):
        rescore(folder)
    lock.release()
    assert rescore(folder).changes == []


def test_a_notebook_can_evaluate_inside_its_running_loop(tmp_path: Path) -> None:
    async def cell() -> cvalues.Evaluation:
        return cvalues.evaluate("scripted/gold", limit=2, out=str(tmp_path / "run"))

    assert asyncio.run(cell()).results is not None


def test_a_vendor_that_cannot_be_asked_so_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    run = PlannedRun("moonshot/kimi-k3", settings_from({"thinking": False, "out": str(tmp_path / "run")}))
    with pytest.raises(InputError, match="think"):
        prepare(run, dry=True)
    assert not (tmp_path / "run").exists()


def test_log_probabilities_need_lettered_options(tmp_path: Path) -> None:
    settings = settings_from({"mode": "logprob", "template": "choice-zh", "out": str(tmp_path / "run")})
    with pytest.raises(InputError, match="choice-letter-zh"):
        prepare(PlannedRun("scripted/gold", settings))
    chosen = prepare(PlannedRun("scripted/gold", settings_from({"mode": "logprob"})))
    assert chosen.template.name == "choice-letter-zh"


def test_the_numbers_of_a_part_of_a_run_say_so_and_pass_no_threshold(tmp_path: Path) -> None:
    folder = cvalues.evaluate("scripted/gold", limit=4, out=str(tmp_path / "run")).folder
    lines = (folder / "responses.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "responses.jsonl").write_bytes(b"".join(lines[:5]))
    scored = rescore(folder)
    assert (scored.results["run"]["responses"], scored.results["run"]["calls"]) == (5, 8)
    (note,) = scored.results["notes"]
    assert "5 of 8 calls are recorded" in note["en"]
    for name in ("report.md", "report.html"):
        assert note["zh"] in (folder / name).read_text("utf-8")
    with pytest.raises(Incomplete, match="5 of 8 calls"):
        report.rescore(folder, require=["acc=0.1"])


def test_a_reply_whose_list_of_probabilities_lacks_the_options_is_read_from_its_text(tmp_path: Path) -> None:
    run = prepare(PlannedRun("scripted/gold", settings_from({"mode": "logprob", "limit": 1})))
    item = run.items[0]
    said = {"id": "00", "prompt_id": "p", "item_id": item.id, "model": "m", "outcome": "answered", "order": (0, 1)}
    bare = Response(**said, text="选B", logprobs=Logprobs(labels=(None, None), top={"选": -0.1}))
    label = label_response(item, bare, run.template)
    assert (label.verdict, label.labeller) == ("option_2", "reader")
    sure = Response(**said, text="选B", logprobs=Logprobs(labels=(-0.2, None), top={"A": -0.2}))
    label = label_response(item, sure, run.template)
    assert (label.verdict, label.labeller) == ("option_1", "logprob")
