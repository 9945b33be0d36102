"""The Tables tab: the React component of ``assets/js/tables.js``, which draws it and fetches what it shows."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Tables(Component):  # type: ignore[misc]  # Dash has no types
    """Nothing while another tab is open.

    Args:
        id: the component's id.
        screen: what is on screen, as ``page.view_of`` says; None until it is known.
        url: address of the route for tables.
        gridTheme: AG Grid's theme.
    """

    _namespace = "mlflow_ext_ui"
    _type = "Tables"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(
        self,
        id: str,
        screen: dict[str, Any] | None = None,
        url: str | None = None,
        gridTheme: dict[str, str] | None = None,
    ) -> None:
        self._prop_names = ["id", "screen", "url", "gridTheme"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(id=id, screen=screen, url=url, gridTheme=gridTheme)
