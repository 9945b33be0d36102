"""The tools of the run list, as React components of ``assets/js``: what narrows the list, and what acts on runs."""

from __future__ import annotations

from dash.development.base_component import Component


class RunTools(Component):  # type: ignore[misc]  # Dash has no types
    """The filter's chips, its builder and the choice of columns.

    Args:
        fields: the address that tells what runs hold.
    """

    _namespace = "mlflow_ext_ui"
    _type = "RunTools"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self, fields: str) -> None:
        self._prop_names = ["fields"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(fields=fields)


class RunActions(Component):  # type: ignore[misc]  # Dash has no types
    """Which runs to put on screen at once, and what to do with those that are chosen.

    Args:
        pick: the address that finds runs by what they are.
        bulk: the address that changes many runs.
        run: the address that changes one, up to its id.
        colors: of each slot, as CSS has it.
    """

    _namespace = "mlflow_ext_ui"
    _type = "RunActions"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init__(self, pick: str, bulk: str, run: str, colors: list[str]) -> None:
        self._prop_names = ["pick", "bulk", "run", "colors"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(pick=pick, bulk=bulk, run=run, colors=colors)
