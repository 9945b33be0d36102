"""What the board is told: which cards there are, and the picture of each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import orjson
from dash.development.base_component import Component
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_ui import figures, stepping
from mlflow_ext_ui.charts import MOST, Chart, parse
from mlflow_ext_ui.charts.picture import Reader, named_metric, picture
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.figures.line_info import unit
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
            "again": plot.again,
            "columns": min(len(plot.run_ids) or 1, _SIDE_BY_SIDE_AT_MOST) if plot.kind in _PANELS else 1,
            **named_metric(plot),
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


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        parse(text)
    return texts


Range = tuple[FiniteFloat, FiniteFloat]


class PictureRequest(stepping.Stepped):
    """Which pictures the board asks for.

    ``zoom`` holds the x range of step plots by what their x counts, ``ranges`` that of single plots, which goes before,
    ``y`` the y range of single plots, open where None. ``charts`` are those of ``keys`` that somebody made, as
    ``charts.parse`` reads them. ``width`` and ``height`` are those of one grid cell in pixels, ``columns`` how many of
    them stand in a row; ``sizes`` are those of the cards that somebody has resized.
    """

    runs: tuple[str, ...] = Field(max_length=1000)
    keys: tuple[str, ...] = Field(max_length=32)
    look: Look = Look()
    theme: Theme = "light"
    zoom: dict[str, Range] = Field(default={}, max_length=32)
    ranges: dict[str, Range] = Field(default={}, max_length=32)
    y: dict[str, tuple[FiniteFloat | None, FiniteFloat | None]] = Field(default={}, max_length=32)
    charts: Annotated[tuple[str, ...], Field(max_length=MOST), AfterValidator(_checked)] = ()
    width: int = Field(default=430, ge=100, le=4000)
    height: int = Field(default=225, ge=100, le=4000)
    columns: int = Field(default=3, ge=1, le=12)
    sizes: dict[str, Size] = Field(default={}, max_length=32)
    full: Full | None = None
    compared: Compared = Compared()


def pictures(source: DataSource, principal: Principal, request: PictureRequest) -> dict[str, Any]:
    """Card by key: ``picture`` as plain JSON or None, and ``trouble`` when something of it could not be read.

    ``gone``, where it is above 0: how many of the runs asked for are there no more, or may not be read any more.
    """
    column = Column.parse(request.look.group)
    try:
        runs = source.runs_by_id(principal, request.runs, columns=(column,) if column else ())
        own = {chart.key: chart for chart in map(parse, request.charts)}
        logged = [key for key in request.keys if key not in own]
        ids = [run.id for run in runs]
        drawings = stepping.drawings(source, principal, ids, logged, request.steps) if logged else ()
    except MlflowExtError as error:
        logger.warning("Plots could not be read: %s", error)
        return {key: {"picture": None, "trouble": _told(_unread(error))} for key in request.keys}
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

    def look_of(key: str, counted: str | None) -> figures.Look:
        part = request.ranges.get(key) or (None if counted is None else request.zoom.get(counted))
        mine = replace(look, x_range=part, y_range=request.y.get(key))
        if request.full and request.full.key == key:
            return replace(mine, full=True, width=request.full.width, height=request.full.height)
        if key in request.sizes:
            return replace(mine, sized=True, width=request.sizes[key].width, height=request.sizes[key].height)
        return mine

    cards = {key: {"picture": _plain(_GONE), "trouble": None} for key in request.keys}
    for drawing in drawings:
        key = drawing.plot.key
        compared = request.compared if key in request.compared.keys else None
        counted = unit(drawing.lines, look) if drawing.lines and compared is None else None
        if drawing.plot.again:
            cards[key] = _stepped_card(source, principal, request, drawing, look_of(key, counted), compared)
        else:
            cards[key] = card(drawing, look_of(key, counted), compared)
    reader = Reader(source, principal, ids)
    for key in request.keys:
        if key in own:
            cards[key] = own_card(reader, own[key], partial(look_of, key))
    gone = len(set(request.runs) - {run.id for run in runs})
    return {key: card | {"gone": gone} for key, card in cards.items()} if gone else cards


def _stepped_card(
    source: DataSource,
    principal: Principal,
    request: PictureRequest,
    drawing: Drawing,
    look: figures.Look,
    choice: Choice | None,
) -> dict[str, Any]:
    """A card of a plot that was logged again and again: over all its steps, or at one, on axes that stay."""
    key = drawing.plot.key
    way, step = request.over.get(key), request.steps.get(key)
    try:
        if way is not None and choice is None and drawing.plot.kind == "distribution":
            picture, drawn = stepping.over_time(source, principal, drawing, look, way)
            return {"picture": _plain(picture), "trouble": _trouble_of(drawn)}
        frame = request.frames.get(key)
        if frame is None and step is not None and choice is None:
            frame = stepping.framed(source, principal, drawing, look)
    except MlflowExtError as error:
        logger.warning("The steps of the plot %s could not be read: %s", key, error)
        return {"picture": None, "trouble": _told(_unread(error))}
    except Exception:
        logger.exception("The plot %s could not be drawn over its steps", key)
        return _broken()
    look = replace(look, foot=stepping.FOOT, frame=frame)
    found = card(drawing, look, choice, step)
    if found["picture"] is not None:
        found["picture"] |= stepping.told(drawing, frame)
    return found


def card(drawing: Drawing, look: figures.Look, choice: Choice | None = None, step: int | None = None) -> dict[str, Any]:
    """One card, its runs compared where there is a choice; its troubles stand in its place when nothing else can.

    ``step`` is the one that was asked for, None for the newest versions.
    """
    trouble = _summary(drawing.troubles)
    if trouble and not drawing.lines and not drawing.versions:
        return {"picture": None, "trouble": _told(trouble)}
    try:
        picture = comparison(drawing, look, choice) if choice else figures.figure(drawing, look)
    except Exception:
        logger.exception("The plot %s could not be drawn", drawing.plot.key)
        return _broken()
    if drawing.plot.again:
        picture = stepping.stepped(picture, drawing, look, step)
    return {"picture": _plain(picture), "trouble": _told(trouble) if trouble else None}


def own_card(reader: Reader, chart: Chart, look: Callable[[str], figures.Look]) -> dict[str, Any]:
    """The card of a chart that somebody made; ``look`` gives how to draw it, by what its x counts."""
    try:
        return {"picture": _plain(picture(reader, chart, look)), "trouble": None}
    except MlflowExtError as error:
        logger.warning("A chart could not be read: %s", error)
        return {"picture": None, "trouble": _told(_unread(error))}
    except Exception:
        logger.exception("The chart %s could not be drawn", chart.text)
        return _broken()


def _unread(error: MlflowExtError) -> Trouble:
    return Trouble(None, "This plot could not be read", f"{error} Values already uploaded are safe.")


def _broken() -> dict[str, Any]:
    why = "Its values are safe; the server's log says why."
    return {"picture": None, "trouble": _told(Trouble(None, "This plot could not be drawn", why, retry=False))}


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


def _trouble_of(drawing: Drawing) -> dict[str, Any] | None:
    trouble = _summary(drawing.troubles)
    return _told(trouble) if trouble else None


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
