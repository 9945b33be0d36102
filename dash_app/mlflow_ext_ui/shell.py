"""The frame of the page: sidebar, tabs, tools, and the place where a tab shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import ids, tabs
from mlflow_ext_ui.alerts import Alerts
from mlflow_ext_ui.board import Board
from mlflow_ext_ui.controls import Shortcuts
from mlflow_ext_ui.parts import button, icon
from mlflow_ext_ui.sidebar import GRID_THEME, sidebar
from mlflow_ext_ui.state import TABS
from mlflow_ext_ui.store import Store
from mlflow_ext_ui.sweeps.component import Sweeps
from mlflow_ext_ui.tables.component import Tables
from mlflow_ext_ui.views import Views

SHORTCUTS = (
    ("/", "Search or filter runs"),
    ("f", "Filter plots"),
    ("s", "Switch experiment"),
    ("t", "Light or dark"),
    ("l", "Logarithmic y axis"),
    ("c", "Copy a link to this view"),
    ("v", "Saved views"),
    ("↑ ↓", "Move in the run list"),
    ("Space", "Put the run on screen, or take it off"),
    ("o", "Open the page of the run in the list"),
    (".", "Colour of the run, pin it to the top"),
    ("Shift Space", "The same for all runs from the last one on"),
    ("Esc", "Leave full screen, close a dialog, clear a search"),
    ("?", "This list"),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things lie, seen from the browser: our prefix and MLflow's page, both with their slashes."""

    prefix: str
    mlflow: str

    def urls(self) -> dict[str, str]:
        """What the board fetches from."""
        return {
            "pictures": self.prefix + "_pictures",
            "values": self.prefix + "_values",
            "steps": self.prefix + "_steps",
            "tail": self.prefix + "api/tail",
        }

    def sweeps(self) -> dict[str, str]:
        """What the Sweeps tab fetches from."""
        return {name: f"{self.prefix}_{name}" for name in ("sweep", "dependence", "suggest")}


def layout(addresses: Addresses, config: dict[str, Any]) -> Component:
    """The whole page, before its address is known."""
    return html.Div(
        [
            Store(ids.URL),
            Store(ids.VIEW),
            Store(ids.LISTING),
            html.Div(
                [
                    sidebar(addresses.prefix, addresses.mlflow),
                    html.Div(
                        [
                            _top_bar(addresses),
                            tabs.plots.toolbar(),
                            html.Main(
                                [
                                    html.Div(id=ids.MISSING, className="x-missing", role="status"),
                                    Board(ids.BOARD, urls=addresses.urls(), config=config, gridTheme=GRID_THEME),
                                    Tables(ids.TABLES, url=addresses.prefix + "_tables", gridTheme=GRID_THEME),
                                    Sweeps(ids.SWEEPS, urls=addresses.sweeps()),
                                    html.Div(id=ids.MESSAGE, className="x-message"),
                                ],
                                className="x-body",
                                id="x-main",
                                tabIndex=-1,
                            ),
                        ],
                        className="x-main",
                    ),
                ],
                className="x-shell",
            ),
            Shortcuts(SHORTCUTS),
        ]
    )


def _top_bar(addresses: Addresses) -> html.Header:
    return html.Header(
        [
            html.Nav(
                [html.A(tab.capitalize(), href=tab, className="x-tab x-link", **{"data-tab": tab}) for tab in TABS],
                className="x-tabs",
                **{"aria-label": "Views"},
            ),
            html.Div(
                [
                    html.Span(id=ids.RUNNING, className="x-running", hidden=True),
                    Views(),
                    Alerts(),
                    button(glyph="link", label="Copy a link to this view", look="x-quiet", **{"data-act": "copy-link"}),
                    button(glyph="moon", label="Switch to dark", look="x-quiet x-theme", **{"data-act": "theme"}),
                    button(glyph="keyboard", label="Keyboard shortcuts", look="x-quiet", **{"data-act": "shortcuts"}),
                    html.A(
                        ["MLflow", icon("arrow-up-right", "x-s12")],
                        id=ids.MLFLOW,
                        href=addresses.mlflow,
                        className="x-btn x-quiet",
                        **{"data-base": addresses.mlflow},
                    ),
                ],
                className="x-end",
            ),
        ],
        className="x-top",
    )
