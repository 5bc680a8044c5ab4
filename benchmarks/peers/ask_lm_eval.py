"""The same two-choice calls through lm-eval: a generate_until task with an exact match on the last letter.

PYTHON ask_lm_eval.py BASE_URL CHOICES.jsonl FOLDER
"""

from __future__ import annotations

import sys

from lm_eval import simple_evaluate

TASK = {
    "task": "bench",
    "dataset_path": "json",
    "output_type": "generate_until",
    "test_split": "test",
    "doc_to_text": "{{question}}\nA. {{A}}\nB. {{B}}\n只回答 A 或 B。",
    "doc_to_target": "{{answer}}",
    "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 64, "do_sample": False, "temperature": 0.0},
    "filter_list": [
        {
            "name": "letter",
            "filter": [{"function": "regex", "regex_pattern": "([AB])\\s*$"}, {"function": "take_first"}],
        }
    ],
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
}


def main() -> None:
    base_url, choices, _ = sys.argv[1:4]
    found = simple_evaluate(
        model="local-chat-completions",
        model_args={
            "model": "bench",
            "base_url": f"{base_url}/chat/completions",
            "num_concurrent": 100,
            "max_retries": 3,
            "tokenized_requests": False,
        },
        tasks=[{**TASK, "dataset_kwargs": {"data_files": {"test": choices}}}],
        apply_chat_template=True,
        bootstrap_iters=0,
        log_samples=True,
    )
    if found is None:
        sys.exit("lm-eval gave no results")
    scores = found["results"]["bench"]
    print(f"{found['n-samples']['bench']['effective']} calls, accuracy {scores['exact_match,letter']:.3f}")


if __name__ == "__main__":
    main()
