"""Which way a metric is better: as its name tells, unless the reader said otherwise."""

from __future__ import annotations

from mlflow_ext.direction import Direction, better
from mlflow_ext_ui.tables.state import TableState

ARROWS: dict[Direction | None, str] = {"lower": "↓", "higher": "↑", None: ""}


def direction(key: str, state: TableState) -> Direction | None:
    """Which way the metric is better; None when nothing tells."""
    if key in state.lower:
        return "lower"
    if key in state.higher:
        return "higher"
    return better(key)


def switched(state: TableState) -> dict[str, Direction]:
    """What the reader said, by metric."""
    said: dict[str, Direction] = dict.fromkeys(state.higher, "higher")
    return said | dict.fromkeys(state.lower, "lower")
