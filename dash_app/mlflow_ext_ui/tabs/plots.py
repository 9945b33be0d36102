"""The Plots tab: its tools, and the page for an experiment that has nothing to plot."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import ids
from mlflow_ext_ui.charts.component import PlotTools
from mlflow_ext_ui.controls import Choice, SearchBox, Slide
from mlflow_ext_ui.parts import button
from mlflow_ext_ui.snippet import Snippet

_X_AXES = (
    ("step", "Step", "The step, epoch or other index that a value was logged with"),
    ("relative", "Relative", "Time since the start of the run"),
    ("wall", "Time", "Date and time at which a value was logged, in UTC"),
)


def toolbar() -> html.Div:
    """One row of tools; each writes into the address, and follows it."""
    return html.Div(
        [
            SearchBox(
                ids.PLOT_FILTER,
                label="Filter plots by name, a regular expression",
                placeholder="Filter plots by name",
                wait=150,
                glyph="regex",
            ),
            html.Div(
                [
                    html.Span("Smoothing", className="x-label"),
                    Slide(ids.SMOOTHING, label="Smoothing", least=0, most=0.99, step=0.01),
                    html.Span("0.00", id=ids.SMOOTHING_VALUE, className="x-num x-value"),
                ],
                className="x-row",
            ),
            html.Div(
                [
                    html.Span("X axis", className="x-label"),
                    Choice(ids.X_AXIS, label="X axis", options=_X_AXES, value="step"),
                ],
                className="x-row",
            ),
            html.Div(
                [
                    _toggle("Log y", ids.LOG_Y, "toggle-log"),
                    _toggle("Clip outliers", ids.CLIP, "toggle-clip"),
                ],
                className="x-row",
            ),
            html.Div(
                [
                    html.Span(id=ids.GROUPED_BY, className="x-label"),
                    _toggle("95% interval", ids.BAND, "toggle-band"),
                    button(glyph="x", label="Do not group", look="x-quiet x-small", **{"data-act": "ungroup"}),
                ],
                id=ids.GROUPED,
                className="x-row",
                hidden=True,
            ),
            PlotTools(),
        ],
        id=ids.TOOLBAR,
        className="x-tool",
        role="toolbar",
        **{"aria-label": "How plots are drawn"},
    )


def _toggle(text: str, id: str, act: str) -> Component:
    return button(text, id=id, look="x-quiet", **{"data-act": act, "aria-pressed": "false"})


def first_lines(experiment: str | None, heading: str, sentence: str) -> Component:
    """What to type to see a first plot here; the page listens while this stands."""
    return html.Div(
        html.Div(
            [
                html.H1(heading),
                html.P(sentence),
                Snippet(experiment),
                html.P(
                    "Already logging to this server with mlflow.start_run()? Then ext.log() is the only new line.",
                    className="x-small-text",
                ),
                html.P(
                    [html.Span(className="x-pulse"), "Listening. Nothing received since this page opened."],
                    className="x-listening",
                    **{"data-listening": "true"},
                ),
            ],
            className="x-first",
        ),
        className="x-center",
    )
