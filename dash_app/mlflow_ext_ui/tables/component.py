"""The Tables tab: the React component of ``assets/js/tables.js``, which draws it and fetches what it shows."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui.own import OwnComponent


class Tables(OwnComponent):
    """Nothing while another tab is open.

    Args:
        id: the component's id.
        screen: what is on screen, as ``page.view_of`` says; None until it is known.
        url: address of the route for tables.
        gridTheme: AG Grid's theme.
    """

    def __init__(
        self,
        id: str,
        screen: dict[str, Any] | None = None,
        url: str | None = None,
        gridTheme: dict[str, str] | None = None,
    ) -> None:
        super().__init__(id=id, screen=screen, url=url, gridTheme=gridTheme)
