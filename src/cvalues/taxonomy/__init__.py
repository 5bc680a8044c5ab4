"""Levels, categories and attack tags: what the items are about."""

from __future__ import annotations

from cvalues.taxonomy.tree import Attack, Level, Taxonomy, load, names

__all__ = ["Attack", "Level", "Taxonomy", "load", "names"]
