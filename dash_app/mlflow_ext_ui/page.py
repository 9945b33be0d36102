"""From an address to what the page shows: one answer to the browser's one question."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component
from pydantic import BaseModel, ConfigDict

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_ui import cards, messages, sidebar, tabs
from mlflow_ext_ui.charts.picture import own_cards
from mlflow_ext_ui.experiments import Experiments
from mlflow_ext_ui.held import HeldView, Whole
from mlflow_ext_ui.listing import ListQuery, listing
from mlflow_ext_ui.overview import overview
from mlflow_ext_ui.screen import Screen, screen, slots
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.state import ViewState

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """What to show. None in ``listing`` and ``plots``: what the browser has is still right."""

    view: dict[str, Any]
    listing: dict[str, Any] | None
    plots: dict[str, Any] | None
    message: Component | None
    missing: str


class Address(BaseModel):
    """Where the browser is: path and query as it shows them, and how often it has asked to see news."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = ""
    search: str = ""
    refresh: Whole = 0


class PageRequest(BaseModel):
    """What the browser asks: ``before`` is the view that it has, ``infinite`` the form of its run list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Address
    before: HeldView | None = None
    infinite: bool = False


def answer(source: DataSource, principal: Principal, request: PageRequest) -> dict[str, Any]:
    """``page`` as JSON, by output; what is missing stays as the browser has it."""
    before = None if request.before is None else request.before.model_dump()
    now = page(source, principal, request.url.model_dump(), before)
    grid = sidebar.grid_for(now.listing, request.infinite, now.view["state"]["sort"])
    parts = {"listing": now.listing, "plots": now.plots, "grid": grid}
    fresh = {name: part for name, part in parts.items() if part is not None}
    return {"view": now.view, "message": now.message, "missing": now.missing, **fresh}


def page(source: DataSource, principal: Principal, url: dict[str, Any], before: dict[str, Any] | None) -> Page:
    """Resolve the address and read what changed since ``before``, the view that the browser has."""
    state = ViewState.parse(url.get("path", ""), url.get("search", ""))
    try:
        return _page(source, principal, url, state, before or {})
    except MlflowExtError as error:
        logger.warning("The page could not be read: %s", error)
        view = view_of(Screen(state, None, ()), url) | {"failed": True, "held": 0}
        return Page(view, None, {"cards": [], "held": {}}, messages.unreadable(error), "")


def _page(
    source: DataSource,
    principal: Principal,
    url: dict[str, Any],
    state: ViewState,
    before: dict[str, Any],
) -> Page:
    now = screen(source, principal, state)
    query = ListQuery.of(state)
    view = view_of(now, url) | {"listed": _listed(query.shown_with(before.get("metric")))}
    fresh = before.get("refresh") != view["refresh"] or before.get("failed", False)
    listed = fresh or any(before.get(key) != view[key] for key in ("experiment", "listed"))
    drawn = fresh or [run["id"] for run in before.get("runs", [])] != [run["id"] for run in view["runs"]]
    experiment = now.experiment.id if now.experiment else None
    on_screen = [*(run.id for run in now.runs), *state.pinned]
    listing_now = listing(source, principal, experiment, query, on_screen) if listed else None
    if listing_now is not None:
        listing_now["alerts"] = _alerts(source, principal, experiment)
    view["metric"] = before.get("metric") if listing_now is None else listing_now["metric"]
    view["listed"] = _listed(query.shown_with(view["metric"]))
    plots = cards.card_list(source.plots(principal, [run.id for run in now.runs])) if drawn else None
    held = len(plots["cards"]) if plots is not None else int(before.get("held", 0))
    view["held"] = held
    instead = _instead(source, principal, now)
    message = messages.message(now, held) if instead is None else instead
    return Page(view, listing_now, plots, message, messages.missing(now))


def _alerts(source: DataSource, principal: Principal, experiment: str | None) -> dict[str, Any] | None:
    news = None if experiment is None else source.alerts(principal, experiment)
    return None if news is None else news.model_dump()


def _listed(query: ListQuery) -> list[Any]:
    """The query as the browser keeps it, to tell whether its list is still right."""
    by = "" if query.by is None else query.by.text
    return [query.search, query.where, [column.text for column in query.columns], query.stage, query.group, by]


def _instead(source: DataSource, principal: Principal, now: Screen) -> Component | None:
    """What stands in place of a tab: all experiments, one run, or this experiment while none of its runs is shown."""
    now_ms = int(time.time() * 1000)
    if now.state.experiments is not None:
        return Experiments()
    if now.state.run is not None:
        run = source.detail(principal, now.state.run)
        return tabs.run.run_page(run, now.state, now_ms) if run else tabs.run.unknown_run(now.state)
    if now.state.tab != "plots" or now.runs or now.experiment is None or not now.experiment.runs:
        return None
    outcomes = source.outcomes(principal, now.experiment.id)
    return tabs.overview.overview_page(overview(outcomes, now_ms), now.state, now_ms, now.experiment.id)


def view_of(now: Screen, url: dict[str, Any]) -> dict[str, Any]:
    """The view as the browser keeps it; ``asked`` lets it tell an answer to an address that it has left."""
    colors = slots({run.id: run.color for run in now.runs})
    return {
        "asked": url,
        "state": now.state.model_dump(),
        "url": now.state.address(),
        "experiment": {"id": now.experiment.id, "name": now.experiment.name} if now.experiment else None,
        "runs": [cards.run_chip(run, colors[run.id]) for run in now.runs],
        "charts": own_cards(now.state.chart),
        "missing": now.missing,
        "refresh": url.get("refresh", 0),
    }
