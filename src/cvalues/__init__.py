"""Measure the human values of large language models in Chinese, on two levels: safety and responsibility.

The pipeline, one way: taxonomy → datasets → prompts → models → responses → labels → stats → report.
Names below are imported when first used, so that `import cvalues` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvalues.datasets import load_suite
    from cvalues.errors import CValuesError
    from cvalues.labels.choice import Reading, read_choice
    from cvalues.pipeline import Evaluation, RunSettings, evaluate, rescore, write_report
    from cvalues.records import Category, Estimate, Family, Item, Label, Prompt, Response

__version__ = "0.1.0"

__all__ = [
    "CValuesError",
    "Category",
    "Estimate",
    "Evaluation",
    "Family",
    "Item",
    "Label",
    "Prompt",
    "Reading",
    "Response",
    "RunSettings",
    "evaluate",
    "load_suite",
    "read_choice",
    "rescore",
    "write_report",
]

_HOMES = {
    "CValuesError": "cvalues.errors",
    "Evaluation": "cvalues.pipeline",
    "Reading": "cvalues.labels.choice",
    "RunSettings": "cvalues.pipeline",
    "evaluate": "cvalues.pipeline",
    "load_suite": "cvalues.datasets",
    "read_choice": "cvalues.labels.choice",
    "rescore": "cvalues.pipeline",
    "write_report": "cvalues.pipeline",
}


def __getattr__(name: str) -> Any:
    """Return a public name from its home, imported on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'cvalues' has no attribute '{name}'")
    return getattr(import_module(_HOMES.get(name, "cvalues.records")), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
