"""What `cvalues run`, `rescore` and `report` print: one run in full, or several side by side."""

from __future__ import annotations

import locale
import os
from typing import TYPE_CHECKING, Any

import typer

from cvalues.errors import InputError
from cvalues.registry import unknown

if TYPE_CHECKING:
    from rich.console import Console

    from cvalues.pipeline.walk import Evaluation, Prepared

__all__ = ["language", "print_plan", "print_results", "print_summary"]

_TEXT = {
    "zh": {
        "all": "全部", "level/1": "一级·安全", "level/2": "二级·责任", "n": "调用", "families": "题族", "rate": "指标",
        "acc": "acc 正确率", "acc_star": "acc* 作答正确率", "robust_acc": "两序皆对", "coverage": "作答率",
        "consistency": "换序一致", "position_bias": "位置偏向", "interval": "95% 区间", "model": "模型", "suite": "题集",
        "outcomes": "调用结果", "verdicts": "判读结果", "report": "报告", "stopped": "未完成",
    },
    "en": {
        "all": "all", "level/1": "level 1 safety", "level/2": "level 2 responsibility", "n": "calls", "families": "families",
        "rate": "rate", "acc": "acc", "acc_star": "acc*", "robust_acc": "robust acc", "coverage": "coverage",
        "consistency": "consistency", "position_bias": "position bias", "interval": "95% interval", "model": "model",
        "suite": "suite", "outcomes": "outcomes", "verdicts": "verdicts", "report": "report", "stopped": "incomplete",
    },
}  # fmt: skip
_HEADLINE = ("acc", "acc_star", "robust_acc", "coverage", "consistency", "position_bias")


def language(given: str = "") -> str:
    """Return zh or en: what was given, else CVALUES_LANG, else en where the system is English, else zh.

    Raises:
        InputError: when what was given is neither.
    """
    wanted = given or os.environ.get("CVALUES_LANG", "")
    if wanted:
        if wanted not in _TEXT:
            raise unknown("language", wanted, _TEXT, where="--lang")
        return wanted
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    return "en" if system.startswith("en") else "zh"


def print_results(evaluation: Evaluation, lang: str = "") -> None:
    """Print the numbers of one run: headline, levels, categories, findings, and where the report is."""
    from rich.table import Table

    words, console = _TEXT[language(lang)], _console()
    results = evaluation.results
    if results is None:
        raise InputError(f"{evaluation.folder}: no results yet")
    table = Table(title=f"{evaluation.model} · {results['run']['suite']}", title_justify="left", title_style="bold")
    table.add_column("")
    for key in ("n", "families"):
        table.add_column(words[key], justify="right")
    for key in ("acc", "robust_acc", "coverage"):
        table.add_column(f"{words[key]} [{words['interval']}]", justify="right")
    _row(table, words["all"], results, "bold")
    for level, cell in results["by"]["level"].items():
        table.add_section()
        _row(table, words.get(f"level/{level}", level), cell, "bold")
        for category, part in results["by"]["category"].items():
            if _level_of(category) == level:
                _row(table, f"  {_category(category, lang)}", part, "")
    console.print(table)
    rates = results["rates"]
    for key in ("acc_star", "consistency", "position_bias"):
        console.print(f"{words[key]}: {_shown(rates[key], signed=key == 'position_bias')}", markup=False)
    console.print(f"{words['outcomes']}: {_counts(results['counts'])}", markup=False)
    console.print(f"{words['verdicts']}: {_counts(results['verdicts'])}", markup=False)
    for remark in _remarks(results, language(lang)):
        console.print(f"• {remark}", markup=False)
    console.print(f"{words['report']}: {evaluation.folder / 'report.html'}", markup=False, soft_wrap=True)


