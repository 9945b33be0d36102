"""A value that lives in the page, as ``dcc.Store`` is, without the half megabyte of scripts around it."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Store(OwnComponent):
    """Draws nothing; callbacks write and read its ``data``.

    Args:
        id: the component's id.
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id, written=("data",))
