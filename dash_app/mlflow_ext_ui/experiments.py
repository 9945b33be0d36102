"""All experiments, to find and to manage: the React component of ``assets/js/experiments.js``."""

from __future__ import annotations

from dash.development.base_component import Component


class Experiments(Component):  # type: ignore[misc]  # Dash has no types
    """Asks the REST API itself; what is looked for stands in the address."""

    _namespace = "mlflow_ext_ui"
    _type = "Experiments"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self) -> None:
        self._prop_names: list[str] = []
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__()
