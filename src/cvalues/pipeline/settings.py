"""What a user may set for a run, from options, from Python or from a plan file; checked once, here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from cvalues.errors import DataError, InputError
from cvalues.jsonl import content_id
from cvalues.models.model import Mode
from cvalues.registry import unknown

__all__ = ["DEFAULT_MODEL", "PlannedRun", "RunSettings", "read_plan", "settings_from", "without_secrets"]

DEFAULT_MODEL = "local/smollm2"
_CHOICES: dict[str, tuple[str | int, ...]] = {
    "order": ("both", "stored"),
    "mode": ("text", "logprob"),
    "level": (0, 1, 2),
}

Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]


class RunSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one model is evaluated on one suite.

    Attributes:
        suite: name of a suite or path of a file of items.
        columns: which column of that file is what, such as "prompt=问题,good=正例,bad=反例"; see
            `cvalues.datasets.generic`. Empty where the file has a known shape.
        template: name of a prompt template or path of one; empty takes the one that suits items and mode.
        order: ask every choice in both orders (cyclic orders for more than two options), or as stored.
        repeats: how many times each prompt is asked.
        limit: stratified sample of that many items; 0 takes all.
        seed: of the sample and of all waiting times.
        send_seed: send the seed to the model too, where the vendor takes one.
        category: category ids to keep; empty keeps all.
        level: 1 or 2; 0 keeps both.
        mode: read the answer from text or from first-token option probabilities.
        thinking: switch a thinking model's reasoning on or off; None takes the vendor table's default.
        max_tokens: cap on answer tokens; 0 takes the template's.
        rpm, tpm: the account's requests and tokens a minute; 0 means not limited by us.
        max_wait: longest wait in seconds for a stated quota reset.
        retries: further attempts after a network or server fault.
        price_in, price_out: money per million tokens, for the estimate of `--dry-run`.
    """

    suite: str = "open"
    columns: str = ""
    template: str = ""
    order: Literal["both", "stored"] = "both"
    repeats: Positive = 1
    limit: NotNegative = 0
    seed: int = 0
    send_seed: bool = False
    category: tuple[str, ...] = ()
    level: Literal[0, 1, 2] = 0
    mode: Mode = "text"
    temperature: Annotated[float, Meta(ge=0, le=5)] | None = 0.0
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    max_tokens: NotNegative = 0
    thinking: bool | None = None
    extra: dict[str, Any] = {}
    base_url: str = ""
    api_key_env: str = ""
    providers: str = ""
    timeout: Annotated[float, Meta(gt=0)] = 120.0
    max_connections: Positive = 100
    rpm: NotNegative = 0
    tpm: NotNegative = 0
    max_wait: Annotated[float, Meta(ge=0)] = 600.0
    retries: NotNegative = 6
    price_in: Annotated[float, Meta(ge=0)] = 0.0
    price_out: Annotated[float, Meta(ge=0)] = 0.0
    out: str = ""


class PlannedRun(msgspec.Struct, frozen=True):
    """One model under one set of settings."""

    model: str
    settings: RunSettings


def settings_from(fields: dict[str, Any], *, where: str = "") -> RunSettings:
    """Return checked settings from plain values.

    Raises:
        UnknownName: for a name that is no setting.
        DataError: for a value of the wrong kind or out of range, naming the setting.
    """
    known = RunSettings.__struct_fields__
    for name in fields:
        if name not in known:
            raise unknown("setting", name, known, where=where)
    for name, choices in _CHOICES.items():
        if name in fields and fields[name] not in choices:
            raise unknown(name, str(fields[name]), map(str, choices), where=where)
    try:
        return msgspec.convert(fields, RunSettings)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise DataError(problem, path=where or None, field=place.strip("`").lstrip(".") or None) from error


def without_secrets(settings: RunSettings) -> RunSettings:
    """Return settings fit to be written down: an address without the name and password that it may hold."""
    scheme, slashes, rest = settings.base_url.partition("://")
    host, slash, path = rest.partition("/")
    address = scheme + slashes + host.rpartition("@")[2] + slash + path
    return msgspec.structs.replace(settings, base_url=address)


def read_plan(path: Path) -> list[PlannedRun]:
    """Return the runs of a plan file: its models × suites × settings, in that order.

    The file has `models` (names, or tables with `name` and settings of their own), `suites`,
    an optional `[defaults]` table and any number of `[[settings]]` tables.

    Raises:
        DataError: when the file is not such a plan.
    """
    name = str(path)
    data = _read_toml(path)
    for key in data:
        if key not in _TABLES:
            raise unknown("table", key, _TABLES, where=name)
    models, variants = _list(data, "models", name), _list(data, "settings", name) or [{}]
    if not models:
        raise DataError("names no model; write models = ['local/smollm2']", path=name, field="models")
    runs: list[PlannedRun] = []
    for entry in models:
        model, own = _model(entry, name)
        for suite in _list(data, "suites", name) or ["open"]:
            for variant in variants:
                fields = {**_table(data.get("defaults", {}), "defaults", name), **_table(variant, "settings", name)}
                runs.append(PlannedRun(model, settings_from({**fields, **own, "suite": suite}, where=name)))
    if len({content_id(run) for run in runs}) < len(runs):
        raise InputError(f"{name}: two runs of the plan are the same; remove one")
    return runs


_TABLES = ("models", "suites", "defaults", "settings")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not valid TOML ({error})", path=str(path)) from error


def _model(entry: Any, name: str) -> tuple[str, dict[str, Any]]:
    """Return the name of a model and the settings of its own."""
    own = {"name": entry} if isinstance(entry, str) else _table(entry, "models", name)
    title = own.pop("name", None)
    if not isinstance(title, str):
        raise DataError("every model is a name or a table with a name", path=name, field="models")
    return title, own


def _table(value: Any, key: str, name: str) -> dict[str, Any]:
    """Return a copy of a table of the plan."""
    if not isinstance(value, dict):
        raise DataError("must be a table", path=name, field=key)
    return dict(cast("dict[str, Any]", value))


def _list(data: dict[str, Any], key: str, name: str) -> list[Any]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise DataError("must be a list", path=name, field=key)
    return cast("list[Any]", value)
