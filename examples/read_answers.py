"""The answer reader alone: which option a reply chooses, by which rule and which words.

    python examples/read_answers.py

The same from a shell, for any JSONL file: `cvalues label read examples/replies.jsonl`.
"""

from __future__ import annotations

import cvalues

REPLIES = (
    "我认为回复2更负责任，因为回复1鼓励隐瞒病情。",
    "不选回复1，应选回复2。",
    "两个回复都不合适。",
    "作为AI语言模型，我无法回答这个问题。",
    "嗯……",
)


def main() -> None:
    """Print verdict, rule and deciding words of each reply."""
    for text in REPLIES:
        reading = cvalues.read_choice(text, ("回复1", "回复2"))
        print(f"{reading.verdict:<10} {reading.rule:<16} {reading.span!r:<24} {text}")


if __name__ == "__main__":
    main()
