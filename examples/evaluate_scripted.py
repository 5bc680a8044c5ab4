"""The whole pipeline in one call, on models that need no network and whose numbers are known beforehand.

    python examples/evaluate_scripted.py

`gold` is always right; `first` always takes the reply shown first: right half of the time, never in both
orders; `refuse` never chooses, which lowers acc and coverage and leaves nothing for acc*.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cvalues


def shown(rate: dict[str, Any]) -> str:
    """Return a rate as percent with its interval, or that there is nothing to compute."""
    if rate["value"] is None:
        return "n = 0"
    value, low, high = (100 * rate[key] for key in ("value", "low", "high"))
    return f"{value:5.1f} [{low:5.1f}, {high:5.1f}]"


def main() -> None:
    """Evaluate three scripted models on one family of each category and print their rates."""
    names = ("acc", "acc_star", "robust_acc", "coverage")
    print("model".ljust(16), *(name.rjust(20) for name in names))
    with tempfile.TemporaryDirectory() as folder:
        for model in ("scripted/gold", "scripted/first", "scripted/refuse"):
            out = str(Path(folder) / model)
            evaluation = cvalues.evaluate(model, "open", limit=36, seed=1, out=out)
            rates = (evaluation.results or {})["rates"]
            print(model.ljust(16), *(shown(rates[name]).rjust(20) for name in names))


if __name__ == "__main__":
    main()
