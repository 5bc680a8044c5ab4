"""From the journal to labels, numbers and report: everything after the calls, repeatable without a call.

`cvalues run` ends with it and `cvalues rescore` is nothing else, so both give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from cvalues import __version__
from cvalues.errors import InputError
from cvalues.jsonl import read_records, write_json, write_text
from cvalues.labels.choice import READER_VERSION, read_choice
from cvalues.labels.resolve import LabelFile, label_id, same_reading
from cvalues.pipeline.folder import (
    ITEMS,
    LABELS,
    REPORT_HTML,
    REPORT_MD,
    RESPONSES,
    RESULTS,
    Manifest,
    read_manifest,
)
from cvalues.prompts.template import Template, compile_template
from cvalues.records import Item, Label, Response
from cvalues.report.build import SHOWN, build_report
from cvalues.report.failures import Failure, make_failure
from cvalues.report.html import render_html
from cvalues.report.markdown import render_markdown
from cvalues.report.text import Text
from cvalues.responses.journal import FolderLock, Journal, iter_responses, responses_at, write_error
from cvalues.stats.rates import Results, Row, row_of, summarize
from cvalues.taxonomy import load

__all__ = ["Change", "Scored", "label_response", "rescore", "score_run", "write_report"]

READER = "reader"
LOGPROB = "logprob"
_WITHOUT_ANSWER = frozenset({"failed", "blocked_input", "blocked_output"})
_OPEN_NOTE = Text("开放题的回复只作记录，未作判读。", "Open replies are recorded, not labelled.")


class Change(msgspec.Struct, frozen=True):
    """A verdict that a new reading changed."""

    response_id: str
    item_id: str
    before: str
    after: str
    rule_before: str
    rule_after: str
    span: str


class Scored(msgspec.Struct):
    """What scoring brought.

    Attributes:
        results: the shape of `results.json`.
        changes: verdicts that differ from the labels that were there before.
        fresh: labels given for the first time.
    """

    results: dict[str, Any]
    changes: list[Change]
    fresh: int
    folder: Path


def score_run(folder: Path, *, report: bool = True, reread: bool = True) -> Scored:
    """Label every response of a run, compute its numbers and write them; no call is made.

    Labels are appended to `labels.jsonl` only where a reading is new or differs. A label that a
    person gave stays the one that counts.

    Args:
        folder: the run folder.
        report: write the reports too.
        reread: read also those replies that this version of the reader has read already.

    Raises:
        InputError: when the folder holds no run or no responses.
        DataError: when one of its files is broken.
        JournalError: when the disk is full.
    """
    manifest = read_manifest(folder)
    if not (folder / RESPONSES).exists():
        raise InputError(f"{folder}: no responses yet; run it first: cvalues run --resume {folder}")
    items = {item.id: item for item in read_records(folder / ITEMS, Item)}
    scorer = _Scorer(folder, manifest, items, reread)
    results = summarize(scorer.rows(), expect=_expected(items.values()))
    if scorer.open:
        counts = msgspec.structs.replace(results.counts, asked=sum(scorer.open.values()), **scorer.open)
        results = msgspec.structs.replace(results, counts=counts)
    numbers: dict[str, Any] = msgspec.to_builtins(results)
    notes = _notes(manifest, scorer)
    told = [note._asdict() for note in notes]
    head = {"schema": numbers.pop("schema"), "run": _head(manifest, scorer.responses), "notes": told}
    document = {**head, **numbers}
    try:
        write_json(folder / RESULTS, document)
        if report:
            _write(folder, results, manifest, scorer, notes)
    except OSError as error:
        raise write_error(folder / RESULTS, error) from error
    return Scored(document, scorer.changes, scorer.fresh, folder)


def rescore(folder: Path) -> Scored:
    """Score a run that no other process is writing to; see `score_run`.

    Raises:
        InputError: when the folder holds no run or no responses.
        JournalError: when another process is writing to it, or the disk is full.
    """
    read_manifest(folder)
    lock = FolderLock(folder)
    lock.take()
    try:
        return score_run(folder)
    finally:
        lock.release()


def write_report(folder: Path) -> list[Path]:
    """Write `report.html` and `report.md` of a scored run again; return their paths.

    Raises:
        InputError: when the folder holds no run.
    """
    scored = rescore(folder)
    return [scored.folder / REPORT_HTML, scored.folder / REPORT_MD]


def label_response(item: Item, response: Response, template: Template) -> Label:
    """Return what a response means, by option probabilities where it has them, else by its text."""
    if response.outcome in _WITHOUT_ANSWER:
        return _label(item, response, response.outcome, "outcome", response.error[:60], READER)
    if response.logprobs is not None and any(value is not None for value in response.logprobs.labels):
        return _by_probability(item, response)
    labels = template.labels(len(item.options))
    options = [item.options[index] for index in response.order]
    reading = read_choice(response.text, labels, options, question=item.prompt, reasoning=template.reasoning)
    verdict, rule = reading.verdict, reading.rule
    if response.outcome == "truncated" and (verdict == "unparsed" or (template.reasoning and not _marked(rule))):
        return _label(item, response, "truncated", "truncated", "", READER)
    return _label(item, response, verdict, rule, reading.span, READER)


def _marked(rule: str) -> bool:
    """Return whether the reader's rule was a marked last line, the only part of cut reasons that decides."""
    return rule == "answer_line"


