"""The menu of saved views: the React component of ``assets/js/viewmenu.js``, which asks the REST API itself."""

from __future__ import annotations

from dash.development.base_component import Component


class Views(Component):  # type: ignore[misc]  # Dash has no types
    """A button that names the open view, with a menu that opens, saves, renames and deletes views."""

    _namespace = "mlflow_ext_ui"
    _type = "Views"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self) -> None:
        self._prop_names: list[str] = []
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__()