def print_summary(found: list[Evaluation], lang: str = "") -> None:
    """Print one line for each of several runs."""
    from rich.table import Table

    words, console = _TEXT[language(lang)], _console()
    table = Table()
    for key in ("model", "suite", "n"):
        table.add_column(words[key], overflow="fold")
    for key in _HEADLINE:
        table.add_column(words[key], justify="right")
    for evaluation in found:
        if evaluation.results is None:
            table.add_row(evaluation.model, "", "", words["stopped"])
            continue
        rates, run = evaluation.results["rates"], evaluation.results["run"]
        shown = [_shown(rates[key], short=True, signed=key == "position_bias") for key in _HEADLINE]
        table.add_row(evaluation.model, run["suite"], str(evaluation.results["counts"]["asked"]), *shown)
    console.print(table)
    for evaluation in found:
        console.print(f"{words['report']}: {evaluation.folder / 'report.html'}", markup=False, soft_wrap=True)


def print_plan(prepared: list[Prepared]) -> None:
    """Print what would be asked: runs, calls, tokens as estimated, cost where prices are given."""
    from rich.table import Table

    table = Table()
    for name in (
        "model",
        "suite",
        "template",
        "items",
        "calls",
        "done",
        "prompt tokens ≈",
        "answer tokens ≤",
        "cost ≤",
    ):
        table.add_column(name, overflow="fold")
    for run in prepared:
        prompt, answer, done = _tokens(run)
        settings, manifest = run.settings, run.manifest
        cost = (prompt * settings.price_in + answer * settings.price_out) / 1e6
        table.add_row(
            manifest.model,
            manifest.suite,
            manifest.template.name,
            str(manifest.items),
            str(manifest.calls),
            str(done),
            f"{prompt:,}",
            f"{answer:,}",
            f"{cost:,.2f}" if settings.price_in or settings.price_out else "no prices",
        )
    console = _console()
    console.print(table)
    for run in prepared:
        console.print(f"folder: {run.folder}", markup=False, soft_wrap=True)
    console.print("tokens are estimated as 0.7 a Chinese character and 0.3 another; nothing was asked", markup=False)


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


def _row(table: Any, name: str, cell: dict[str, Any], style: str) -> None:
    rates = cell["rates"]
    table.add_row(
        name,
        str(rates["acc"]["n"]),
        str(rates["acc"]["clusters"]),
        *(_shown(rates[key], short=True) for key in ("acc", "robust_acc", "coverage")),
        style=style,
    )


def _shown(rate: dict[str, Any], *, short: bool = False, signed: bool = False) -> str:
    """Return a rate as percent with its interval; without a denominator it says so."""
    if rate["value"] is None:
        return f"n = {rate['n']}"
    sign = "+" if signed else ""
    value, low, high = (100 * rate[key] for key in ("value", "low", "high"))
    text = f"{value:{sign}.1f}{'' if short else '%'} [{low:{sign}.1f}, {high:{sign}.1f}]"
    return text if short else f"{text} (n = {rate['n']}, {rate['clusters']} families, {rate['method']})"


def _counts(counts: dict[str, int]) -> str:
    return " · ".join(f"{name} {count}" for name, count in counts.items() if count) or "0"


def _remarks(results: dict[str, Any], lang: str) -> list[str]:
    import msgspec

    from cvalues.stats.findings import findings
    from cvalues.stats.rates import Results

    found = findings(msgspec.convert(results, Results))
    return [remark.zh if lang == "zh" else remark.en for remark in found]


def _level_of(category: str) -> str:
    return {"safety": "1", "responsibility": "2"}.get(category.partition("/")[0], "")


def _category(name: str, lang: str) -> str:
    from cvalues.errors import UnknownName
    from cvalues.taxonomy import load

    try:
        category = load().get(name)
    except UnknownName:
        return name
    return category.name_zh if language(lang) == "zh" else category.name_en


def _console() -> Console:
    from rich.console import Console

    width = None if typer.get_text_stream("stdout").isatty() else 120
    return Console(width=width, highlight=False)