def _by_probability(item: Item, response: Response) -> Label:
    """Return the displayed label with the highest first-token probability; equal ones are unparsed."""
    found = response.logprobs.labels if response.logprobs is not None else ()
    known = [(value, place) for place, value in enumerate(found) if value is not None]
    best = max(known)
    if sum(value == best[0] for value, _ in known) > 1:
        return _label(item, response, "unparsed", "equally probable options", "", LOGPROB)
    span = f"log p = {best[0]:.3f}"
    return _label(item, response, f"option_{best[1] + 1}", "most probable first token", span, LOGPROB)


def _label(item: Item, response: Response, verdict: str, rule: str, span: str, labeller: str) -> Label:
    choice = None
    if verdict.startswith("option_"):
        choice = response.order[int(verdict.removeprefix("option_")) - 1]
    return Label(
        id=label_id(response.id, labeller, READER_VERSION, verdict, rule),
        response_id=response.id,
        verdict=verdict,
        labeller=labeller,
        labeller_version=READER_VERSION,
        choice=choice,
        correct=None if item.gold is None else choice == item.gold,
        rule=rule,
        span=span,
    )


def _head(manifest: Manifest, responses: int) -> dict[str, Any]:
    """Return what the numbers are about; `responses` of `calls` says whether the run is whole."""
    return {
        "id": manifest.id,
        "model": manifest.model,
        "suite": manifest.suite,
        "template": f"{manifest.template.name} {manifest.template_version}",
        "order": manifest.order,
        "repeats": manifest.repeats,
        "seed": manifest.seed,
        "items": manifest.items,
        "calls": manifest.calls,
        "responses": responses,
        "cvalues": __version__,
        "reader": READER_VERSION,
    }


class _Missed(NamedTuple):
    """A case that was not right: its place in the plan, where its response lies, what was read."""

    rank: int
    repeat: int
    order: tuple[int, ...]
    offset: int
    label: Label


def _first(entries: list[_Missed]) -> list[_Missed]:
    """Return the first cases in plan order, as many as a report can show; no two have one offset."""
    return sorted(entries)[:SHOWN]


