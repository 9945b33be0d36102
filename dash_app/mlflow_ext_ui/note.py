"""A run's note, to read and to write: the React component of ``assets/js/note.js``."""

from __future__ import annotations

from dash.development.base_component import Component


class Note(Component):  # type: ignore[misc]  # Dash has no types
    """The note as text, and a field to change it; the server decides who may.

    Args:
        run: the run's id.
        text: the note as it stands, "" for none.
    """

    _namespace = "mlflow_ext_ui"
    _type = "Note"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self, run: str, text: str) -> None:
        self._prop_names = ["run", "text"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(run=run, text=text)
