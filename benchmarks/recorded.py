"""Makes a run folder as a long run leaves it, without the calls.

    python -m benchmarks.recorded FOLDER SUITE URL --repeats 10 [--drop 10]

asks nothing: the manifest and the items are those of the real command, the responses are written
straight to the journal in a scattered order. `--drop` leaves out the last so many calls. The settings
name the server at URL, which is asked for what is left.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path


def record(out: Path, suite: Path, url: str, repeats: int, drop: int) -> int:
    """Write the folder and return how many responses it holds."""
    from cvalues.pipeline.folder import RESPONSES, claim_folder
    from cvalues.pipeline.settings import PlannedRun, settings_from
    from cvalues.pipeline.walk import prepare
    from cvalues.records import Response, Usage
    from cvalues.responses.journal import Journal

    settings = settings_from({"suite": str(suite), "out": str(out), "repeats": repeats, "base_url": url})
    planned = PlannedRun("vllm/bench", settings)
    run = prepare(planned)
    run.folder.mkdir(parents=True, exist_ok=True)
    claim_folder(run.folder, run.manifest, planned, run.items)
    rng = random.Random(0)
    calls = list(run.plan.calls())
    rng.shuffle(calls)
    journal = Journal(out / RESPONSES)
    sent = {"temperature": 0.0, "max_tokens": 64}
    for number, call in enumerate(calls[: len(calls) - drop]):
        text = f"回复{rng.choice((1, 1, 1, 2))}"
        journal.append(
            Response(
                id=call.id,
                prompt_id=call.prompt_id,
                item_id=call.item.id,
                model=run.manifest.model,
                outcome="answered",
                text=text,
                finish="stop",
                params=sent,
                order=call.order,
                template=run.template.name,
                usage=Usage(210, 4),
                latency=round(rng.uniform(0.1, 3.0), 4),
                status=200,
                served_by="bench",
                repeat=call.repeat,
                time=f"2026-01-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
            )
        )
    journal.close()
    return len(calls) - drop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("suite", type=Path)
    parser.add_argument("url")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--drop", type=int, default=0)
    options = parser.parse_args()
    print(record(options.folder, options.suite, options.url, options.repeats, options.drop))


if __name__ == "__main__":
    main()
