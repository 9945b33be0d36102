"""The Dash app: its page, its callbacks, its routes."""

from __future__ import annotations

import logging
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, no_update

from mlflow_ext_ui import held, ids, index, listing, routes, shell, sidebar, static
from mlflow_ext_ui.figures import GRAPH_CONFIG
from mlflow_ext_ui.routes import principal
from mlflow_ext_ui.source import DataSource

logger = logging.getLogger(__name__)


def create_app(source: DataSource, *, prefix: str = "/ext/", mlflow_url: str = "/") -> dash.Dash:
    """The UI as a Dash app on Flask; nothing it loads comes from outside.

    Args:
        source: where everything it shows comes from.
        prefix: the path under which the browser sees it, with both slashes.
        mlflow_url: MLflow's own page as the browser sees it.
    """
    app = index.IndexedDash(
        "mlflow_ext_ui",
        requests_pathname_prefix=prefix,
        routes_pathname_prefix="/",
        assets_folder=str(static.ASSETS),
        assets_ignore=index.NOT_LISTED,
        serve_locally=True,
        update_title="",
        title="mlflow-ext",
        suppress_callback_exceptions=True,
        add_log_handler=False,
        external_scripts=[index.scripts_url(prefix)],
        index_string=index.index_page(prefix),
    )
    # plotly's own hint on double clicks would stand over the page; the card has a button for it.
    app.layout = shell.layout(shell.Addresses(prefix, mlflow_url), {**GRAPH_CONFIG, "showTips": False})
    register(app, source)
    routes.register(app.server, source)
    static.register(app.server, made=index.joined())
    return app


def register(app: dash.Dash, source: DataSource) -> None:
    """Bind the callbacks that ask the source, then those that stay in the browser."""

    def more_runs(request: dict[str, Any] | None, view: dict[str, Any] | None) -> Any:
        shown = held.read(held.Listed, view or {}, "view")
        experiment = shown.experiment.id if shown.experiment else None
        query = listing.ListQuery.of(shown.state)
        return listing.window(source, principal(), experiment, query, request) if request else no_update

    def find_experiments(search: str | None, opened: bool, view: dict[str, Any] | None) -> Any:
        if not opened:
            return no_update
        state = held.read(held.Listed, view or {}, "view").state
        name = held.read(held.Name, {"value": search or ""}, "search").value
        return sidebar.experiment_links(source.experiments(principal(), search=name, limit=100), state)

    view = State(ids.VIEW, "data")
    app.callback(
        Output(ids.RUN_GRID, "getRowsResponse"), Input(ids.RUN_GRID, "getRowsRequest"), view, prevent_initial_call=True
    )(more_runs)
    app.callback(
        Output(ids.EXPERIMENTS, "children"),
        Input(ids.EXPERIMENT_SEARCH, "value"),
        Input(ids.EXPERIMENT_SWITCH, "opened"),
        view,
        prevent_initial_call=True,
    )(find_experiments)
    _register_browser(app)


def _register_browser(app: dash.Dash) -> None:
    def browser(name: str, *parts: Any, first: bool = False) -> None:
        app.clientside_callback(ClientsideFunction("mlflow_ext", name), *parts, prevent_initial_call=not first)

    browser("start", Output(ids.URL, "data"), Input(ids.URL, "id"), first=True)
    browser(
        "show",
        Output(ids.VIEW, "data"),
        Output(ids.MESSAGE, "children"),
        Output(ids.MISSING, "children"),
        Output(ids.LISTING, "data"),
        Output(ids.BOARD, "plots"),
        Output(ids.RUN_GRID_BOX, "children"),
        Input(ids.URL, "data"),
        State(ids.VIEW, "data"),
        State(ids.LISTING, "data"),
    )
    browser("settle", Output(ids.BOARD, "screen"), Input(ids.VIEW, "data"))
    browser("show_sweeps", Output(ids.SWEEPS, "screen"), Input(ids.BOARD, "screen"))
    browser("show_tables", Output(ids.TABLES, "screen"), Input(ids.BOARD, "screen"))
    browser("list_runs", Input(ids.LISTING, "data"), Input(ids.VIEW, "data"), Input(ids.RUN_GRID_BOX, "children"))
