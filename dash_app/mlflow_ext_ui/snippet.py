"""The lines to type for a first plot: the React component of ``assets/js/snippet.js``.

The browser writes them, for it alone knows by which address it reached this server.
"""

from __future__ import annotations

from dash.development.base_component import Component


class Snippet(Component):  # type: ignore[misc]  # Dash has no types
    """Python code that logs a first plot to this server, with a button that copies it.

    Args:
        experiment: the experiment to log to; None leaves out the line that names one.
    """

    _namespace = "mlflow_ext_ui"
    _type = "Snippet"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self, experiment: str | None = None) -> None:
        self._prop_names = ["experiment"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(experiment=experiment)
