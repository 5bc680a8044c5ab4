"""What a user can do about a fault that stops a run, in English and in Chinese."""

from __future__ import annotations

from typing import Literal

from cvalues.models.model import Fault
from cvalues.models.provider_rules import Provider

__all__ = ["hint"]


def hint(provider: Provider, fault: Fault, lang: Literal["en", "zh"] = "en") -> str:
    """Return advice for a fault that the user must deal with, empty for the others.

    A refused key is as often the wrong address as a wrong key, because keys belong to one region
    or plan; so the address tried and the vendor's other addresses are named.
    """
    if fault == "auth":
        return _key(provider, lang)
    if fault == "model":
        return _model(provider, lang)
    if fault == "no_money":
        return {
            "en": f"top up the account or renew the plan at {provider.title_en}, then resume the run",
            "zh": f"请在{provider.title_zh}充值或续订套餐，然后继续运行",
        }[lang]
    if fault == "unsupported":
        return {
            "en": "this model does not offer what was asked; use --mode text, or change --thinking",
            "zh": "该模型不支持所请求的功能；请改用 --mode text，或调整 --thinking",
        }[lang]
    return ""


def _key(provider: Provider, lang: Literal["en", "zh"]) -> str:
    names = " / ".join(provider.key_env) or "-"
    tried = provider.base_url or "-"
    others = ", ".join(url for url in dict.fromkeys(provider.addresses.values()) if url != provider.base_url)
    if lang == "zh":
        pair = f"；密钥只属于一个地域或套餐，其他地址：{others}（用 --base-url 指定）" if others else ""
        return f"请检查密钥（{names}）；本次地址：{tried}{pair}"
    pair = f"; keys belong to one region or plan, other addresses: {others} (set --base-url)" if others else ""
    return f"check the key ({names}); tried {tried}{pair}"


def _model(provider: Provider, lang: Literal["en", "zh"]) -> str:
    examples = ", ".join(provider.examples) or "-"
    tried = provider.base_url or "-"
    if lang == "zh":
        return f"请检查模型名（例如 {examples}）、账户是否已开通该模型，以及地址路径（{tried}）"
    return (
        f"check the model's name (for example {examples}), the account's right to it, and the address's path ({tried})"
    )
