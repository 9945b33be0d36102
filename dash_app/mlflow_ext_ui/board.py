"""The board: the React component of ``assets/js/board.js``, which shows the cards and fetches their pictures."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui.own import OwnComponent


class Board(OwnComponent):
    """Cards by section, drawn when they come near the viewport.

    Args:
        id: the component's id.
        plots: which cards there are, as ``cards.card_list`` says.
        screen: what is on screen, as ``page.view_of`` says; None until it is known.
        urls: addresses of the routes for pictures, values and live points.
        config: plotly's config for every graph.
        gridTheme: AG Grid's theme for tables in cards.
    """

    def __init__(
        self,
        id: str,
        plots: dict[str, Any] | None = None,
        screen: dict[str, Any] | None = None,
        urls: dict[str, str] | None = None,
        config: dict[str, Any] | None = None,
        gridTheme: dict[str, str] | None = None,
    ) -> None:
        super().__init__(id=id, plots=plots, screen=screen, urls=urls, config=config, gridTheme=gridTheme)
