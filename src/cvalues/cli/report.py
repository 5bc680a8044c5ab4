"""`cvalues report` and `cvalues rescore`: everything after the calls, as often as one likes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvalues.cli.terminal import echo
from cvalues.errors import Incomplete

if TYPE_CHECKING:
    from cvalues.pipeline.walk import Evaluation

__all__ = ["report", "rescore"]

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Run folder, as `cvalues run` named it.")]
_Lang = Annotated[str, typer.Option(help="Language of what is printed: zh or en.")]


def report(folder: _Folder, lang: _Lang = "") -> None:
    """Write report.html and report.md of a run again and print its numbers."""
    from cvalues.cli.tables import print_results
    from cvalues.pipeline import score
    from cvalues.pipeline.walk import Evaluation

    scored = score.rescore(folder)
    print_results(Evaluation(folder, scored.results["run"]["model"], scored.results), lang)


def rescore(
    folder: _Folder,
    require: Annotated[
        list[str] | None, typer.Option(help="Fail (exit 1) when a rate is lower: robust_acc=0.8.")
    ] = None,
    lang: _Lang = "",
) -> None:
    """Read all answers and compute all numbers again from the journal, without a call.

    Prints which verdicts changed and why. Labels given by people stay.
    """
    from cvalues.cli.runs import check_thresholds, parse_thresholds
    from cvalues.cli.tables import print_results
    from cvalues.pipeline import score
    from cvalues.pipeline.walk import Evaluation

    thresholds = parse_thresholds(require or [])
    scored = score.rescore(folder)
    for change in scored.changes:
        echo(
            f"{change.response_id[:8]}: {change.before} ({change.rule_before}) → "
            f"{change.after} ({change.rule_after}: {change.span!r})"
        )
    echo(f"{len(scored.changes)} verdicts changed, {scored.fresh} given for the first time")
    evaluation = Evaluation(folder, scored.results["run"]["model"], scored.results)
    print_results(evaluation, lang)
    _refuse_partial(evaluation)
    check_thresholds([evaluation], thresholds)


def _refuse_partial(evaluation: Evaluation) -> None:
    """Raise `Incomplete` where calls are missing, so that no threshold passes on a part of a run."""
    run: dict[str, Any] = (evaluation.results or {}).get("run", {})
    done, calls = run.get("responses"), run.get("calls")
    if done != calls:
        raise Incomplete(f"{done} of {calls} calls are recorded; go on with: cvalues run --resume {evaluation.folder}")
