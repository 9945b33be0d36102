"""The page of one run: what is known of it, everything to be copied."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component

from mlflow_ext_ui import text
from mlflow_ext_ui.detail import RunDetail
from mlflow_ext_ui.note import Note
from mlflow_ext_ui.parts import button, icon
from mlflow_ext_ui.source import Run
from mlflow_ext_ui.state import ViewState

# Where MLflow and Weights & Biases keep what the page says under names of its own.
_ORIGIN = {
    "mlflow.user": "User",
    "mlflow.source.name": "Script",
    "mlflow.source.type": "Kind",
    "mlflow.ext.run.command": "Command",
    "mlflow.source.git.commit": "Git commit",
    "mlflow.source.git.branch": "Git branch",
    "mlflow.source.git.repoURL": "Git repository",
}
_STATUS = {"RUNNING": "good", "SCHEDULED": "t2", "FINISHED": "t2", "FAILED": "bad", "KILLED": "bad"}
_MINE = "mlflow."
Row = tuple[str, Any]


def run_page(run: RunDetail, state: ViewState, now_ms: int) -> Component:
    """One run: facts, note, params, metrics, tags, origin, data, models, family."""
    groups = [
        _card("Note", Note(run.id, run.note)),
        _table("Origin", [(label, run.tags[key]) for key, label in _ORIGIN.items() if run.tags.get(key)]),
        _table("Parameters", sorted(run.params.items())),
        _table("Metrics", [(key, _value(value)) for key, value in sorted(run.metrics.items())], note="last values"),
        _table("Tags", sorted((key, value) for key, value in run.tags.items() if not key.startswith(_MINE))),
        _table("Data", [(_dataset(one.name, one.context), one.digest) for one in run.datasets], note="digest"),
        _table("Models", _models(run)),
        _family(run, state),
    ]
    return html.Div(
        [_head(run, state, now_ms), html.Div([one for one in groups if one], className="x-run-cards")],
        className="x-run-page",
    )


def unknown_run(state: ViewState) -> Component:
    """The address names a run that is gone, or not to be read."""
    return html.Div(
        html.Div(
            [
                html.H1("This run is not here"),
                html.P(f"No run {state.run} exists any more, or you may not read it."),
                html.A(
                    "Back to the plots", href=state.model_copy(update={"run": None}).address(), className="x-btn x-link"
                ),
            ],
            className="x-word",
        ),
        className="x-center",
    )


def _head(run: RunDetail, state: ViewState, now_ms: int) -> Component:
    on_screen = state.runs or ()
    shown = run.id in on_screen
    runs = tuple(one for one in on_screen if one != run.id) if shown else (*on_screen, run.id)
    toggled = state.model_copy(update={"runs": runs, "experiment": run.experiment_id})
    outside = [
        html.A(["W&B", icon("arrow-up-right", "x-s12")], href=link, className="x-btn x-quiet x-small", **_AWAY)
        for link in _wandb(run.tags)
    ]
    facts = [
        html.Span(run.status.capitalize(), className=f"x-medium x-{_STATUS[run.status]}"),
        html.Span(_took(run, now_ms)),
        html.Span(f"started {text.ago(run.start_time, now_ms)}", title=_exact(run.start_time)),
        *([html.Span("archived", className="x-warn")] if run.archived else []),
    ]
    return html.Header(
        [
            html.Div(
                [
                    html.A(
                        icon("x"),
                        href=state.model_copy(update={"run": None}).address(),
                        className="x-btn x-quiet x-btn-icon x-link",
                        title="Back to the plots",
                        **{"aria-label": "Back to the plots"},
                    ),
                    html.H1(text.one_line(run.name), className="x-name", title=run.name),
                    html.A(
                        "Take off screen" if shown else "Put on screen",
                        href=toggled.address(),
                        className="x-btn x-small x-link",
                    ),
                    *_against(run, state),
                    *outside,
                ],
                className="x-row",
            ),
            html.Div(facts, className="x-run-facts"),
            html.Div(
                [_copied("Run id", run.id), *([_copied("Own id", run.alias)] if run.alias else [])], className="x-row"
            ),
        ],
        className="x-run-top",
    )


def _against(run: RunDetail, state: ViewState) -> list[Component]:
    """The way to what this run and the first other one on screen differ in."""
    others = [one for one in state.runs or () if one != run.id]
    if not others or run.archived:
        return []
    runs = state.runs if run.id in (state.runs or ()) else (*others, run.id)
    changes = {"tab": "tables", "tables": "compare", "run": None, "runs": runs, "ref": others[0], "against": run.id}
    link = state.model_copy(update={**changes, "experiment": run.experiment_id}).address()
    return [html.A("Why it differs from what is on screen", href=link, className="x-btn x-small x-link")]


_AWAY = {"target": "_blank", "rel": "noopener noreferrer"}


def _wandb(tags: Mapping[str, str]) -> list[str]:
    return [value for key, value in tags.items() if "wandb" in key.lower() and _is_link(value)][:1]


def _is_link(value: object) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and " " not in value


def _copied(label: str, value: str) -> Component:
    return html.Span(
        [
            html.Span(label, className="x-caption"),
            html.Code(value, className="x-mono"),
            _copy(value, f"Copy the {label}"),
        ],
        className="x-row",
    )


def _copy(value: str, label: str) -> Component:
    return button(glyph="copy", label=label, look="x-quiet x-small", **{"data-act": "copy", "data-text": value})


def _card(heading: str, *content: Component, caption: str = "", tools: Sequence[Component] = ()) -> Component:
    head = html.Div(
        [html.H2(heading), html.Span(caption, className="x-caption x-grow"), *tools], className="x-overview-card-head"
    )
    return html.Section([head, *content], className="x-overview-card", **{"aria-label": heading})


def _table(heading: str, rows: Sequence[Row], note: str = "") -> Component | None:
    if not rows:
        return None
    caption = f"{len(rows):,}" + (f" · {note}" if note else "")
    whole = json.dumps({key: value for key, value in rows}, ensure_ascii=False, indent=1)
    lines = [
        html.Tr(
            [
                html.Th(key, scope="row", title=key),
                html.Td(_shown(value), title=str(value)),
                html.Td(_copy(str(value), f"Copy {key}")),
            ]
        )
        for key, value in rows
    ]
    tools = [button("Copy all", look="x-quiet x-small", **{"data-act": "copy", "data-text": whole})]
    return _card(heading, html.Table(html.Tbody(lines), className="x-known"), caption=caption, tools=tools)


def _shown(value: Any) -> Component | str:
    return html.A(value, href=value, className="x-away", **_AWAY) if _is_link(value) else str(value)


def _value(value: float) -> str:
    """As many digits as the value has: what is copied is what was logged."""
    return repr(value) if math.isfinite(value) else text.number(value)


def _dataset(name: str, context: str | None) -> str:
    return f"{name} ({context})" if context else name


def _models(run: RunDetail) -> list[Row]:
    made = [(f"{one.name} ({'given' if one.role == 'output' else 'taken'})", one.model_id) for one in run.models]
    kept = [(one.name, f"version {one.version}" + _aliases(one.aliases)) for one in run.versions]
    return [*made, *kept]


def _aliases(aliases: Sequence[str]) -> str:
    return "".join(f" @{alias}" for alias in aliases)


def _family(run: RunDetail, state: ViewState) -> Component | None:
    members = [*((("Parent", run.parent),) if run.parent else ()), *(("Child", child) for child in run.children)]
    if not members:
        return None
    rows = [
        html.Li(
            html.A(
                [
                    html.Span(kin, className="x-caption"),
                    html.Span(one.name, className="x-name x-grow", title=one.name),
                    html.Span(one.status.lower(), className="x-caption"),
                ],
                href=state.model_copy(update={"run": one.id, "experiment": one.experiment_id}).address(),
                className="x-link x-overview-row",
            )
        )
        for kin, one in members
    ]
    all_children = state.model_copy(update={"run": None, "runs": tuple(child.id for child in run.children)})
    tools = [html.A("Put all on screen", href=all_children.address(), className="x-btn x-quiet x-small x-link")]
    caption = text.plural(len(run.children), "child", "children")
    return _card("Family", html.Ul(rows, className="x-plain"), caption=caption, tools=tools if run.children else ())


def _took(run: RunDetail | Run, now_ms: int) -> str:
    if run.start_time is None:
        return text.MISSING
    if run.status == "RUNNING":
        return text.duration((now_ms - run.start_time) / 1000, running=True)
    return text.duration(None if run.end_time is None else (run.end_time - run.start_time) / 1000)


def _exact(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    return datetime.fromtimestamp(time_ms / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
