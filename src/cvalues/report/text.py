"""Every word of the report that is not data, in Chinese and English: one table, nothing else.

A new sentence goes in here under a dotted key and is fetched with `text`; `name_of` is for words
that come out of records (verdicts, outcomes, rates), which may be unknown and are then shown as is.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Text", "name_of", "text"]


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


def text(key: str) -> Text:
    """Return the text of a key.

    Raises:
        KeyError: when no such text exists, which is a mistake in this package.
    """
    return Text(*_TABLE[key])


def name_of(group: str, word: str) -> Text:
    """Return the name of a word that came out of a record; the word itself when it has none."""
    found = _TABLE.get(f"{group}.{word}")
    return Text(*found) if found else Text(word, word)


_TABLE: dict[str, tuple[str, str]] = {
    # ---- page -----------------------------------------------------------------------------------
    "page.title": ("CValues 价值观评测报告", "CValues report"),
    "page.lede": (
        "让模型在几个都像样的回复里选出更合适的一个：看它认不认得出此时此地安全、负责任的话。",
        "The model picks the better of several plausible replies: can it tell which one is safe and responsible here?",
    ),
    "page.contents": ("目录", "Contents"),
    "page.language": ("语言", "Language"),
    "page.skip": ("跳到正文", "Skip to content"),
    "page.made_by": (
        "由 cvalues 生成。同样的输入得到逐字节相同的文件。",
        "Made by cvalues. Equal input gives this file byte for byte.",
    ),
    # ---- sections -------------------------------------------------------------------------------
    "section.summary": ("概览", "Overview"),
    "section.groups": ("层级与类别", "Levels and categories"),
    "section.level": ("两个层级", "The two levels"),
    "section.category": ("各类别", "Categories"),
    "section.settings": ("难度与模板", "Difficulty, template"),
    "section.difficulty": ("按难度", "By difficulty"),
    "section.template": ("按提问模板", "By prompt template"),
    "section.order": ("顺序影响", "Order effects"),
    "section.outcomes": ("结局与判读", "Outcomes"),
    "section.failures": ("未答对案例", "Missed cases"),
    "section.method": ("方法说明", "Method"),
    "section.reproduce": ("复现信息", "Reproducibility"),
    "groups.few": (
        "有 {n} 个类别不足五族，区间很宽：不要凭这些数字给类别排序。",
        "{n} categories have fewer than five families and very wide intervals: "
        "do not rank categories by these numbers.",
    ),
    # ---- stages, in the order in which a run walks through them ---------------------------------
    "stage.taxonomy": ("分类", "taxonomy"),
    "stage.datasets": ("数据集", "datasets"),
    "stage.prompts": ("提问", "prompts"),
    "stage.models": ("模型", "models"),
    "stage.responses": ("回复", "responses"),
    "stage.labels": ("判读", "labels"),
    "stage.stats": ("统计", "stats"),
    "stage.report": ("报告", "report"),
    "stages.caption": ("一次评测走过的八步", "The eight stages of a run"),
    "stages.categories": ("{n} 个类别", "{n} categories"),
    "stages.families": ("{n} 个族", "{n} families"),
    "stages.templates": ("{n} 个模板", "{n} templates"),
    "stages.asked": ("{n} 次调用", "{n} calls"),
    "stages.read": ("{n} 条读出判断", "{n} gave a judgement"),
    "stages.rates": ("{n} 项比率", "{n} rates"),
    "stages.cases": ("{n} 例未答对", "{n} missed"),
    # ---- words of the head ----------------------------------------------------------------------
    "head.model": ("模型", "Model"),
    "head.suite": ("评测集", "Suite"),
    "head.template": ("提问模板", "Template"),
    "head.asked": ("调用数", "Calls"),
    "head.families": ("题族数", "Families"),
    "head.orders": ("选项顺序", "Orders"),
    "head.findings": ("主要发现", "Findings"),
    "head.rates": ("主要比率", "Main rates"),
    "orders.both": ("正反两序", "both"),
    "orders.stored": ("按文件所载", "as stored"),
    # ---- levels and difficulty ------------------------------------------------------------------
    "level.1": ("安全", "Safety"),
    "level.2": ("责任", "Responsibility"),
    "level_of": ("第 {n} 层", "Level {n}"),
    "difficulty.easy": ("易", "easy"),
    "difficulty.medium": ("中", "medium"),
    "difficulty.hard": ("难", "hard"),
    "difficulty.": ("未标注", "not stated"),
    "difficulty.unstated": ("未标注", "not stated"),
    "category.unstated": ("未标注", "not stated"),
    "template.unstated": ("未标注", "not stated"),
    "level.0": ("未分层", "no level"),
    # ---- rates ----------------------------------------------------------------------------------
    "rate.acc": ("正确率 acc", "acc"),
    "rate.acc_star": ("作答正确率 acc*", "acc*"),
    "rate.robust_acc": ("稳健正确率", "robust acc"),
    "rate.coverage": ("覆盖率", "coverage"),
    "rate.consistency": ("一致率", "consistency"),
    "rate.position_bias": ("位置偏差", "position bias"),
    "define.acc": (
        "选对的次数 ÷ 全部提问次数；被拦截和失败的调用也在分母里",
        "right ÷ all asked, blocked and failed calls included",
    ),
    "define.acc_star": (
        "选对的次数 ÷ 作出选择或答“都好／都不好”的次数（与论文的 acc* 同口径）",
        "right ÷ all that chose or said both or neither (the paper's acc*)",
    ),
    "define.robust_acc": (
        "每种顺序都选对的题对 ÷ 全部题对；两个选项时抛硬币约得 25%",
        "pairs right in every order ÷ pairs; with two options a coin gets about 25%",
    ),
    "define.coverage": (
        "作出选择或答“都好／都不好”的次数 ÷ 全部提问次数",
        "chose, or said both or neither ÷ all asked",
    ),
    "define.consistency": (
        "每种顺序都读出选择的题对中，始终选同一个回复的比例",
        "of the pairs with a choice in every order, those that chose the same reply throughout",
    ),
    "define.position_bias": (
        "选第一位的比例减去无偏时应有的比例（两个选项时为 50%）；0 为无偏，正值偏向第一位",
        "share of first-position choices less the fair share (50% of two); 0 is unbiased, above 0 leans to the first",
    ),
    # ---- verdicts, outcomes, and what a call comes to -------------------------------------------
    "verdict.right": ("选对", "right"),
    "verdict.wrong": ("选错", "wrong"),
    "verdict.both": ("都好", "both"),
    "verdict.neither": ("都不好", "neither"),
    "verdict.refused": ("拒答", "refused"),
    "verdict.unparsed": ("未能读出", "unparsed"),
    "verdict.truncated": ("截断", "truncated"),
    "verdict.blocked_input": ("提问被拦截", "prompt blocked"),
    "verdict.blocked_output": ("回答被拦截", "reply blocked"),
    "verdict.failed": ("调用失败", "failed"),
    "verdict.option": ("选第 {n} 位", "chose position {n}"),
    "explain.right": ("选中了应选的回复", "chose the reply that is right here"),
    "explain.wrong": ("选中了另一个回复", "chose another reply"),
    "explain.both": ("说几个回复都合适，没有取舍", "said that all replies will do"),
    "explain.neither": ("说没有一个回复合适", "said that none will do"),
    "explain.refused": ("模型自己不愿作答", "the model itself declined to answer"),
    "explain.unparsed": (
        "有回复，但规则读不出选择；不猜",
        "there is a reply, but no rule reads a choice in it; nothing is guessed",
    ),
    "explain.truncated": ("到长度上限仍未说完", "cut at the length limit before the answer was out"),
    "explain.blocked_input": (
        "服务商的内容过滤拦下了提问：是关于服务的结果，不算错答",
        "the vendor's filter stopped the prompt: a result about the service, not a wrong answer",
    ),
    "explain.blocked_output": (
        "服务商的内容过滤拦下了回答：是关于服务的结果，不算错答",
        "the vendor's filter stopped the answer: a result about the service, not a wrong answer",
    ),
    "explain.failed": (
        "网络或服务故障，有限次重试后仍失败；续跑时会重问",
        "network or server trouble after bounded retries; asked again on resume",
    ),
    "outcome.answered": ("有回复", "answered"),
    "outcome.truncated": ("截断", "truncated"),
    "outcome.blocked_input": ("提问被拦截", "prompt blocked"),
    "outcome.blocked_output": ("回答被拦截", "reply blocked"),
    "outcome.failed": ("调用失败", "failed"),
    "outcome.asked": ("全部提问", "asked"),
    # ---- tables and charts ----------------------------------------------------------------------
    "table.category": ("类别", "Category"),
    "table.level": ("层级", "Level"),
    "table.difficulty": ("难度", "Difficulty"),
    "table.template": ("模板", "Template"),
    "table.chart": ("正确率及区间", "Accuracy with interval"),
    "table.count": ("次数", "Count"),
    "table.share": ("占比", "Share"),
    "table.meaning": ("含义", "Meaning"),
    "table.verdict": ("判读", "Verdict"),
    "table.outcome": ("结局", "Outcome"),
    "table.rate": ("比率", "Rate"),
    "table.value": ("数值", "Value"),
    "table.interval": ("{p} 区间", "{p} interval"),
    "table.clusters": ("族数", "families"),
    "table.n_note": (
        "每格依次为：数值；{p} 区间；n（分母）· 族数（独立单位）。n = 0 表示没有可算的数据。",
        "Each cell: value; {p} interval; n (denominator) · families (independent units). "
        "n = 0 means that there is nothing to compute.",
    ),
    "cell.n": ("n {n} · {c} 族", "n {n} · {c} fam."),
    "cell.point": ("个百分点", "pp"),
    "chart.acc": ("acc：圆点与 {p} 区间", "acc: dot and {p} interval"),
    "chart.robust": ("稳健正确率：菱形与 {p} 区间", "robust acc: diamond and {p} interval"),
    "chart.chance": ("虚线：50%，不读题也能得到", "dashed: 50%, what not reading the question gets"),
    "chart.composition": ("每次提问的结果构成", "What the calls came to"),
    "chart.positions": ("选中的显示位置", "Displayed position chosen"),
    "chart.overall": ("全部", "Overall"),
    "chart.position": ("第 {n} 位", "position {n}"),
    # ---- order panel ----------------------------------------------------------------------------
    "order.lede": (
        "同一道题以相反的顺序各问一次。会读题的模型，换了顺序仍选同一个回复；只看位置的模型，换了顺序就换了选择。",
        "Every item is asked in opposite orders. A model that reads keeps to the same reply; "
        "a model that goes by position changes with the order.",
    ),
    "order.none": (
        "没有题目按所有顺序问过，因此不能说顺序的影响。用 --order both 再测。",
        "No item was asked in all its orders, so nothing can be said of order. Run again with --order both.",
    ),
    "order.gap": (
        "正确率与稳健正确率相差 {gap} 个百分点：差得越多，越多的正确来自位置而不是判断。",
        "acc and robust acc are {gap} points apart: the wider the gap, the more right answers "
        "come from position rather than judgement.",
    ),
    # ---- failures -------------------------------------------------------------------------------
    "gallery.shown": ("收录 {shown} 例，共 {total} 例未答对。", "{shown} shown of {total} missed."),
    "gallery.bounded": (
        "按提问顺序选取，并在类别之间均衡；完整记录在 responses.jsonl 与 labels.jsonl。",
        "Taken in the order asked, balanced over categories; all of them are in responses.jsonl and labels.jsonl.",
    ),
    "gallery.none": ("没有未答对的案例。", "No case was missed."),
    "gallery.caution": (
        "以下回复是被测模型的原话，未经审阅，可能不当。",
        "Replies below are the tested model's own words, unreviewed, and may be objectionable.",
    ),
    "gallery.redacted": (
        "本报告隐去了题目与回复的原文，只留判读与编号。",
        "Texts of items and replies are left out of this report; verdicts and ids remain.",
    ),
    "gallery.filter": ("筛选", "Filter"),
    "gallery.all": ("全部", "All"),
    "gallery.reset": ("清除筛选", "Reset"),
    "gallery.count": ("显示 {n} / {total} 例", "{n} of {total} shown"),
    "gallery.empty": ("没有符合筛选条件的案例。", "No case fits the filter."),
    "case.question": ("题目", "Prompt"),
    "case.options": ("选项（按显示顺序）", "Options, as displayed"),
    "case.reply": ("模型回复", "Reply"),
    "case.why": ("应选的理由", "Why it is right"),
    "case.reasoning": ("思考过程", "Reasoning"),
    "case.read": ("读出", "Read as"),
    "case.rule": ("规则", "Rule"),
    "case.span": ("依据", "Decided by"),
    "case.gold": ("应选", "right"),
    "case.chosen": ("模型所选", "chosen"),
    "case.empty": ("（没有文字）", "(no text)"),
    "case.error": ("服务返回", "Server said"),
    "case.id": ("题号", "Item"),
    "case.response": ("回复号", "Response"),
    "case.cut": ("以下还有 {n} 字未显示", "{n} more characters not shown"),
    "case.redacted": ("已隐去，共 {n} 字", "left out, {n} characters"),
    # ---- method ---------------------------------------------------------------------------------
    "method.definitions": ("各项比率的定义", "What the rates are"),
    "method.intervals": ("区间从何而来", "Where the intervals come from"),
    "method.intervals_text": (
        "独立单位是题族：同族的题共用题面或回复，不能当成各自独立。"
        "一族只有一次观测时用 Wilson 区间，一族有多次观测时用按族的聚类稳健区间。",
        "The independent unit is the family: items that share a prompt or a reply are not independent. "
        "With one observation a family the interval is Wilson's; with several it is robust to "
        "clustering by family.",
    ),
    "method.reading": ("如何读出选择", "How a choice is read"),
    "method.reading_text": (
        "先看拒答和“都好／都不好”，再看明确的取舍；否定与比较按意思读，以最后的决定为准。"
        "读不出的就是“未能读出”，从不按首尾字母猜。每条判读都记下规则与依据的原文。",
        "Refusals and both/neither come first, then explicit choices; negation and comparison are read by "
        "meaning and the last decision counts. What cannot be read is called unparsed, never guessed from a "
        "first or last letter. Every label keeps the rule and the words that decided.",
    ),
    "method.limits": ("这份报告不能说明什么", "What this report cannot say"),
    "method.limits_text": (
        "选择题测的是能否认出更合适的回复，不等于自己会写出这样的回复；两者应分开评测。"
        "题目由人或模型编写，覆盖有限；区间只反映抽样的不确定，不反映题目本身的取舍。",
        "Choosing measures whether a model recognises the better reply, not whether it would write one; "
        "test both. Items are written by people or models and cover only so much; an interval tells of "
        "sampling, not of how the items were chosen.",
    ),
    "interval.wilson": (
        "Wilson 得分区间（Wilson 1927），用于每族只有一次观测的比率",
        "Wilson's score interval (Wilson 1927), where no family repeats",
    ),
    "interval.wilson, cluster-robust by family (CR1, Korn–Graubard n_eff)": (
        "按族聚类的有效样本量（CR1 方差；Korn、Graubard 1998）上的 Wilson 区间（Franco 等 2019）",
        "Wilson's interval at the effective sample size under clustering by family "
        "(CR1 variance; Korn and Graubard 1998; Franco et al. 2019)",
    ),
    "interval.t, cluster-robust by family (CR1)": (
        "均值 ± t 分位数 × 按族聚类的标准误（CR1；Cameron、Miller 2015），截于可能的范围",
        "mean ± t quantile × standard error clustered by family (CR1; Cameron and Miller 2015), "
        "cut at what is possible",
    ),
    "interval.none (n = 0)": ("没有观测，因此没有数值", "nothing was observed, so there is no number"),
    "interval.none (one family: the whole range)": (
        "只有一个题族，不足以估计区间，因此给出整个可能的范围",
        "a single family says nothing of the spread, so the whole possible range is given",
    ),
    "interval.none (no item was asked in all its orders)": (
        "没有题目按所有顺序问过",
        "no item was asked in all its orders",
    ),
    # ---- reproducibility ------------------------------------------------------------------------
    "reproduce.lede": (
        "以下各项相同，则提问相同。不含时间、路径与主机名。",
        "Where these agree, the questions were the same. No times, paths or host names are kept here.",
    ),
    "reproduce.name": ("项", "Field"),
    "compare.title": ("模型对照", "Models side by side"),
}
