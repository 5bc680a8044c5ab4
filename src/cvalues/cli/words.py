"""The words of what the command line prints, in Chinese and English, and which of the two is wanted."""

from __future__ import annotations

import locale
import os

from cvalues.registry import unknown

__all__ = ["WORDS", "language"]

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "all": "全部",
        "allowance used up": "额度用尽",
        "answer": "回答 token ≤",
        "calls": "次",
        "cost": "费用 ≤",
        "done": "已完成",
        "draining": "正在停止：等进行中的调用结束；再按一次 Ctrl-C 立即停止",
        "empty": "没有题目（n = 0）",
        "estimated": "token 数按每个汉字 0.7、其他字符 0.3 估算；没有发出任何调用",
        "eta": "剩余",
        "families": "题族",
        "folder": "文件夹",
        "imported": "读到 {given} 个人工判读，其中 {added} 个是新的或有改动",
        "items": "题数",
        "join": "、",
        "label": "论文标签",
        "left": "窗口较窄，未列出",
        "model": "模型",
        "n": "调用",
        "not_chosen": "没有选择的调用",
        "nothing_asked": "{model}：{folder} 里的这次评测早已问完，没有再提问；同名模型若已更换，请用 --out 另给文件夹",
        "nothing_to_check": "没有需要人工核对的回答",
        "outcomes": "调用结果",
        "pairs": "对",
        "percent": "数值为百分比，[ ] 内为 {p} 区间（按题族聚类）",
        "points": " 个百分点",
        "prompt": "提问 token ≈",
        "rate limit": "限速",
        "report": "报告",
        "rests": "（n = {n} {unit}，题族 {c}）",
        "stopped": "未完成",
        "suite": "题集",
        "template": "模板",
        "then_import": "填好 pred 一栏后：cvalues label sheet-import {run} {path}",
        "to_check": "{n} 个回答需要人工核对 → {path}",
        "verdicts": "判读结果",
        "waiting": "等待：{why}",
        "waiting_until": "等待：{why}，到 {clock}",
    },
    "en": {
        "all": "all",
        "answer": "answer tokens ≤",
        "calls": "calls",
        "cost": "cost ≤",
        "done": "done",
        "draining": "stopping: waiting for the calls under way to end; Ctrl-C again stops at once",
        "empty": "no items (n = 0)",
        "estimated": "tokens are estimated as 0.7 a Chinese character and 0.3 another; nothing was asked",
        "eta": "ETA",
        "families": "families",
        "folder": "folder",
        "imported": "{given} labels by a person, {added} of them new or changed",
        "items": "items",
        "join": ", ",
        "label": "paper's label",
        "left": "left out to fit",
        "model": "model",
        "n": "calls",
        "not_chosen": "calls without a choice",
        "nothing_asked": "{model}: the run in {folder} was complete, so nothing was asked; if the model behind "
        "that name has changed, give another folder with --out",
        "nothing_to_check": "no answer needs checking by hand",
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
        "then_import": "fill the column pred, then: cvalues label sheet-import {run} {path}",
        "to_check": "{n} answers to check by hand → {path}",
        "verdicts": "verdicts",
        "waiting": "waiting: {why}",
        "waiting_until": "waiting: {why} until {clock}",
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
