"""A run's hand check and the paper's accounting of it: from the run folder to a sheet, and back into its labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec

from cvalues.errors import InputError
from cvalues.jsonl import read_records
from cvalues.labels.official import Accounting, account
from cvalues.labels.resolve import LabelFile
from cvalues.labels.sheet import CheckRow, check_row, read_sheet, write_sheet
from cvalues.pipeline.folder import ITEMS, LABELS, RESPONSES, read_manifest
from cvalues.pipeline.score import Scored, label_response, score_run
from cvalues.prompts.template import compile_template
from cvalues.records import Item, Label, Response
from cvalues.responses.journal import FolderLock, Journal, iter_responses

__all__ = ["CHECK_SHEET", "Imported", "account_run", "export_sheet", "import_sheet"]

CHECK_SHEET = "check.xlsx"
"""Name of the sheet in its run folder, unless told otherwise."""

_HUMAN = "human"


class Imported(msgspec.Struct):
    """What reading a sheet back brought.

    Attributes:
        given: rows in which a person has chosen.
        added: labels that are new or differ from the ones that counted before.
        scored: the run's numbers with them.
    """

    given: int
    added: int
    scored: Scored


def export_sheet(folder: Path, path: Path | None = None) -> tuple[Path, int]:
    """Write the sheet of the answers that nobody could read yet; return its path and how many they are.

    Rows stand in the order of the items. Without such answers no file is written.

    Args:
        folder: the run folder.
        path: where to; by default `CHECK_SHEET` in the run folder.

    Raises:
        InputError: when the folder holds no run of two-way choices, or the file is there with rows
            that a person has filled.
        DataError: when a file of the run is broken.
        MissingExtra: without the `tables` extra.
    """
    target = path if path is not None else folder / CHECK_SHEET
    run = _Run(folder)
    rank = {key: place for place, key in enumerate(run.items)}
    unread = sorted(run.unread(), key=lambda pair: (rank[pair[0].item_id], pair[0].repeat, pair[0].order))
    if unread:
        write_sheet(target, (row for _, row in unread))
    return target, len(unread)


def import_sheet(folder: Path, path: Path) -> Imported:
    """Add the labels of a filled sheet to the run and compute its numbers again; no call is made.

    Labels are appended, and a person's outranks the reader's from then on. A sheet read twice adds
    nothing the second time; one that was corrected adds what differs.

    Raises:
        InputError: when the folder holds no run of two-way choices.
        DataError: when the sheet or a file of the run is broken; then nothing is added.
        JournalError: when another process is writing to the run, or the disk is full.
        MissingExtra: without the `tables` extra.
    """
    run = _Run(folder)
    lock = FolderLock(folder)
    lock.take()
    try:
        said: dict[str, Label] = {}
        rows: list[CheckRow] = []
        for _, response, label in run.cases():
            if response.text.strip():  # whatever it is read as by now, it may have been on a sheet
                rows.append(run.known_row(response, label))
            if label.labeller == _HUMAN:
                said[response.id] = label
        given = read_sheet(path, rows, labeller=_HUMAN)
        fresh = [label for label in given if not _says_again(label, said.get(label.response_id))]
        _append(folder / LABELS, fresh)
        return Imported(len(given), len(fresh), score_run(folder, reread=False))
    finally:
        lock.release()


def account_run(folder: Path) -> Accounting:
    """Return the paper's accounting of a run: its five labels, acc and acc*; nothing is written.

    Raises:
        InputError: when the folder holds no run of two-way choices.
        DataError: when a file of the run is broken.
    """
    return account(label for _, _, label in _Run(folder).cases())


class _Run:
    """The responses of a run folder with the label that counts for each.

    Raises:
        InputError: when the folder holds no run, no response, or other items than two-way choices.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = compile_template(read_manifest(folder).template, "manifest.json")
        self.items = {item.id: item for item in read_records(folder / ITEMS, Item)}
        others = sum(item.gold is None or len(item.options) != 2 for item in self.items.values())
        if others:
            raise InputError(
                f"{folder}: {others} of {len(self.items)} items are no choice between two replies; "
                "the paper's labels and the hand-check sheet are for those only"
            )
        if not (folder / RESPONSES).exists():
            raise InputError(f"{folder}: no responses yet; run it first: cvalues run --resume {folder}")

    def cases(self) -> Iterator[tuple[Item, Response, Label]]:
        """Yield every response; one that was not labelled yet, because the run was stopped, is read now."""
        path = self.folder / LABELS
        with LabelFile(path) if path.exists() else nullcontext() as given:
            for _, response in iter_responses(self.folder / RESPONSES):
                item = self.items.get(response.item_id)
                if item is None:
                    raise InputError(f"{self.folder / RESPONSES}: item {response.item_id} is not in {ITEMS}")
                label = given.get(response.id) if given is not None else None
                yield item, response, label or label_response(item, response, self.template)

    def unread(self) -> Iterator[tuple[Response, CheckRow]]:
        """Yield the responses that a person should look at, each with its row."""
        for item, response, label in self.cases():
            row = check_row(item, response, label)
            if row is not None:
                yield response, row

    def known_row(self, response: Response, label: Label) -> CheckRow:
        """Return what reading a sheet needs of a response, without its texts."""
        return CheckRow(
            response_id=response.id,
            question="",
            replies=("", ""),
            text="",
            verdict=label.verdict,
            order=response.order,
            gold=self.items[response.item_id].gold,
            label=label.id,
        )


def _says_again(label: Label, before: Label | None) -> bool:
    return before is not None and (label.verdict, label.rationale) == (before.verdict, before.rationale)


def _append(path: Path, labels: list[Label]) -> None:
    if labels:
        journal = Journal(path)
        try:
            for label in labels:
                journal.append(label)
        finally:
            journal.close()
