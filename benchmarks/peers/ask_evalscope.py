"""The same two-choice calls through evalscope: its general multiple-choice benchmark over a local file.

PYTHON ask_evalscope.py BASE_URL CHOICES.jsonl FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import copyfile

from evalscope import TaskConfig, run_task


def main() -> None:
    base_url, choices, folder = sys.argv[1:4]
    data = Path(folder) / "data"
    data.mkdir()
    copyfile(choices, data / "bench_val.jsonl")
    run_task(
        TaskConfig(
            model="bench",
            api_url=base_url,
            api_key="none",
            eval_type="openai_api",
            datasets=["general_mcq"],
            dataset_args={"general_mcq": {"local_path": str(data), "subset_list": ["bench"], "few_shot_num": 0}},
            eval_batch_size=100,
            generation_config={"temperature": 0.0, "max_tokens": 64},
            work_dir=str(Path(folder) / "out"),
        )
    )
    with open(choices, encoding="utf-8") as file:
        print(f"{sum(1 for _ in file)} calls")


if __name__ == "__main__":
    main()
