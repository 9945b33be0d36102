"""The left column: experiment switcher, search, run list, and what is on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import ids, listing
from mlflow_ext_ui.controls import SearchBox, Switcher
from mlflow_ext_ui.parts import icon
from mlflow_ext_ui.runtools import Files, RunActions, RunTools
from mlflow_ext_ui.screen import SLOTS
from mlflow_ext_ui.source import Experiment
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.text import plural
from mlflow_ext_ui.theme import run_color

GRID_THEME = {
    "function": "themeQuartz.withParams({"
    "backgroundColor: 'transparent', foregroundColor: 'var(--x-text)', borderColor: 'var(--x-line)',"
    "headerBackgroundColor: 'transparent', headerTextColor: 'var(--x-text-2)', fontFamily: 'var(--x-font)',"
    "fontSize: 12, headerFontSize: 12, headerFontWeight: 500, rowHeight: 28, headerHeight: 28,"
    "cellHorizontalPadding: 10, wrapperBorder: false, wrapperBorderRadius: 0, columnBorder: false,"
    "headerColumnBorder: false, headerColumnResizeHandleColor: 'transparent',"
    "rowBorder: {color: 'var(--x-grid)'}, rowHoverColor: 'var(--x-hover)',"
    "selectedRowBackgroundColor: 'var(--x-sel)', accentColor: 'var(--x-accent)',"
    "cellTextColor: 'var(--x-text)', pinnedRowBorder: {color: 'var(--x-line)'},"
    "menuBackgroundColor: 'var(--x-raised)', inputBackgroundColor: 'var(--x-surface)',"
    "focusShadow: 'none', spacing: 6})"
}


def sidebar(prefix: str, mlflow_url: str) -> html.Aside:
    """The column as it stands before anything is known.

    Args:
        prefix: ours as the browser sees it.
        mlflow_url: MLflow's own page.
    """
    return html.Aside(
        [
            _switcher(),
            html.Div(
                [
                    SearchBox(
                        ids.RUN_SEARCH,
                        label="Search runs by name or id, or filter them as metrics.loss < 0.2",
                        placeholder="Search or filter runs",
                        wait=200,
                        shortcut="/",
                    ),
                    RunTools(fields=prefix + "_fields"),
                ],
                className="x-filters",
            ),
            html.Div(run_grid(infinite=False), id=ids.RUN_GRID_BOX, className="x-runs"),
            html.Div(
                [html.Span("No runs yet", className="x-medium"), html.Span("Runs appear here as soon as they start.")],
                id=ids.RUN_EMPTY,
                className="x-runs-empty",
                hidden=True,
            ),
            _foot(prefix),
            Files(api=prefix + "api/runs/", artifact=mlflow_url + "get-artifact"),
            html.Div(className="x-resize", role="separator", tabIndex=0, **_RESIZER),
        ],
        className="x-side",
        **{"aria-label": "Runs"},
    )


_RESIZER = {
    "aria-label": "Width of the run list",
    "aria-orientation": "vertical",
    "aria-valuemin": "200",
    "aria-valuemax": "640",
    "aria-valuenow": "280",
}


def _switcher() -> Component:
    return Switcher(
        [
            SearchBox(ids.EXPERIMENT_SEARCH, label="Search experiments", placeholder="Search experiments", wait=150),
            html.Nav(id=ids.EXPERIMENTS, className="x-experiments", **{"aria-label": "Experiments"}),
            html.Div(
                html.Button(
                    [icon("table-2", "x-t2"), "All experiments: make, find, change"],
                    className="x-menu-item",
                    type="button",
                    **{"data-act": "experiments"},
                ),
                className="x-manage",
            ),
        ],
        id=ids.EXPERIMENT_SWITCH,
    )


def experiment_links(found: Sequence[Experiment], state: ViewState) -> Component:
    """The switcher's list; each entry is a true link to the experiment."""
    if not found:
        return html.Div("No experiment has this in its name.", className="x-none")
    return html.Div(
        [
            html.A(
                [
                    html.Span(one.name, className="x-name", title=one.name),
                    html.Span(plural(one.runs, "run"), className="x-count"),
                ],
                href=state.model_copy(update=_ELSEWHERE | {"experiment": one.id}).address(),
                className="x-link x-experiment-row",
                **({"aria-current": "true"} if one.id == state.experiment else {}),
            )
            for one in found
        ]
    )


_ELSEWHERE: dict[str, Any] = {
    "runs": None,
    "search": "",
    "filter": "",
    "collapsed": None,
    "plot": None,
    "compare": (),
    "run": None,
    "experiments": None,
    "view": None,
    "layout": None,
}
_ELSEWHERE |= {"where": "", "sort": "", "columns": (), "stage": "active", "group": "", "pinned": ()}


def run_grid(*, infinite: bool, columns: Sequence[dict[str, Any]] = (), sort: str = "") -> dag.AgGrid:
    """The run list; ``infinite`` asks the server for rows while it scrolls, from the first one on in this order."""
    options: dict[str, Any] = {
        "theme": GRID_THEME,
        "animateRows": False,
        "ensureDomOrder": True,
        "suppressMovableColumns": True,
        "suppressCellFocus": False,
        "suppressScrollOnNewData": True,
        "suppressNoRowsOverlay": True,
        "pinnedTopRowData": [],
        "enableCellTextSelection": False,
    }
    if infinite:
        options |= {
            "cacheBlockSize": listing.WINDOW,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": listing.WINDOW,
        }
    return dag.AgGrid(
        id=ids.RUN_GRID,
        columnDefs=listing.ordered(columns or listing.columns(0, None), sort),
        rowData=None if infinite else [],
        rowModelType="infinite" if infinite else "clientSide",
        getRowId="params.data.id",
        dashGridOptions=options,
        defaultColDef={
            "resizable": False,
            "suppressHeaderMenuButton": True,
            "sortingOrder": ["desc", "asc", None],
            "comparator": {"function": "mxLast"},
        },
        style={"height": "100%", "width": "100%"},
    )


def grid_for(now: dict[str, Any] | None, infinite: bool, sort: str = "") -> dag.AgGrid | None:
    """A new grid when the list passes the length up to which the browser holds it whole; None: the grid stays."""
    if now is None or now["error"] or now["infinite"] == infinite:
        return None
    return run_grid(infinite=now["infinite"], columns=now["columns"], sort=sort)


def _foot(prefix: str) -> html.Div:
    on_screen = html.Span(id=ids.ON_SCREEN, className="x-grow", **{"aria-live": "polite"})
    actions = RunActions(
        pick=prefix + "_pick",
        bulk=prefix + "api/runs/bulk",
        run=prefix + "api/runs/",
        colors=[run_color(slot) for slot in range(SLOTS)],
    )
    return html.Div([on_screen, actions], className="x-foot")
