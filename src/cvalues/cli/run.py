"""`cvalues run`: ask models, read their answers, show the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["run"]

_WHAT = "What to ask"
_HOW = "How to ask"
_REACH = "How to reach the model"
_OUT = "Output"


def run(
    context: typer.Context,
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            help="PROVIDER/MODEL, such as dashscope/qwen-plus, vllm/my-checkpoint, local/smollm2, "
            "local/PATH.gguf, replay/FILE.jsonl; or one plan.toml. Default: local/smollm2.",
        ),
    ] = None,
    suite: Annotated[
        str,
        typer.Option(
            help="Name of a suite, or a file of items (ours or the official MC shape).", rich_help_panel=_WHAT
        ),
    ] = "open",
    columns: Annotated[
        str,
        typer.Option(
            metavar="MAP",
            help="Which column of a table is what: prompt=问题,good=正例,bad=反例,category=领域.",
            rich_help_panel=_WHAT,
        ),
    ] = "",
    level: Annotated[
        int, typer.Option(min=0, max=2, help="1 safety, 2 responsibility, 0 both.", rich_help_panel=_WHAT)
    ] = 0,
    category: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this category (id, last part of it, or name, such as law or 法理学); may be given again.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(min=0, help="Ask a stratified sample of so many items; 0 asks all.", rich_help_panel=_WHAT),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the sample and of waiting times.", rich_help_panel=_WHAT)] = 0,
    template: Annotated[
        str,
        typer.Option(
            help="Prompt template: choice-zh, choice-letter-zh, choice-cot-zh, row, … or a file.",
            rich_help_panel=_HOW,
        ),
    ] = "",
    order: Annotated[
        str,
        typer.Option(help="both: every choice in both orders; stored: as the file has it.", rich_help_panel=_HOW),
    ] = "both",
    repeats: Annotated[int, typer.Option(min=1, help="Ask every prompt so many times.", rich_help_panel=_HOW)] = 1,
    mode: Annotated[
        str,
        typer.Option(help="text: read the reply; logprob: compare option probabilities.", rich_help_panel=_HOW),
    ] = "text",
    temperature: Annotated[
        float, typer.Option(help="Sampling temperature, where the vendor takes one.", rich_help_panel=_HOW)
    ] = 0.0,
    max_tokens: Annotated[
        int, typer.Option(min=0, help="Cap on answer tokens; 0 takes the template's.", rich_help_panel=_HOW)
    ] = 0,
    thinking: Annotated[
        bool | None, typer.Option(help="Switch a thinking model's reasoning on or off.", rich_help_panel=_HOW)
    ] = None,
    extra: Annotated[str, typer.Option(help="JSON object added to every request body.", rich_help_panel=_HOW)] = "",
    base_url: Annotated[str, typer.Option(help="Address of the endpoint up to /v1.", rich_help_panel=_REACH)] = "",
    api_key_env: Annotated[
        str, typer.Option(help="Environment variable that holds the key.", rich_help_panel=_REACH)
    ] = "",
    providers: Annotated[str, typer.Option(help="TOML file of further vendors.", rich_help_panel=_REACH)] = "",
    max_connections: Annotated[int, typer.Option(min=1, help="Most calls at once.", rich_help_panel=_REACH)] = 100,
    rpm: Annotated[
        int,
        typer.Option(min=0, help="Requests a minute the account allows; 0: find out.", rich_help_panel=_REACH),
    ] = 0,
    tpm: Annotated[
        int,
        typer.Option(min=0, help="Tokens a minute the account allows; 0: find out.", rich_help_panel=_REACH),
    ] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds one call may take.", rich_help_panel=_REACH)] = 120.0,
    max_wait: Annotated[
        float,
        typer.Option(min=0, help="Longest wait in seconds for a stated quota reset.", rich_help_panel=_REACH),
    ] = 600.0,
    retries: Annotated[
        int,
        typer.Option(min=0, help="Further attempts after a network or server fault.", rich_help_panel=_REACH),
    ] = 6,
    out: Annotated[
        str,
        typer.Option(help="Run folder (of several models: the folder of their run folders).", rich_help_panel=_OUT),
    ] = "",
    resume: Annotated[
        Path | None, typer.Option(help="Go on with the run in this folder.", rich_help_panel=_OUT)
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(help="Fail (exit 1) when a rate is lower: robust_acc=0.8.", rich_help_panel=_OUT),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the plan, calls, tokens and cost; ask nothing.", rich_help_panel=_OUT),
    ] = False,
    price_in: Annotated[
        float,
        typer.Option(min=0, help="Price of a million prompt tokens, for --dry-run.", rich_help_panel=_OUT),
    ] = 0.0,
    price_out: Annotated[
        float,
        typer.Option(min=0, help="Price of a million answer tokens, for --dry-run.", rich_help_panel=_OUT),
    ] = 0.0,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="No progress; errors and results only.", rich_help_panel=_OUT),
    ] = False,
    lang: Annotated[str, typer.Option(help="Language of the results: zh or en.", rich_help_panel=_OUT)] = "",
) -> None:
    """Evaluate models: ask every item in both orders, read the answers, report with intervals.

    The same command again goes on where an interrupted run stopped; nothing is asked twice.

    \b
    cvalues run                                      the embedded model, no network
    cvalues run dashscope/qwen-plus deepseek/deepseek-chat
    cvalues run vllm/my-checkpoint --base-url http://gpu1:8000/v1
    cvalues run openai/gpt-4.1 --suite my_items.jsonl --limit 200 --seed 1
    """  # noqa: D301 - \b is typer's mark for lines that stay as they are
    from cvalues.cli import runs

    options: dict[str, Any] = {
        key: value
        for key, value in locals().items()
        if key not in {"context", "models", "resume", "require", "dry_run", "quiet", "lang", "runs"}
    }
    options["category"] = tuple(category or ())
    options["extra"] = runs.json_object(extra, "--extra")
    stated = {name for name in options if runs.is_stated(context, name)}
    prepared = runs.prepare_all(models or [], options, stated, resume, dry=dry_run)
    code = runs.go(prepared, dry_run=dry_run, quiet=quiet, lang=lang, require=require or [])
    if code:
        raise typer.Exit(code)
