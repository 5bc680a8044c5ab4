"""Items to what is sent: templates in Chinese and English, every item in balanced orders."""

from __future__ import annotations

from cvalues.prompts.choice import Orders, display_orders, make_prompts
from cvalues.prompts.template import Language, Template, load_template, template_names

__all__ = [
    "Language",
    "Orders",
    "Template",
    "display_orders",
    "load_template",
    "make_prompts",
    "template_names",
]
