"""A value that lives in the page, as ``dcc.Store`` is, without the half megabyte of scripts around it."""

from __future__ import annotations

from dash.development.base_component import Component


class Store(Component):  # type: ignore[misc]  # Dash has no types
    """Draws nothing; callbacks write and read its ``data``.

    Args:
        id: the component's id.
    """

    _namespace = "mlflow_ext_ui"
    _type = "Store"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self, id: str) -> None:
        self._prop_names = ["id", "data"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(id=id)
