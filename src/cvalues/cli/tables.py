"""What `cvalues run`, `rescore` and `report` print: one run in full, or several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cvalues.cli.terminal import Column, console, echo, fitting_table, safe, wrapped
from cvalues.cli.words import WORDS, language
from cvalues.errors import InputError
from cvalues.records import Estimate
from cvalues.report.figures import SIGNED, interval, value
from cvalues.report.text import Text, name_of, text
from cvalues.stats.findings import findings
from cvalues.stats.rates import Results
from cvalues.taxonomy import load

if TYPE_CHECKING:
    from rich.console import Console

    from cvalues.pipeline.walk import Evaluation, Prepared

__all__ = ["print_plan", "print_results", "print_summary"]

_SUMMED = {"acc": 0, "acc_star": 3, "robust_acc": 0, "coverage": 5, "consistency": 6, "position_bias": 4}
"""Rates of the summary of several runs, with what goes first where there is no room."""
_WIDE = 240


def print_results(evaluation: Evaluation, lang: str = "") -> None:
    """Print the numbers of one run: headline, levels, categories, findings, and where the report is.

    Raises:
        InputError: when there are none yet, or the language is unknown.
    """
    lang = language(lang)
    words, target, results = WORDS[lang], console(), evaluation.results
    if results is None:
        raise InputError(f"{evaluation.folder}: no results yet")
    target.print(safe(f"{evaluation.model} · {results['run']['suite']}"), style="bold")
    if results["rates"]["acc"]["n"]:
        _print_rates(results, target, lang)
    for title, counts in (("outcomes", results["counts"]), ("verdicts", results["verdicts"])):
        if any(counts.values()):
            echo(wrapped(f"{words[title]}: {_counts(counts, title[:-1], lang)}", target.width))
    for remark in _remarks(results, lang):
        echo(wrapped(remark, target.width, lead="• "))
    echo(f"{words['report']}: {evaluation.folder / 'report.html'}")


def print_summary(found: list[Evaluation], lang: str = "") -> None:
    """Print one line for each of several runs; away from a terminal each stays one line."""
    lang = language(lang)
    words, target = WORDS[lang], console(piped=_WIDE)
    whole = [evaluation.results for evaluation in found]
    suites = ["" if results is None else str(results["run"]["suite"]) for results in whole]
    asked = ["" if results is None else str(results["counts"]["asked"]) for results in whole]
    columns = [
        Column(words["model"], [evaluation.model for evaluation in found]),
        Column(words["suite"], suites, rank=0 if len(set(filter(None, suites))) > 1 else 7),
        Column(words["n"], asked, rank=2, right=True),
    ]
    for key, rank in _SUMMED.items():
        cells = [_short(results["rates"][key]) if results else "–" for results in whole]
        if key == "acc":
            cells = [cell if results else words["stopped"] for cell, results in zip(cells, whole, strict=True)]
        columns.append(Column(_rate(key, lang), cells, rank=rank, right=True))
    levels = [results["confidence"] for results in whole if results]
    note = words["percent"].format(p=f"{levels[0] * 100:g}%") if levels else ""
    _print_note(note, _print_table(columns, target), target, lang)
    for evaluation in found:
        echo(f"{words['report']}: {evaluation.folder / 'report.html'}")


def print_plan(prepared: list[Prepared], lang: str = "") -> None:
    """Print what would be asked: runs, calls, tokens as estimated, cost where prices are given."""
    lang = language(lang)
    words, target = WORDS[lang], console(piped=_WIDE)
    manifests = [run.manifest for run in prepared]
    tokens = [_tokens(run) for run in prepared]
    columns = [
        Column(words["model"], [one.model for one in manifests]),
        Column(words["suite"], [one.suite for one in manifests], rank=1),
        Column(words["template"], [one.template.name for one in manifests], rank=3),
        Column(words["items"], [str(one.items) for one in manifests], rank=2, right=True),
        Column(words["n"], [str(one.calls) for one in manifests], right=True),
        Column(words["done"], [str(done) for _, _, done in tokens], rank=4, right=True),
        Column(words["prompt"], [f"{prompt:,}" for prompt, _, _ in tokens], right=True),
        Column(words["answer"], [f"{answer:,}" for _, answer, _ in tokens], right=True),
    ]
    costs = [_cost(run, *counted) for run, counted in zip(prepared, tokens, strict=True)]
    if any(costs):
        columns.append(Column(words["cost"], costs, right=True))
    _print_note("", _print_table(columns, target), target, lang)
    for run in prepared:
        echo(f"{words['folder']}: {run.folder}")
    target.print(wrapped(words["estimated"], target.width), style="dim")


def _tokens(run: Prepared) -> tuple[int, int, int]:
    """Return estimated prompt tokens and the cap on answer tokens of the calls left, and the calls done."""
    from cvalues.pipeline.folder import RESPONSES
    from cvalues.prompts.choice import make_prompt
    from cvalues.responses.journal import read_done

    done = read_done(run.folder / RESPONSES).ids
    prompt = answer = 0
    for call in run.plan.calls(done):
        made = make_prompt(call.item, run.template, call.order)
        for message in made.messages:
            wide = sum(character >= "\u2e80" for character in message.content)
            prompt += round(0.7 * wide + 0.3 * (len(message.content) - wide))
        answer += run.params.max_tokens or made.max_tokens
    return prompt, answer, len(done)


def _cost(run: Prepared, prompt: int, answer: int, done: int) -> str:
    """Return the estimated price of the calls left; empty without prices."""
    priced = run.settings
    if not (priced.price_in or priced.price_out):
        return ""
    return f"{(prompt * priced.price_in + answer * priced.price_out) / 1e6:,.2f}"


class _Row(NamedTuple):
    name: str
    cell: Mapping[str, Any]
    style: str = ""


def _print_rates(results: Mapping[str, Any], target: Console, lang: str) -> None:
    """Print the rates that every group has, then those that are said of the whole alone."""
    words = WORDS[lang]
    sections, empty = _sections(results, lang)
    rows = [row for section in sections for row in section]
    rates = [row.cell["rates"] for row in rows]
    columns = [
        Column("", [row.name for row in rows]),
        Column(words["n"], [str(one["acc"]["n"]) for one in rates], rank=1, right=True),
        Column(words["families"], [str(one["acc"]["clusters"]) for one in rates], rank=2, right=True),
        *(
            Column(_rate(key, lang), [_short(one[key]) for one in rates], rank=rank, right=True)
            for key, rank in (("acc", 0), ("robust_acc", 0), ("coverage", 3))
        ),
    ]
    ends = [number - 1 for number in accumulate(map(len, sections))]
    left = _print_table(columns, target, styles=[row.style for row in rows], ends=ends)
    _print_note(words["percent"].format(p=f"{results['confidence'] * 100:g}%"), left, target, lang)
    if empty:
        echo(wrapped(f"{words['empty']}: {words['join'].join(empty)}", target.width))
    for key, unit in (("acc_star", "calls"), ("consistency", "pairs"), ("position_bias", "calls")):
        echo(wrapped(f"{_rate(key, lang)}: {_said(results['rates'][key], words, unit)}", target.width))


def _sections(results: Mapping[str, Any], lang: str) -> tuple[list[list[_Row]], list[str]]:
    """Return the rows (the whole; each level with its categories; other categories), and the categories without items.

    A category outside the taxonomy stands under the level of the run if it has only one.
    """
    levels, cells = results["by"]["level"], results["by"]["category"]
    placed = {level: [_Row(_level(level, lang), levels[level], "bold")] for level in levels}
    others, empty = list[_Row](), list[str]()
    for key, name, level in _categories(cells, lang):
        if not cells[key]["counts"]["asked"]:
            empty.append(name)
        elif level in placed or len(placed) == 1:
            placed[level if level in placed else next(iter(placed))].append(_Row(f"  {name}", cells[key]))
        else:
            others.append(_Row(name, cells[key]))
    sections = [[_Row(WORDS[lang]["all"], results, "bold")], *placed.values(), others]
    return [section for section in sections if section], empty


def _categories(keys: Iterable[str], lang: str) -> Iterator[tuple[str, str, str]]:
    """Yield key, name and level of categories in the taxonomy's order; others after them, their level unknown."""
    known = {entry.id: entry for entry in load().categories}
    rank = {key: place for place, key in enumerate(known)}
    for key in sorted(keys, key=lambda key: (rank.get(key, len(rank)), key)):
        entry = known.get(key)
        if entry is None:
            yield key, key, ""
        else:
            yield key, entry.name_zh if lang == "zh" else entry.name_en, str(entry.level)


