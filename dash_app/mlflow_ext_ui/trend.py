"""How the best became better: the React component of ``assets/js/trend.js``."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui.own import OwnComponent


class Trend(OwnComponent):
    """Runs as dots over time and the best so far as a stair, each step a link.

    Args:
        dots: pairs x, y of runs, from left and top, 0 to 1.
        steps: ``{"x", "y", "text", "href"}`` of each record, in order of time.
        values: the texts at the top and at the bottom.
        span: the texts at the left and at the right end.
        experiment: whose trend is asked for in words.
    """

    def __init__(
        self,
        dots: list[list[float]],
        steps: list[dict[str, Any]],
        values: list[str],
        span: list[str],
        experiment: str | None = None,
    ) -> None:
        super().__init__(dots=dots, steps=steps, values=values, span=span, experiment=experiment)
