"""How the best became better: the React component of ``assets/js/trend.js``."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Trend(Component):  # type: ignore[misc]  # Dash has no types
    """Runs as dots over time and the best so far as a stair, each step a link.

    Args:
        dots: pairs x, y of runs, from left and top, 0 to 1.
        steps: ``{"x", "y", "text", "href"}`` of each record, in order of time.
        values: the texts at the top and at the bottom.
        span: the texts at the left and at the right end.
    """

    _namespace = "mlflow_ext_ui"
    _type = "Trend"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(
        self, dots: list[list[float]], steps: list[dict[str, Any]], values: list[str], span: list[str]
    ) -> None:
        self._prop_names = ["dots", "steps", "values", "span"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(dots=dots, steps=steps, values=values, span=span)
