"""The words of what the command line prints, in Chinese and English, and which of the two is wanted."""

from __future__ import annotations

import locale
import os

from cvalues.registry import unknown

__all__ = ["WORDS", "language"]

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "all": "全部",
        "answer": "回答 token ≤",
        "calls": "次",
        "cost": "费用 ≤",
        "allowance used up": "额度用尽",
        "done": "已完成",
        "eta": "剩余",
        "rate limit": "限速",
        "waiting": "等待：{why}",
        "waiting_until": "等待：{why}，到 {clock}",
        "empty": "没有题目（n = 0）",
        "estimated": "token 数按每个汉字 0.7、其他字符 0.3 估算；没有发出任何调用",
        "families": "题族",
        "folder": "文件夹",
        "items": "题数",
        "join": "、",
        "left": "窗口较窄，未列出",
        "model": "模型",
        "n": "调用",
        "outcomes": "调用结果",
        "pairs": "对",
        "percent": "数值为百分比，[ ] 内为 {p} 区间（按题族聚类）",
        "points": " 个百分点",
        "prompt": "提问 token ≈",
        "report": "报告",
        "rests": "（n = {n} {unit}，题族 {c}）",
        "stopped": "未完成",
        "suite": "题集",
        "template": "模板",
        "verdicts": "判读结果",
    },
    "en": {
        "all": "all",
        "answer": "answer tokens ≤",
        "calls": "calls",
        "cost": "cost ≤",
        "done": "done",
        "eta": "ETA",
        "waiting": "waiting: {why}",
        "waiting_until": "waiting: {why} until {clock}",
        "empty": "no items (n = 0)",
        "estimated": "tokens are estimated as 0.7 a Chinese character and 0.3 another; nothing was asked",
        "families": "families",
        "folder": "folder",
        "items": "items",
        "join": ", ",
        "left": "left out to fit",
        "model": "model",
        "n": "calls",
        "outcomes": "outcomes",
        "pairs": "pairs",
        "percent": "percent, with {p} intervals in [ ] (clustered by family)",
        "points": " pp",
        "prompt": "prompt tokens ≈",
        "report": "report",
        "rests": " (n = {n} {unit}, families {c})",
        "stopped": "incomplete",
        "suite": "suite",
        "template": "template",
        "verdicts": "verdicts",
    },
}
"""Language to key to word."""


def language(given: str = "") -> str:
    """Return zh or en: what was given, else CVALUES_LANG, else en where the system is English, else zh.

    Raises:
        InputError: when what was given is neither.
    """
    wanted = given or os.environ.get("CVALUES_LANG", "")
    if wanted:
        if wanted not in WORDS:
            raise unknown("language", wanted, WORDS, where="--lang")
        return wanted
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    return "en" if system.startswith("en") else "zh"
