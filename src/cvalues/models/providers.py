"""The door to the vendor layer: which vendors there are, what they take, and what their errors mean.

The table is `providers.toml`; a user's own table goes over it (`CVALUES_PROVIDERS`). All functions
are pure save for reading those two files.

    table = load_providers()
    vendor = with_address(get_provider("dashscope", table), base_url)
    fields = request_fields(vendor, "qwen-plus", params, 256)            # once a run
    outcome, verdict = outcome_of(vendor, status, body, headers, now, key)   # once a call
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cvalues.errors import UnknownName
from cvalues.models.bodies import BodyFacts, read_body
from cvalues.models.errors_map import ErrorVerdict, classify, finish_outcome, matching_rule, outcome_of
from cvalues.models.hints import hint
from cvalues.models.provider_rules import Provider
from cvalues.models.provider_table import load_providers
from cvalues.models.quirks import effective_values, logprob_limit, request_fields
from cvalues.models.redact import raw_text, redact
from cvalues.registry import unknown

__all__ = [
    "BodyFacts",
    "ErrorVerdict",
    "Provider",
    "classify",
    "describe",
    "effective_values",
    "finish_outcome",
    "get_provider",
    "hint",
    "load_providers",
    "logprob_limit",
    "matching_rule",
    "outcome_of",
    "provider_names",
    "raw_text",
    "read_body",
    "redact",
    "request_fields",
    "with_address",
]


def provider_names(table: Mapping[str, Provider] | None = None) -> list[str]:
    """Return the names of all known vendors, sorted."""
    return sorted(load_providers() if table is None else table)


def get_provider(name: str, table: Mapping[str, Provider] | None = None) -> Provider:
    """Return the vendor of that name.

    Raises:
        UnknownName: with the vendor that people know by this name, or the nearest, and all names.
    """
    known = load_providers() if table is None else table
    if name in known:
        return known[name]
    for provider in known.values():
        if name.lower() == provider.name or name.lower() in provider.also:
            here = provider.name
            raise UnknownName(f"unknown vendor '{name}'; it is called '{here}' here: {here}/MODEL")
    raise unknown("vendor", name, known)


def with_address(provider: Provider, base_url: str) -> Provider:
    """Return the vendor at another address, so that messages name the address in use; "" changes nothing."""
    return msgspec.structs.replace(provider, base_url=base_url.rstrip("/")) if base_url else provider


def describe(provider: Provider, lang: str = "en") -> dict[str, str]:
    """Return one vendor as text fields to list: name, title, address, key variables, examples."""
    chinese = lang == "zh"
    free = "无需密钥" if chinese else "no key needed"
    return {
        "name": provider.name,
        "title": provider.title_zh if chinese else provider.title_en,
        "base_url": provider.base_url or "--base-url",
        "key": " / ".join(provider.key_env) if provider.key_required else free,
        "examples": ", ".join(f"{provider.name}/{model}" for model in provider.examples),
    }
