"""The command `cvalues`: finds the subcommand, prints errors as one line, gives the exit code.

Exit codes: 0 fine, 1 the model missed a stated threshold, 2 the input is wrong, 3 our bug,
4 the run is incomplete and can be resumed. Ctrl-C where there is no run to stop gives 130, as in shells.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import traceback
from typing import Annotated, Any

import typer
import typer.core

from cvalues import __version__
from cvalues.cli import data, label, models, report, run, taxonomy
from cvalues.cli.terminal import echo
from cvalues.errors import CValuesError

__all__ = ["app", "main"]

_FLOW = "taxonomy → datasets → prompts → models → responses → labels → stats → report"

_ORDER = ("taxonomy", "data", "models", "run", "label", "rescore", "report")


class _InFlowOrder(typer.core.TyperGroup):
    """Lists the commands in the order of the pipeline's stages."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        rank = {name: place for place, name in enumerate(_ORDER)}
        return sorted(super().list_commands(ctx), key=lambda name: rank.get(name, len(rank)))


app = typer.Typer(
    name="cvalues",
    cls=_InFlowOrder,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measure the human values of large language models in Chinese: safety and responsibility.\n\n"
    "用中文衡量大模型的价值观：安全与责任。",
    epilog=f"{_FLOW}   ·   start with: cvalues run",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(taxonomy.app, name="taxonomy", help="Levels, scenarios and domains.")
app.add_typer(data.app, name="data", help="Suites and public sets: list, show, get, validate.")
app.add_typer(models.app, name="models", help="Vendors and local models: list, check, get.")
app.command("run")(run.run)
app.add_typer(label.app, name="label", help="Read answers from any file; hand-check what is unparsed.")
app.command("rescore")(report.rescore)
app.command("report")(report.report)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cvalues {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction] - typer calls it
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Hold the options that stand before a subcommand; `--version` acts by itself."""


def main() -> None:
    """Run the command line; every error ends as one line and an exit code."""
    gc.set_threshold(50_000, 20, 50)  # a run makes many small records and hardly a cycle
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character gets its code
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGINT, _interrupted)  # `cvalues run` has its own way; elsewhere 1 would be a lie
    try:
        app()
    except CValuesError as error:
        sys.exit(_say(str(error), error.exit_code))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # the last net: whatever it is, it is ours
        traceback.print_exc()
        sys.exit(_say(f"this is a bug in cvalues: {type(error).__name__}: {error}", 3))


def _interrupted(number: int, frame: object) -> None:
    sys.exit(_say("stopped", 128 + number))


def _say(line: str, code: int) -> int:
    echo(f"cvalues: {' '.join(line.splitlines())}", err=True)
    return code
