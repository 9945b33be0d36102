"""A run's note, to read and to write: the React component of ``assets/js/note.js``."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Note(OwnComponent):
    """The note as text, and a field to change it; the server decides who may.

    Args:
        run: the run's id.
        text: the note as it stands, "" for none.
    """

    def __init__(self, run: str, text: str) -> None:
        super().__init__(run=run, text=text)
