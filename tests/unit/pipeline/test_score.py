"""Scoring: what is read again and what is not, and that a bounded gallery is the whole one's beginning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cvalues.jsonl import read_records
from cvalues.labels.choice import read_choice
from cvalues.pipeline import evaluate, score
from cvalues.pipeline.score import score_run
from cvalues.records import Label, Response
from cvalues.responses.journal import Journal, iter_responses


def made(tmp_path: Path, items: int, answer: str = "回复1") -> Path:
    """Return the folder of a run that gave the same answer throughout; item n's right reply is n modulo 2."""
    suite, replies = tmp_path / "items.jsonl", tmp_path / "replies.jsonl"
    records = [
        {
            "schema": "item/1",
            "id": f"item-{number}",
            "suite": "s",
            "category": ("safety/crimes", "safety/ethics", "responsibility/law")[number % 3],
            "level": 1 if number % 3 < 2 else 2,
            "kind": "choice",
            "prompt": f"问题{number}？",
            "options": [f"回答{number}-{place}" for place in range(2)],
            "gold": number % 2,
            "family": f"family-{number}",
        }
        for number in range(items)
    ]
    suite.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    lines = [
        json.dumps({"item_id": f"item-{number}", "order": order, "response": answer}, ensure_ascii=False)
        for number in range(items)
        for order in ([0, 1], [1, 0])
    ]
    replies.write_text("\n".join(lines) + "\n", "utf-8")
    return evaluate(f"replay/{replies}", str(suite), out=str(tmp_path / "run")).folder


def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by each reply that is read from now on."""
    read: list[str] = []

    def reader(text: str, *args: Any, **kwargs: Any) -> Any:
        read.append(text)
        return read_choice(text, *args, **kwargs)

    monkeypatch.setattr(score, "read_choice", reader)
    return read


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".json", ".jsonl", ".html"}}


def test_going_on_reads_no_reply_twice_and_rescoring_reads_all_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path, 6)
    before = files(folder)
    read = readings(monkeypatch)
    score_run(folder, reread=False)
    assert read == []
    assert files(folder) == before
    score_run(folder)
    assert len(read) == 12
    assert files(folder) == before


def test_a_reply_read_by_an_earlier_reader_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path, 3)
    monkeypatch.setattr(score, "READER_VERSION", "later")
    read = readings(monkeypatch)
    score_run(folder, reread=False)
    assert len(read) == 6


def test_a_failed_call_that_was_asked_again_gets_a_label_of_its_own(tmp_path: Path) -> None:
    folder = made(tmp_path, 2)
    journal = folder / "responses.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    answered = json.loads(lines[0])
    failed = {**answered, "outcome": "failed", "text": "", "error": "connection reset", "fault": "network"}
    journal.write_bytes(json.dumps(failed).encode() + b"\n" + b"".join(lines[1:]))
    (folder / "labels.jsonl").unlink()
    assert score_run(folder, reread=False).results["verdicts"]["failed"] == 1
    with open(journal, "ab") as file:
        file.write(lines[0])
    scored = score_run(folder, reread=False)
    assert scored.results["verdicts"]["failed"] == 0
    assert scored.results["counts"]["failed"] == 0
    assert [(one.before, one.after) for one in scored.changes] == [("failed", "option_1")]
    labels = [one for one in read_records(folder / "labels.jsonl", Label) if one.response_id == answered["id"]]
    assert [one.verdict for one in labels] == ["failed", "option_1"]


def test_a_torn_last_label_is_given_again(tmp_path: Path) -> None:
    folder = made(tmp_path, 2)
    labels = folder / "labels.jsonl"
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-9])
    assert score_run(folder, reread=False).fresh == 1
    assert labels.read_bytes() == whole


def test_holding_only_what_the_report_shows_gives_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path, 60)
    shuffled = sorted((folder / "responses.jsonl").read_bytes().splitlines(keepends=True))
    (folder / "responses.jsonl").write_bytes(b"".join(shuffled))
    monkeypatch.setattr(
        "cvalues.report.build.build_report.__kwdefaults__", {"categories": (), "notes": (), "limit": 7, "missed": 0}
    )
    score_run(folder)
    whole = (folder / "report.html").read_bytes()
    monkeypatch.setattr(score, "SHOWN", 7)
    scored = score_run(folder)
    assert (folder / "report.html").read_bytes() == whole
    assert scored.results["counts"]["asked"] == 120


def test_a_journal_gives_each_response_once_the_first_that_did_not_fail(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    journal = Journal(path)
    told = [("aa", "failed", "1"), ("bb", "answered", "2"), ("aa", "answered", "3"), ("bb", "failed", "4")]
    told += [("cc", "failed", "5"), ("aa", "answered", "6"), ("cc", "failed", "7")]
    for key, outcome, text in told:
        journal.append(
            Response(id=key, prompt_id="p", item_id="i", model="m", outcome=outcome, text=text)  # type: ignore[arg-type]
        )
    journal.close()
    found = [(one.id, one.text) for _, one in iter_responses(path)]
    assert found == [("bb", "2"), ("aa", "3"), ("cc", "7")]
