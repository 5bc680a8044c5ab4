"""What to ask: bundled families, public sets and any table, read into items."""

from __future__ import annotations

from cvalues.datasets.build import items_of_family
from cvalues.datasets.catalog import data_folder, load_catalog
from cvalues.datasets.check import validate_items
from cvalues.datasets.fetch import get_dataset
from cvalues.datasets.generic import parse_columns
from cvalues.datasets.load import load_file, read_items
from cvalues.datasets.problems import Problem
from cvalues.datasets.read import Row, read_rows
from cvalues.datasets.sample import sample_items, select
from cvalues.datasets.suite import load_suite, suite_hash, suite_names

__all__ = [
    "Problem",
    "Row",
    "data_folder",
    "get_dataset",
    "items_of_family",
    "load_catalog",
    "load_file",
    "load_suite",
    "parse_columns",
    "read_items",
    "read_rows",
    "sample_items",
    "select",
    "suite_hash",
    "suite_names",
    "validate_items",
]
