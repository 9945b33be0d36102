"""What the board is told: which cards there are, and the picture of each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from dash.development.base_component import Component
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_ui import figures
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.listing import rows
from mlflow_ext_ui.screen import slots
from mlflow_ext_ui.source import DataSource, Drawing, Plot, Principal, Run, Trouble
from mlflow_ext_ui.state import Choice, Look, Theme
from mlflow_ext_ui.theme import run_color

logger = logging.getLogger(__name__)

_SIDE_BY_SIDE_AT_MOST = 4  # as many columns as the board has
_PANELS = ("matrix", "scatter")


def run_chip(run: Run, slot: int) -> dict[str, Any]:
    """A run on screen: its row, and its colour."""
    return {**rows([run])[0], "slot": slot, "color": run_color(slot)}


def card_list(plots: Sequence[Plot]) -> dict[str, Any]:
    """The cards in order, and how many plots each run holds; ``columns`` is held free until the picture comes."""
    cards = [
        {
            "key": plot.key,
            "kind": plot.kind,
            "title": plot.title,
            "section": plot.section,
            "origin": plot.origin,
            "runs": len(plot.run_ids),
            "columns": min(len(plot.run_ids) or 1, _SIDE_BY_SIDE_AT_MOST) if plot.kind in _PANELS else 1,
        }
        for plot in plots
    ]
    return {"cards": cards, "held": dict(Counter(run for plot in plots for run in plot.run_ids))}


class Size(BaseModel):
    """The size of a card in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(ge=100, le=10_000)
    height: int = Field(ge=100, le=10_000)


class Full(Size):
    """The card shown full screen, and its size."""

    key: str


class Compared(Choice):
    """Which of the asked cards compare, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[str, ...] = Field(default=(), max_length=32)


class PictureRequest(BaseModel):
    """Which pictures the board asks for.

    ``ranges`` holds the x range of each zoomed plot; ``width`` and ``height`` are those of one grid cell in pixels,
    ``columns`` how many of them stand in a row; ``sizes`` are those of the cards that somebody has resized.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[str, ...] = Field(max_length=1000)
    keys: tuple[str, ...] = Field(max_length=32)
    look: Look = Look()
    theme: Theme = "light"
    ranges: dict[str, tuple[FiniteFloat, FiniteFloat]] = {}
    width: int = Field(default=430, ge=100, le=4000)
    height: int = Field(default=225, ge=100, le=4000)
    columns: int = Field(default=3, ge=1, le=12)
    sizes: dict[str, Size] = Field(default={}, max_length=32)
    full: Full | None = None
    compared: Compared = Compared()


def pictures(source: DataSource, principal: Principal, request: PictureRequest) -> dict[str, Any]:
    """Card by key: ``picture`` as plain JSON or None, and ``trouble`` when something of it could not be read."""
    column = Column.parse(request.look.group)
    try:
        runs = source.runs_by_id(principal, request.runs, columns=(column,) if column else ())
        drawings = source.drawings(principal, [run.id for run in runs], request.keys)
    except MlflowExtError as error:
        logger.warning("Plots could not be read: %s", error)
        trouble = Trouble(None, "This plot could not be read", f"{error} Values already uploaded are safe.")
        return {key: {"picture": None, "trouble": _told(trouble)} for key in request.keys}
    look = figures.Look(
        theme=request.theme,
        colors=slots({run.id: run.color for run in runs}),
        names={run.id: run.name for run in runs},
        smoothing=request.look.smoothing,
        x=request.look.x,
        log_y=request.look.log,
        clip_outliers=request.look.clip,
        width=request.width,
        height=request.height,
        across=request.columns,
        groups={run.id: None if run.values[0] is None else str(run.values[0]) for run in runs} if column else {},
        band=request.look.band,
    )
    cards = {key: {"picture": _plain(_GONE), "trouble": None} for key in request.keys}
    for drawing in drawings:
        key = drawing.plot.key
        own = replace(look, x_range=request.ranges.get(key))
        if request.full and request.full.key == key:
            own = replace(own, full=True, width=request.full.width, height=request.full.height)
        elif key in request.sizes:
            own = replace(own, sized=True, width=request.sizes[key].width, height=request.sizes[key].height)
        cards[key] = card(drawing, own, request.compared if key in request.compared.keys else None)
    return cards


def card(drawing: Drawing, look: figures.Look, choice: Choice | None = None) -> dict[str, Any]:
    """One card, its runs compared where there is a choice; its troubles stand in its place when nothing else can."""
    trouble = _summary(drawing.troubles)
    if trouble and not drawing.lines and not drawing.versions:
        return {"picture": None, "trouble": _told(trouble)}
    try:
        picture = comparison(drawing, look, choice) if choice else figures.figure(drawing, look)
    except Exception:
        logger.exception("The plot %s could not be drawn", drawing.plot.key)
        why = "Its values are safe; the server's log says why."
        broken = Trouble(None, "This plot could not be drawn", why, retry=False)
        return {"picture": None, "trouble": _told(broken)}
    return {"picture": _plain(picture), "trouble": _told(trouble) if trouble else None}


def to_json(value: Any) -> bytes:
    """Strict JSON; components, numpy arrays and numbers included, NaN as null."""
    return orjson.dumps(value, default=_component, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _component(value: Any) -> Any:
    if isinstance(value, Component):
        return value.to_plotly_json()
    raise TypeError


_GONE = figures.Picture(sentence="No run on screen holds this plot any more.")


def _summary(troubles: Sequence[Trouble]) -> Trouble | None:
    if not troubles:
        return None
    why = " ".join(dict.fromkeys(trouble.why for trouble in troubles))
    details = "\n".join(f"{trouble.run_id or ''} {trouble.details}".strip() for trouble in troubles)
    return Trouble(None, troubles[0].title, why, any(trouble.retry for trouble in troubles), details)


def _told(trouble: Trouble) -> dict[str, Any]:
    return {"title": trouble.title, "why": trouble.why, "retry": trouble.retry, "details": trouble.details}


def _compared(picture: figures.Picture) -> dict[str, Any]:
    facts = picture.facts
    told = facts and {
        "headings": [list(chip) for chip in facts.headings],
        "rows": [list(fact) for fact in facts.rows],
        "width": facts.width,
    }
    found = {
        "facts": told,
        "switches": [switch._asdict() for switch in picture.switches],
        "sides": picture.sides and picture.sides._asdict(),
    }
    return {name: value for name, value in found.items() if value}


def _plain(picture: figures.Picture) -> dict[str, Any]:
    grid = picture.grid
    sheets = [
        sheet._asdict() | {"columns": [column._asdict() for column in sheet.columns]}
        for sheet in (grid.sheets if grid else ())
    ]
    return {
        "figure": picture.figure,
        "grid": {"sheets": sheets} if grid else None,
        "sentence": picture.sentence,
        "caption": picture.caption,
        "columns": picture.columns,
        "rows": picture.rows,
        "chips": [list(chip) for chip in picture.chips],
        "notes": list(picture.notes),
        **_compared(picture),
    }
