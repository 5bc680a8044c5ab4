"""The walk: what defines a run, what is refused, and what is said when nothing is left to ask."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import cvalues
from cvalues.errors import InputError, JournalError
from cvalues.pipeline import rescore
from cvalues.pipeline.settings import PlannedRun, settings_from
from cvalues.pipeline.walk import prepare, reopen
from cvalues.responses.journal import FolderLock


def recorded(path: Path, reply: str) -> Path:
    """Write a file with one reply to every prompt of two items in both orders."""
    first = cvalues.evaluate("scripted/gold", limit=2, out=str(path.parent / f"asked-{reply}"))
    rows = [json.loads(line) for line in (first.folder / "responses.jsonl").read_text("utf-8").splitlines()]
    lines = [json.dumps({"item_id": row["item_id"], "order": row["order"], "text": reply}) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_another_file_of_the_same_name_is_another_run(tmp_path: Path) -> None:
    file = recorded(tmp_path / "replies.jsonl", "回复1")
    out = str(tmp_path / "run")
    assert cvalues.evaluate(f"replay/{file}", limit=2, out=out).results is not None
    recorded(file, "回复2")
    with pytest.raises(InputError, match="holds another run"):
        cvalues.evaluate(f"replay/{file}", limit=2, out=out)
    with pytest.raises(InputError, match="has changed since this run began"):
        reopen(Path(out))


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
