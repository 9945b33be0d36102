"""What stands in place of the plots while no run is on screen: the experiment as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import text
from mlflow_ext_ui.overview import LEADERS, Overview
from mlflow_ext_ui.source import Outcome
from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.trend import Trend

_SHOWN = 8  # running runs
_TOP = 5
_ARROW = {"lower": "↓", "higher": "↑"}
_LOW_OR_HIGH = {"lower": "Lower is better", "higher": "Higher is better"}


def overview_page(now: Overview, state: ViewState, now_ms: int, experiment: str | None = None) -> Component:
    """Counts, what runs now, the leaderboard and the history of the best; each run is a link that puts it on screen."""
    cards = [_running(now, state, now_ms), _leaders(now, state, now_ms), _history(now, state, now_ms, experiment)]
    return html.Div(
        [
            html.Div(
                [
                    html.H1("No runs on screen"),
                    html.P("Pick runs in the list on the left, or start here.", className="x-t2"),
                ],
                className="x-overview-head",
            ),
            html.Dl(_counts(now), className="x-tiles"),
            html.Div([card for card in cards if card is not None], className="x-overview-cards"),
        ],
        className="x-overview",
    )


def _counts(now: Overview) -> list[Component]:
    failed = now.states.get("FAILED", 0) + now.states.get("KILLED", 0)
    tiles = [
        ("Runs", text.count(now.total)),
        ("Running", text.count(now.states.get("RUNNING", 0))),
        ("Failed or killed", text.count(failed)),
        ("Started in 24 h", text.count(now.last_day)),
        ("Time spent", text.duration(now.busy_ms / 1000)),
    ]
    return [html.Div([html.Dt(name), html.Dd(value, className="x-num")], className="x-tile") for name, value in tiles]


def _card(heading: str, caption: str, *content: Component, look: str = "") -> Component:
    head = html.Div([html.H2(heading), html.Span(caption, className="x-caption")], className="x-overview-card-head")
    return html.Section([head, *content], className=f"x-overview-card {look}".strip(), **{"aria-label": heading})


def _link(state: ViewState, runs: Sequence[Outcome], content: Any, look: str = "") -> Component:
    address = state.model_copy(update={"runs": tuple(run.id for run in runs)}).address()
    return html.A(content, href=address, className=f"x-link {look}".strip())


def _running(now: Overview, state: ViewState, now_ms: int) -> Component | None:
    if not now.running:
        return None
    rows = [
        html.Li(
            _link(
                state,
                [run],
                [
                    html.Span(className="x-pulse"),
                    html.Span(text.one_line(run.name), className="x-name x-grow", title=run.name),
                    html.Span("" if run.value is None else text.number(run.value), className="x-num"),
                    html.Span(_since(run, now_ms), className="x-caption x-num"),
                ],
                "x-overview-row",
            )
        )
        for run in now.running[:_SHOWN]
    ]
    more = len(now.running) - len(rows)
    rest = [html.P(f"and {text.count(more)} more", className="x-caption x-overview-more")] if more else []
    return _card("Running now", now.metric or "", html.Ul(rows, className="x-plain"), *rest)


def _since(run: Outcome, now_ms: int) -> str:
    return "" if run.start_time is None else text.duration((now_ms - run.start_time) / 1000, running=True)


def _leaders(now: Overview, state: ViewState, now_ms: int) -> Component | None:
    if not now.leaders or now.metric is None:
        return None
    head = html.Tr([html.Th("#"), html.Th("Run"), html.Th(_metric(now)), html.Th("Duration"), html.Th("Ended")])
    values = text.aligned([run.value for run in now.leaders])
    rows = [
        html.Tr(
            [
                html.Td(str(place), className="x-num x-t3"),
                html.Td(_link(state, [run], html.Span(text.one_line(run.name), className="x-name", title=run.name))),
                html.Td(value, className="x-num" + (" x-best" if run.value == now.leaders[0].value else "")),
                html.Td(_took(run), className="x-num x-t2"),
                html.Td(text.ago(run.end_time, now_ms), className="x-num x-t2"),
            ]
        )
        for place, (run, value) in enumerate(zip(now.leaders, values, strict=True), 1)
    ]
    top = now.leaders[:_TOP]
    show = _link(state, top, f"Show the best {len(top)}" if len(top) > 1 else "Show it", "x-btn x-small")
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="x-best-runs")
    caption = f"{_LOW_OR_HIGH[now.direction]} · best {min(LEADERS, len(now.leaders))} of {text.count(now.total)}"
    return _card("Leaderboard", caption, html.Div(table, className="x-overview-scroll"), show)


def _metric(now: Overview) -> str:
    return f"{now.metric} {_ARROW[now.direction]}"


def _took(run: Outcome) -> str:
    if run.start_time is None or run.end_time is None:
        return text.MISSING
    return text.duration((run.end_time - run.start_time) / 1000)


def _history(now: Overview, state: ViewState, now_ms: int, experiment: str | None) -> Component | None:
    if now.trend is None:
        return None
    steps = [
        {
            "x": x,
            "y": y,
            "text": f"{text.number(run.value)} · {run.name} · {text.ago(run.end_time or run.start_time, now_ms)}",
            "href": state.model_copy(update={"runs": (run.id,)}).address(),
        }
        for run, (x, y) in zip(now.records, now.trend.steps, strict=True)
    ]
    trend = Trend(
        dots=[list(dot) for dot in now.trend.dots],
        steps=steps,
        values=[text.number(value) for value in now.trend.values],
        span=[text.ago(time, now_ms) for time in now.trend.span],
        experiment=experiment,
    )
    caption = f"{_metric(now)} · beaten {text.plural(now.beaten, 'time')}" if now.beaten else _metric(now)
    return _card("Best so far", caption, trend)
