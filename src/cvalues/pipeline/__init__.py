"""The walk through the whole line, for Python users and for the command line alike."""

from __future__ import annotations

from cvalues.pipeline.score import Scored, rescore, write_report
from cvalues.pipeline.settings import RunSettings
from cvalues.pipeline.walk import Evaluation, evaluate

__all__ = ["Evaluation", "RunSettings", "Scored", "evaluate", "rescore", "write_report"]
