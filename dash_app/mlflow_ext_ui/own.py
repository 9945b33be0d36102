"""What every component of ours shares: those are React components in ``assets/js``, not made by Dash's generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component


class OwnComponent(Component):  # type: ignore[misc]  # Dash has no types
    """A component whose class has the name that ``assets/js`` gives it.

    Args:
        props: what it is given; those that are None stand at the browser's own default.
        written: names of further props that callbacks write and read.
    """

    _namespace = "mlflow_ext_ui"
    _children_props: tuple[str, ...] = ()
    _base_nodes = ("children",)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._type = cls.__name__

    def __init__(self, *, written: Sequence[str] = (), **props: Any) -> None:
        self._prop_names = [*props, *written]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        super().__init__(**props)