class _Scorer:
    """One pass over the journal: gives labels, rows and where the missed cases lie."""

    def __init__(self, folder: Path, manifest: Manifest, items: dict[str, Item], reread: bool) -> None:
        self.folder = folder
        self.items = items
        self.reread = reread
        self.template = compile_template(manifest.template, "manifest.json")
        self.changes: list[Change] = []
        self.fresh = 0
        self.responses = 0
        self.open: dict[str, int] = {}
        self._rank = {key: place for place, key in enumerate(items)}
        self.missed = 0
        self._missed: dict[str, list[_Missed]] = {}
        self._last_shown: dict[str, int] = {}

    def rows(self) -> Iterator[Row]:
        """Yield a row for every response that has a gold; append labels that are new on the way."""
        path = self.folder / LABELS
        with closing(Journal(path)) as journal, LabelFile(path) as before:
            for offset, response in iter_responses(self.folder / RESPONSES):
                item = self.items.get(response.item_id)
                if item is None:
                    raise InputError(f"{self.folder / RESPONSES}: item {response.item_id} is not in {ITEMS}")
                self.responses += 1
                if item.gold is None:
                    self.open[response.outcome] = self.open.get(response.outcome, 0) + 1
                    continue
                label = self._settle(item, response, before.get(response.id), journal)
                if label.correct is not True:
                    self._miss(item, response, offset, label)
                yield row_of(item, response, label)

    def failures(self) -> Iterator[Failure]:
        """Yield the cases that were not right, in plan order: of each category as many as a report can show."""
        first = sorted(entry for entries in self._missed.values() for entry in _first(entries))
        responses = responses_at(self.folder / RESPONSES, [entry.offset for entry in first])
        for entry, response in zip(first, responses, strict=True):
            item = self.items[response.item_id]
            yield make_failure(item, response, entry.label, self.template.labels(len(item.options)))

    def _miss(self, item: Item, response: Response, offset: int, label: Label) -> None:
        """Note a case that was not right; far more than a report can show are not held."""
        self.missed += 1
        rank = self._rank[item.id]
        if rank > self._last_shown.get(item.category, rank):
            return
        entries = self._missed.setdefault(item.category, [])
        entries.append(_Missed(rank, response.repeat, response.order, offset, label))
        if len(entries) >= 4 * SHOWN:
            entries[:] = _first(entries)
            self._last_shown[item.category] = entries[-1].rank

    def _stale(self, before: Label, response: Response) -> bool:
        """Return whether a response has to be read although it has a label."""
        if before.labeller not in {READER, LOGPROB}:
            return False
        mended = before.verdict == "failed" != response.outcome  # a failed call, asked again meanwhile
        return self.reread or mended or before.labeller_version != READER_VERSION

    def _settle(self, item: Item, response: Response, before: Label | None, journal: Journal) -> Label:
        """Return the label that counts, appending the new reading where it says something new."""
        if before is not None and not self._stale(before, response):
            return before
        label = label_response(item, response, self.template)
        if before is not None and same_reading(before, label):
            return before
        if before is None:
            self.fresh += 1
        else:
            label = msgspec.structs.replace(label, supersedes=before.id)
            if before.verdict != label.verdict:
                self.changes.append(
                    Change(
                        response.id,
                        item.id,
                        before.verdict,
                        label.verdict,
                        before.rule,
                        label.rule,
                        label.span,
                    )
                )
        journal.append(label)
        return label


def _expected(items: Iterable[Item]) -> dict[str, list[str]]:
    """Return the taxonomy's categories of the levels of choices asked, so that one without items says n = 0."""
    known = {entry.id: entry.level for entry in load().categories}
    levels = {known[item.category] for item in items if item.gold is not None and item.category in known}
    return {"category": [name for name, level in known.items() if level in levels]}


def _notes(manifest: Manifest, scorer: _Scorer) -> list[Text]:
    """Return what a reader must know of the run as a whole: that it is not complete, that it has open replies."""
    notes = [_OPEN_NOTE] if scorer.open else []
    done, calls = scorer.responses, manifest.calls
    if done < calls:
        notes.append(
            Text(
                f"本次评测没有问完：{calls} 次调用只有 {done} 次有记录，数字只覆盖这一部分；请续跑后再引用。",
                f"This run is not complete: {done} of {calls} calls are recorded and the numbers cover those alone; "
                "resume it before you quote them.",
            )
        )
    return notes


def _write(folder: Path, results: Results, manifest: Manifest, scorer: _Scorer, notes: list[Text]) -> None:
    """Write both reports."""
    report = build_report(
        results,
        msgspec.to_builtins(manifest),
        scorer.failures(),
        categories=load().categories,
        notes=notes,
        missed=scorer.missed,
    )
    write_text(folder / REPORT_HTML, render_html(report))
    write_text(folder / REPORT_MD, render_markdown(report))
