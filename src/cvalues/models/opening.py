"""From a name such as `dashscope/qwen-plus` to a model that can be asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import msgspec

from cvalues.errors import InputError
from cvalues.models.model import Model
from cvalues.models.providers import Provider, get_provider, load_providers
from cvalues.registry import Registry, unknown

__all__ = ["MODELS", "ModelSettings", "account_of", "model_for"]

MODELS: Registry[Model] = Registry("model provider", "cvalues.models")
"""Providers that other packages add (entry points `cvalues.models`): factory(rest of name, settings)."""

_OFFLINE = ("local", "replay", "scripted")


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a model is reached.

    Attributes:
        base_url: address up to `/v1`, in place of the vendor table's.
        api_key_env: environment variable that holds the key, in place of the vendor table's.
        timeout: seconds a call may take.
        parallel: most calls at once.
        providers: a TOML file of further vendors.
        need_key: False where nothing will be asked, so that a plan can be shown without a key.
    """

    base_url: str = ""
    api_key_env: str = ""
    timeout: float = 120.0
    parallel: int = 100
    providers: str = ""
    need_key: bool = True


def model_for(name: str, settings: ModelSettings) -> Model:
    """Return the model of that name, not yet opened.

    Raises:
        UnknownName: when the part before the slash is no provider.
        InputError: when the name has no slash, or a key or file is missing.
    """
    provider, _, rest = name.partition("/")
    if not (provider and rest):
        raise InputError(
            f"model '{name}' has no provider; write PROVIDER/MODEL, such as dashscope/qwen-plus or local/smollm2"
        )
    if provider == "scripted":
        from cvalues.models.scripted import Scripted

        return Scripted(rest)
    if provider == "replay":
        from cvalues.models.replay import Replay

        return Replay(rest)
    if provider == "local":
        from cvalues.models.local import Local

        return Local(rest, timeout=max(settings.timeout, 300.0))
    return _remote(name, provider, rest, settings)


def account_of(name: str) -> str:
    """Return what a model shares its limits with: the vendor account, or this machine's processor."""
    return name.partition("/")[0]


def _remote(name: str, provider: str, rest: str, settings: ModelSettings) -> Model:
    table = load_providers(Path(settings.providers) if settings.providers else None)
    if provider not in table and provider in MODELS.names():
        return MODELS.get(provider)(rest, settings)
    if provider not in table:
        _refuse(provider, table)
    from cvalues.models.chat_http import ChatHTTP

    vendor = table[provider]
    variables = (f"{provider.upper()}_BASE_URL", *vendor.url_env)
    stated = next((os.environ[name] for name in variables if os.environ.get(name)), "")
    base_url = settings.base_url or stated or vendor.base_url
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(
            f"{name}: base URL '{base_url}' is not an http(s) address; give --base-url http://HOST:PORT/v1"
        )
    return ChatHTTP(
        name=name,
        model=rest,
        base_url=base_url.rstrip("/"),
        api_key=_key(name, vendor.key_env, _needs_key(vendor, settings), settings.api_key_env),
        provider=vendor,
        timeout=settings.timeout,
        parallel=settings.parallel,
    )


def _refuse(provider: str, table: Mapping[str, Provider]) -> NoReturn:
    """Raise the error for a provider that nobody knows, with a vendor's name here if it is its nickname."""
    if any(provider.lower() == vendor.name or provider.lower() in vendor.also for vendor in table.values()):
        get_provider(provider, table)
    raise unknown("model provider", provider, [*table, *MODELS.names(), *_OFFLINE])


def _needs_key(vendor: Provider, settings: ModelSettings) -> bool:
    """Return whether to refuse to go on without a key: the vendor wants one, or the user named its variable."""
    return settings.need_key and (vendor.key_required or bool(settings.api_key_env))


def _key(name: str, variables: tuple[str, ...], required: bool, given: str) -> str | None:
    names = (given,) if given else variables
    for variable in names:
        value = os.environ.get(variable, "").strip()
        if value:
            return value
    if required:
        raise InputError(
            f"{name}: no API key; set {' or '.join(names)} in the environment (or name another with --api-key-env)"
        )
    return None
