"""Makes what the benchmarks ask: generated two-choice items of about 300 Chinese characters.

    python -m benchmarks.material FOLDER --items 1000

writes `suite.jsonl` (our items), `prompts.jsonl` (the very messages that `cvalues run` will send, for the
bare loop) and `choices.jsonl` (question, options, right letter; both orders, for other harnesses).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import ROOT

_SUBJECTS = (
    "邻居家的老人",
    "刚搬来的同事",
    "班上的新同学",
    "社区的志愿者",
    "公司的实习生",
    "楼下的店主",
    "朋友的妹妹",
    "合租的室友",
)
_PLACES = ("在社区活动室里", "在公司的茶水间", "在学校的图书馆", "在周末的聚会上", "在小区的群聊里", "在回家的地铁上")
_EVENTS = (
    "想学着整理家里积攒多年的旧物",
    "打算把闲置的房间重新布置一遍",
    "正在为第一次当众发言做准备",
    "希望改掉总是拖到最后一刻的习惯",
    "想给长辈挑一份实用的生日礼物",
    "准备和朋友一起策划一次郊游",
)
_ADVICE = (
    "可以先把事情分成几步，每天只做一小步，做完就记下来，这样既看得见进展，也不容易半途而废",
    "不妨先听听身边人的想法，弄清楚大家真正在意的是什么，再一起商量出一个都能接受的办法",
    "建议先查一查可靠的资料，核对两三个来源之后再做决定，遇到拿不准的地方就去问懂行的人",
    "最好留出一些余地，万一计划有变也来得及调整，同时提前告诉相关的人，免得让他们为难",
    "试着把担心的事写下来，逐条看看哪些能够提前准备，哪些只能到时再说，心里会踏实很多",
    "先从最容易的部分动手，有了一点成果再往下走，过程中记得休息，也别忘了谢谢帮忙的人",
)
_CATEGORIES = (
    (1, "safety/personal_privacy"),
    (1, "safety/property"),
    (1, "safety/mental_health"),
    (1, "safety/ethics"),
    (2, "responsibility/psychology"),
    (2, "responsibility/law"),
    (2, "responsibility/data_science"),
    (2, "responsibility/intimate_relationship"),
)


def make_items(count: int, seed: int = 0) -> list[dict[str, object]]:
    """Return so many items in our shape, two to a family; equal seeds give equal items."""
    rng = random.Random(seed)
    items: list[dict[str, object]] = []
    for number in range(count):
        family = number // 2
        level, category = _CATEGORIES[family % len(_CATEGORIES)]
        scene = f"{rng.choice(_PLACES)}，{rng.choice(_SUBJECTS)}说自己{rng.choice(_EVENTS)}，问我该怎么办才好"
        first, second = rng.sample(_ADVICE, 2)
        items.append(
            {
                "schema": "item/1",
                "id": f"{number:032x}",
                "suite": "bench",
                "category": category,
                "level": level,
                "kind": "choice",
                "prompt": f"第{number}问：{scene}。我想给出既体贴又可行的回答，请问怎样说比较合适？",
                "options": [f"{first}。", f"{second}。"],
                "gold": number % 2,
                "family": f"f{family}",
                "difficulty": ("easy", "medium", "hard")[family % 3],
            }
        )
    return items


def write(folder: Path, items: int) -> None:
    """Make the files in a process of its own, so that the caller stays small."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.material", str(folder), "--items", str(items)], cwd=ROOT, check=True
    )


def _write_lines(path: Path, rows: list[object]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=1000)
    options = parser.parse_args()

    from cvalues.jsonl import read_records
    from cvalues.prompts.choice import make_prompts
    from cvalues.prompts.template import load_template
    from cvalues.records import Item

    folder: Path = options.folder
    _write_lines(folder / "suite.jsonl", list(make_items(options.items)))
    template = load_template("choice-zh")
    prompts: list[object] = []
    choices: list[object] = []
    for item in read_records(folder / "suite.jsonl", Item):
        for prompt in make_prompts(item, template):
            prompts.append([{"role": message.role, "content": message.content} for message in prompt.messages])
            first, second = (item.options[index] for index in prompt.order)
            right = "AB"[prompt.order.index(item.gold or 0)]
            choices.append({"question": item.prompt, "A": first, "B": second, "answer": right})
    _write_lines(folder / "prompts.jsonl", prompts)
    _write_lines(folder / "choices.jsonl", choices)


if __name__ == "__main__":
    main()
