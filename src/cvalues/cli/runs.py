"""What `cvalues run` does behind its options: prepare, ask with a progress view, show, judge thresholds."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import typer

from cvalues.cli.progress import View
from cvalues.cli.tables import print_plan, print_results, print_summary
from cvalues.cli.terminal import echo
from cvalues.cli.words import WORDS, language
from cvalues.errors import Incomplete, InputError, ThresholdFailed
from cvalues.models.opening import account_of
from cvalues.pipeline.settings import DEFAULT_MODEL, PlannedRun, read_plan, settings_from
from cvalues.pipeline.walk import Evaluation, Prepared, prepare, reopen, run_all
from cvalues.registry import unknown
from cvalues.responses.run import Stop
from cvalues.stats.rates import RATES

__all__ = ["check_thresholds", "go", "is_stated", "json_object", "parse_thresholds", "prepare_all"]

_REACH = frozenset(
    {"base_url", "api_key_env", "providers", "max_connections", "rpm", "tpm", "timeout", "max_wait", "retries"}
)
"""Options that change how a model is reached and not what is asked; they may change on resuming."""


def is_stated(context: typer.Context, name: str) -> bool:
    """Return whether the user wrote this option, as against its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def prepare_all(
    models: list[str], options: dict[str, Any], stated: set[str], resume: Path | None, *, dry: bool = False
) -> list[Prepared]:
    """Return the runs that the command line asks for, checked, before anything is written or called.

    Args:
        models: names of models, or plan files.
        options: every option's value.
        stated: the options that the user wrote; they go over those of a plan file.
        resume: the folder of the one run to go on with.

    Raises:
        InputError: when any of them is wrong.
    """
    written = {name: options[name] for name in stated}
    if resume is not None:
        return [_reopened(resume, models, written)]
    runs: list[PlannedRun] = []
    for name in models or [DEFAULT_MODEL]:
        if name.endswith(".toml"):
            runs += [_with(run, written, name) for run in read_plan(Path(name))]
        else:
            runs.append(PlannedRun(name, settings_from(options)))
    prepared = [prepare(run, alone=len(runs) == 1, dry=dry) for run in runs]
    _one_vendor_per_address(runs)
    folders = [str(run.folder) for run in prepared]
    for folder in folders:
        if folders.count(folder) > 1:
            raise InputError(f"two of these runs are the same and would share {folder}; name each once")
    return prepared


def _one_vendor_per_address(runs: list[PlannedRun]) -> None:
    """Refuse one address for several vendors, which would send the key of one to the other."""
    vendors: dict[str, set[str]] = {}
    for run in runs:
        if run.settings.base_url:
            vendors.setdefault(run.settings.base_url, set()).add(account_of(run.model))
    for address, names in vendors.items():
        if len(names) > 1:
            raise InputError(
                f"--base-url {address} would get the keys of {' and '.join(sorted(names))}; "
                "run each vendor by itself, or give the models addresses of their own in a plan file"
            )


def go(prepared: list[Prepared], *, dry_run: bool, quiet: bool, lang: str, require: list[str]) -> int:
    """Ask and show; return the exit code.

    Raises:
        ThresholdFailed: when a rate is below what `require` states.
        InputError: when a threshold or the language is unknown.
    """
    lang = language(lang)
    thresholds = parse_thresholds(require)
    if dry_run:
        print_plan(prepared, lang)
        return 0
    stop = Stop()

    def say_draining() -> None:
        if not quiet:
            echo(WORDS[lang]["draining"], err=True)

    single = len(prepared) == 1
    with stop.heard(drain=say_draining), View(enabled=not quiet, single=single, lang=lang) as view:
        found = asyncio.run(run_all(prepared, stop, view, signals=True))
    for evaluation in found:
        if evaluation.asked == 0 and evaluation.problem is None and not quiet:
            line = WORDS[lang]["nothing_asked"].format(model=evaluation.model, folder=evaluation.folder)
            echo(f"cvalues: {line}", err=True)
        if evaluation.results is not None and len(found) == 1:
            print_results(evaluation, lang)
    if len(found) > 1:
        print_summary(found, lang)
    code = _tell_problems(found)
    if code == 0:
        check_thresholds(found, thresholds)
    return code


def _tell_problems(found: list[Evaluation]) -> int:
    """Say on standard error what went wrong in each run and how to go on; return the exit code."""
    code = 0
    for evaluation in found:
        for note in evaluation.notes:
            echo(f"cvalues: {evaluation.model}: {note}", err=True)
        problem = evaluation.problem
        if problem is None:
            continue
        line = str(problem)
        if isinstance(problem, Incomplete):
            line = f"{line.rstrip('.')}; go on with: cvalues run --resume {evaluation.folder}"
        if not line.startswith(evaluation.model) and len(found) > 1:
            line = f"{evaluation.model}: {line}"
        echo(f"cvalues: {line}", err=True)
        code = max(code, problem.exit_code) if code != 2 else 2
    return code


def parse_thresholds(require: list[str]) -> dict[str, float]:
    """Return the stated thresholds, rate name to lowest value.

    Raises:
        InputError: for anything but RATE=NUMBER with a known rate.
    """
    thresholds: dict[str, float] = {}
    for entry in require:
        name, _, value = entry.replace(">=", "=").partition("=")
        if name not in RATES:
            raise unknown("rate", name, RATES, where="--require")
        try:
            thresholds[name] = float(value)
        except ValueError as error:
            raise InputError(f"--require {entry}: '{value}' is no number; write {name}=0.8") from error
    return thresholds


def check_thresholds(found: list[Evaluation], thresholds: dict[str, float]) -> None:
    """Do nothing if every rate reaches its threshold.

    Raises:
        ThresholdFailed: naming every rate that does not.
    """
    missed: list[str] = []
    for evaluation in found:
        rates: dict[str, Any] = evaluation.results["rates"] if evaluation.results is not None else {}
        for name, least in thresholds.items():
            value = rates.get(name, {}).get("value")
            if value is None or value < least:
                shown = "not measured" if value is None else f"{value:.4f}"
                missed.append(f"{evaluation.model}: {name} is {shown}, required is {least:g}")
    if missed:
        raise ThresholdFailed("; ".join(missed))


def json_object(text: str, option: str) -> dict[str, Any]:
    """Return the JSON object of an option; empty text is an empty object.

    Raises:
        InputError: when it is not one.
    """
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InputError(f"{option}: not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{option}: must be a JSON object, such as '{{\"top_k\": 1}}'")
    return value  # pyright: ignore[reportUnknownVariableType] - JSON of the user's own


def _reopened(folder: Path, models: list[str], written: dict[str, Any]) -> Prepared:
    """Return the run of a folder; only how its model is reached may be said anew."""
    if models:
        raise InputError("--resume takes the model from the folder; leave MODEL out")
    for name in sorted(written.keys() - _REACH):
        option = f"--{name.replace('_', '-')}"
        raise InputError(f"--resume takes {option} from the folder; leave {option} out, or begin another run")
    return reopen(folder, written)


def _with(run: PlannedRun, written: dict[str, Any], where: str) -> PlannedRun:
    """Return a plan's run with what the command line says over it."""
    if not written:
        return run
    return PlannedRun(run.model, settings_from({**msgspec.to_builtins(run.settings), **written}, where=where))
