"""The same two-choice calls through inspect_ai: its own multiple-choice solver and scorer.

PYTHON ask_inspect.py BASE_URL CHOICES.jsonl FOLDER
"""

from __future__ import annotations

import json
import os
import sys

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice


def main() -> None:
    base_url, choices, folder = sys.argv[1:4]
    os.environ |= {"BENCH_BASE_URL": base_url, "BENCH_API_KEY": "none", "INSPECT_DISPLAY": "none"}
    with open(choices, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    samples = [Sample(input=row["question"], choices=[row["A"], row["B"]], target=row["answer"]) for row in rows]
    task = Task(dataset=MemoryDataset(samples), solver=multiple_choice(), scorer=choice())
    [log] = eval(
        task,
        model="openai-api/bench/bench",
        max_connections=100,
        max_samples=100,
        log_realtime=False,
        score_display=False,
        temperature=0.0,
        max_tokens=64,
        display="none",
        log_dir=folder,
    )
    if log.status != "success" or log.results is None:
        sys.exit(f"inspect_ai: {log.status}")
    accuracy = log.results.scores[0].metrics["accuracy"].value
    print(f"{log.results.completed_samples} calls, accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
