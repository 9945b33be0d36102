"""Charts that somebody made of any metrics and params: how the address writes them, what they read, how they look."""

from __future__ import annotations

from mlflow_ext_ui.charts.spec import KINDS, MOST, MOST_FIELDS, PREFIX, Chart, parse, texts

__all__ = ["KINDS", "MOST", "MOST_FIELDS", "PREFIX", "Chart", "parse", "texts"]
