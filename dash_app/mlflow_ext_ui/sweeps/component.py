"""The Sweeps tab: the React component of ``assets/js/sweeps.js``, which draws it and fetches what it shows."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui import theme
from mlflow_ext_ui.own import OwnComponent


class Sweeps(OwnComponent):
    """Nothing while another tab is open.

    Args:
        id: the component's id.
        screen: what is on screen, as ``page.view_of`` says; None until it is known.
        urls: addresses of the routes: sweep, dependence, suggest.
    """

    def __init__(self, id: str, urls: dict[str, str], screen: dict[str, Any] | None = None) -> None:
        super().__init__(
            id=id, screen=screen, urls=urls, colors={name: list(one) for name, one in theme.SEQUENTIAL.items()}
        )
