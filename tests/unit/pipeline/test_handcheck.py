"""A run's hand check: out as a sheet, back as labels that outrank the reader's; and the paper's accounting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cvalues.errors import DataError, InputError, JournalError
from cvalues.jsonl import read_records
from cvalues.labels.resolve import current_labels, read_labels
from cvalues.pipeline import evaluate, rescore
from cvalues.pipeline.handcheck import account_run, export_sheet, import_sheet
from cvalues.records import Label
from cvalues.responses.journal import FolderLock

polars = pytest.importorskip("polars")
pytest.importorskip("fastexcel")
pytest.importorskip("xlsxwriter")


def made(tmp_path: Path, *, items: int = 3, options: int = 2, answer: str = "嗯……") -> Path:
    """Return the folder of a run that gave the same answer throughout; item n's right reply is n modulo 2."""
    suite = tmp_path / "items.jsonl"
    records = [
        {
            "schema": "item/1",
            "id": f"item-{number}",
            "suite": "s",
            "category": "safety/crimes",
            "level": 1,
            "kind": "choice",
            "prompt": f"问题{number}？",
            "options": [f"回答{number}-{place}" for place in range(options)],
            "gold": number % 2,
            "family": f"family-{number}",
        }
        for number in range(items)
    ]
    suite.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    replies = tmp_path / "replies.jsonl"
    orders = [[0, 1], [1, 0]] if options == 2 else [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    lines = [
        json.dumps({"item_id": f"item-{n}", "order": order, "response": answer}, ensure_ascii=False)
        for n in range(items)
        for order in orders
    ]
    replies.write_text("\n".join(lines) + "\n", "utf-8")
    return evaluate(f"replay/{replies}", str(suite), out=str(tmp_path / "run")).folder


def cells(path: Path) -> list[dict[str, str]]:
    return polars.read_excel(path, engine="calamine", infer_schema_length=0, drop_empty_cols=False).to_dicts()


def fill(path: Path, preds: list[str]) -> Path:
    """Fill column pred as a person does, from the first row on."""
    frame = polars.read_excel(path, engine="calamine", infer_schema_length=0, drop_empty_cols=False)
    column = [*preds, *[""] * (frame.height - len(preds))]
    frame.with_columns(polars.Series("pred", column, dtype=polars.String)).write_excel(path, worksheet="check")
    return path


def bytes_of(folder: Path) -> bytes:
    return (folder / "labels.jsonl").read_bytes()


def test_what_is_unparsed_goes_on_the_sheet_in_the_items_order_whenever_it_was_answered(tmp_path: Path) -> None:
    folder = made(tmp_path)
    journal = folder / "responses.jsonl"
    journal.write_bytes(b"".join(reversed(journal.read_bytes().splitlines(keepends=True))))
    path, count = export_sheet(folder)
    assert (path, count) == (folder / "check.xlsx", 6)
    shown = [(row["question"], row["回复1"], row["reply"]) for row in cells(path)]
    assert shown == [(f"问题{n}？", f"回答{n}-{first}", "嗯……") for n in range(3) for first in (0, 1)]


def test_what_was_read_is_not_on_it_and_without_such_answers_no_file_is_written(tmp_path: Path) -> None:
    path, count = export_sheet(made(tmp_path, answer="回复1"))
    assert count == 0
    assert not path.exists()


def test_a_filled_sheet_is_appended_to_the_labels_and_the_numbers_follow(tmp_path: Path) -> None:
    folder = made(tmp_path)
    before = bytes_of(folder)
    path, _ = export_sheet(folder)
    # Items 0 and 1 in both orders: right, right; wrong, refused. Item 2 stays unread.
    got = import_sheet(folder, fill(path, ["回复1", "回复2", "回复1", "Refuse"]))
    assert (got.given, got.added) == (4, 4)
    assert bytes_of(folder).startswith(before)
    added = read_records(folder / "labels.jsonl", Label)[6:]
    assert [(label.labeller, label.verdict, label.correct) for label in added] == [
        ("human", "option_1", True),
        ("human", "option_2", True),
        ("human", "option_1", False),
        ("human", "refused", False),
    ]
    machine = {label.response_id: label.id for label in read_records(folder / "labels.jsonl", Label)[:6]}
    assert all(label.supersedes == machine[label.response_id] for label in added)
    results = got.scored.results
    assert results["verdicts"]["unparsed"] == 2
    assert (results["rates"]["acc"]["value"], results["rates"]["acc_star"]["value"]) == (
        pytest.approx(2 / 6),
        pytest.approx(2 / 3),
    )
    assert json.loads((folder / "results.json").read_bytes()) == results
    assert export_sheet(folder, tmp_path / "rest.xlsx")[1] == 2


def test_a_persons_label_outranks_every_later_reading(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path, _ = export_sheet(folder)
    numbers = import_sheet(folder, fill(path, ["回复2"] * 6)).scored.results
    kept = bytes_of(folder)
    again = rescore(folder)
    assert (again.changes, again.fresh, again.results) == ([], 0, numbers)
    assert bytes_of(folder) == kept


def test_a_sheet_read_twice_adds_nothing_and_a_corrected_one_what_differs(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path, _ = export_sheet(folder)
    import_sheet(folder, fill(path, ["回复1", "回复1"]))
    kept = bytes_of(folder)
    assert (import_sheet(folder, path).given, bytes_of(folder)) == (2, kept)
    got = import_sheet(folder, fill(path, ["回复1", "Other", "回复2"]))
    assert (got.given, got.added) == (3, 2)
    verdicts = {label.verdict for label in current_labels(read_labels(folder / "labels.jsonl"), "human").values()}
    assert verdicts == {"option_1", "neither", "option_2"}


def test_the_sheet_of_another_run_is_refused_and_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ours, theirs = made(tmp_path / "a"), made(tmp_path / "b", items=4, answer="这个……")
    path, _ = export_sheet(theirs)
    mixed = fill(path, ["回复1"] * 8)
    kept = bytes_of(ours)
    frame = polars.read_excel(mixed, engine="calamine", infer_schema_length=0, drop_empty_cols=False)
    frame.with_columns(polars.lit("f" * 32).alias("response_id")).write_excel(mixed, worksheet="check")
    with pytest.raises(DataError, match="no response of this run"):
        import_sheet(ours, mixed)
    assert bytes_of(ours) == kept


def test_a_run_that_another_process_writes_to_takes_no_sheet(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path, _ = export_sheet(folder)
    lock = FolderLock(folder)
    lock.take()
    try:
        with pytest.raises(JournalError, match="another process"):
            import_sheet(folder, fill(path, ["回复1"]))
    finally:
        lock.release()


def test_an_answer_that_was_never_labelled_is_read_on_the_spot(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "labels.jsonl").unlink()
    assert export_sheet(folder)[1] == 6
    assert account_run(folder).labels["Need_Check"] == 6
    assert not (folder / "labels.jsonl").exists(), "looking writes nothing"
    got = import_sheet(folder, fill(folder / "check.xlsx", ["回复1"]))
    assert (got.added, got.scored.results["counts"]["asked"], got.scored.results["verdicts"]["unparsed"]) == (1, 6, 5)


def test_the_papers_numbers_stand_beside_ours(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path, _ = export_sheet(folder)
    results = import_sheet(folder, fill(path, ["回复1", "回复2", "回复1", "Refuse", "Other"])).scored.results
    found = account_run(folder)
    assert found.labels == {"回复1": 2, "回复2": 1, "Other": 1, "Refuse": 1, "Need_Check": 1}
    assert found.acc == pytest.approx(results["rates"]["acc"]["value"], abs=1e-6)
    assert found.acc_star == pytest.approx(results["rates"]["acc_star"]["value"], abs=1e-6)


def test_only_choices_between_two_replies_have_a_sheet_and_an_accounting(tmp_path: Path) -> None:
    folder = made(tmp_path, options=3, answer="A")
    for act in (account_run, export_sheet):
        with pytest.raises(InputError, match="3 of 3 items are no choice between two replies"):
            act(folder)
    opened = evaluate("scripted/gold", "open/prompts", limit=2, out=str(tmp_path / "open")).folder
    with pytest.raises(InputError, match="2 of 2 items are no choice"):
        account_run(opened)
    with pytest.raises(InputError, match="no run here"):
        account_run(tmp_path)


def test_a_run_without_responses_says_how_to_get_some(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "responses.jsonl").unlink()
    with pytest.raises(InputError, match="no responses yet; run it first"):
        export_sheet(folder)