def _print_table(
    columns: Sequence[Column], target: Console, *, styles: Sequence[str] = (), ends: Sequence[int] = ()
) -> list[str]:
    """Print a table; return the titles of the columns that had no room."""
    table, left = fitting_table(columns, target, styles=styles, ends=ends)
    target.print(table)
    return left


def _print_note(note: str, left: Sequence[str], target: Console, lang: str) -> None:
    """Print what a table's numbers are, and which columns are not there."""
    words = WORDS[lang]
    parts = [note, f"{words['left']}: {words['join'].join(left)}" if left else ""]
    if any(parts):
        target.print("\n".join(wrapped(part, target.width) for part in parts if part), style="dim")


def _short(rate: Mapping[str, Any]) -> str:
    """Return a rate in percent with its interval; without a denominator it says so."""
    estimate = msgspec.convert(rate, Estimate)
    return f"{value(estimate).removesuffix('%')} {interval(estimate)}".strip()


def _said(rate: Mapping[str, Any], words: Mapping[str, str], unit: str) -> str:
    """Return a rate with its interval and what it rests on."""
    estimate = msgspec.convert(rate, Estimate)
    if estimate.value is None:
        return "n = 0"
    points = words["points"] if estimate.name in SIGNED else ""
    rests = words["rests"].format(n=estimate.n, unit=words[unit], c=estimate.clusters)
    return f"{value(estimate)}{points} {interval(estimate)}{rests}"


def _counts(counts: Mapping[str, int], group: str, lang: str) -> str:
    """Return the counts that are not 0, by their names; `position 2` for the option displayed second."""
    parts: list[str] = []
    for key, count in counts.items():
        if key.startswith("option_"):
            name = text("verdict.option")
            name = Text(name.zh.format(n=key[7:]), name.en.format(n=key[7:]))
        else:
            name = name_of(group, key)
        if count:
            parts.append(f"{name.zh if lang == 'zh' else name.en} {count}")
    return " · ".join(parts)


def _remarks(results: Mapping[str, Any], lang: str) -> list[str]:
    """Return the findings and the notes of the run."""
    found = findings(msgspec.convert(results, Results))
    said = [remark.zh if lang == "zh" else remark.en for remark in found]
    return said + [note[lang] for note in results.get("notes", ())]


def _rate(key: str, lang: str) -> str:
    name = name_of("rate", key)
    return name.zh if lang == "zh" else name.en


def _level(key: str, lang: str) -> str:
    name = name_of("level", key)
    return f"{key} {name.zh if lang == 'zh' else name.en}" if key.isdigit() else key
