"""What the page says in words: nothing to show yet, something missing, something that failed."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import tabs
from mlflow_ext_ui.parts import button, icon
from mlflow_ext_ui.screen import Screen


def message(now: Screen, held: int) -> Component | None:
    """What stands in place of the board, or None when the board has cards to show.

    Args:
        now: what is on screen.
        held: how many plots its runs hold.
    """
    if now.state.tab not in ("plots", "tables", "sweeps"):
        return _line(now.state.tab.capitalize(), tabs.COMING[now.state.tab])
    if now.experiment is None and now.state.experiment is not None:
        return _line(
            "This experiment is not here",
            f"No experiment {now.state.experiment} is active, or you may not read it. Pick another at the top left.",
        )
    if now.experiment is None:
        return tabs.plots.first_lines(
            None, "No experiments yet", "Run these lines anywhere. The plot appears here within seconds."
        )
    if not now.runs and not now.experiment.runs:
        return tabs.plots.first_lines(
            now.experiment.name,
            "No plots in this experiment yet",
            "Run these lines anywhere. The plot appears here within seconds.",
        )
    if now.state.tab == "sweeps" and (now.runs or now.state.among == "list"):
        return None
    if not now.runs:
        return _line("No runs on screen", "Pick runs in the list on the left; each one has its own colour.")
    if not held and now.state.tab == "plots":
        return tabs.plots.first_lines(
            now.experiment.name,
            "The runs on screen hold no plots yet",
            "Metrics and typed plots appear here as soon as they are logged.",
        )
    return None


def missing(now: Screen) -> str:
    """One sentence on runs that the address names and nobody finds, or nothing."""
    if not now.missing:
        return ""
    what = "1 run of this link is" if now.missing == 1 else f"{now.missing:,} runs of this link are"
    return f"{what} not shown: deleted, or not yours to read."


def unreadable(error: Exception) -> Component:
    """The store gave no answer; says so and offers another try."""
    return html.Div(
        html.Div(
            [
                icon("triangle-alert", "x-s16 x-warn"),
                html.H1("The runs could not be read"),
                html.P(str(error)),
                html.P("What is stored is safe."),
                button("Try again", glyph="rotate-ccw", **{"data-act": "refresh"}),
            ],
            className="x-word x-failed-page",
            role="alert",
        ),
        className="x-center",
    )


def _line(heading: str, sentence: str) -> Component:
    return html.Div(html.Div([html.H1(heading), html.P(sentence)], className="x-word"), className="x-center")
