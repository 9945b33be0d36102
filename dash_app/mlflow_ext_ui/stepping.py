"""Cards of plots that were logged again and again: drawn at a step, or over all of their steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext_ui import figures
from mlflow_ext_ui.figures import Frame, Look, Picture
from mlflow_ext_ui.figures.history import history_info
from mlflow_ext_ui.figures.panels import MOST
from mlflow_ext_ui.source import DataSource, Drawing, History, Principal
from mlflow_ext_ui.step import Over, thinned, union
from mlflow_ext_ui.text import count

Step = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]

FOOT = 30
_MOST_STEPS = 20_000
_FRAME_STEPS = 8
_RIDGES, _LEAST_RIDGES, _ALL_RIDGES = 30, 9, 180
_CELLS, _LEAST_CELLS, _ALL_CELLS = 120, 24, 480
_NAMED = 10


class Stepped(BaseModel):
    """What a request for pictures says of the steps, by card; a card that is missing shows what was logged last.

    ``steps``: which step to show. ``over``: how to show all. ``frames``: the ``frame`` that came with an earlier
    picture of the same runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[dict[str, Step], Field(max_length=32)] = {}
    over: Annotated[dict[str, Over], Field(max_length=32)] = {}
    frames: Annotated[dict[str, Frame], Field(max_length=32)] = {}


class StepsRequest(BaseModel):
    """Whose steps of which plot are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[str, ...] = Field(max_length=1000)
    key: str = Field(max_length=1000)


def steps(source: DataSource, principal: Principal, request: StepsRequest) -> dict[str, Any]:
    """The steps of a plot on screen, ascending, 20,000 at most with the first and the last; ``total`` of all."""
    runs = [run.id for run in source.runs_by_id(principal, request.runs)]
    found = union(source.steps(principal, runs, request.key))
    return {"steps": [found[place] for place in thinned(len(found), _MOST_STEPS)], "total": len(found)}


def drawings(
    source: DataSource, principal: Principal, runs: Sequence[str], keys: Sequence[str], steps: Mapping[str, int]
) -> list[Drawing]:
    """The data of these plots, each at its step; one question for all plots of a step."""
    groups: dict[int | None, list[str]] = {}
    for key in keys:
        groups.setdefault(steps.get(key), []).append(key)
    return [drawing for step, group in groups.items() for drawing in source.drawings(principal, runs, group, step=step)]


def over_time(
    source: DataSource, principal: Principal, drawing: Drawing, look: Look, way: Over
) -> tuple[Picture, Drawing]:
    """The picture of all steps of a plot, and the drawing that tells what could not be read of it."""
    history = _history(source, principal, drawing, way)
    if history is None or not history.moments:
        return Picture(sentence="No version of this plot was logged with a step; log it with step=…"), drawing
    return figures.over_time(history, look, way), history.moments[-1].drawing


def rows(source: DataSource, principal: Principal, drawing: Drawing, look: Look) -> Iterator[tuple[Any, ...]]:
    """What the heatmap of a plot over its steps shows as lines, header first: a count per run, step and bin."""
    history = _history(source, principal, drawing, "heatmap")
    info = history_info(history) if history is not None else None
    yield ("run", "step", "bin_low", "bin_high", "values")
    if info is None:
        return
    for course in info.courses:
        for place, step in enumerate(course.shown):
            if step is None or (place and course.shown[place - 1] == step):
                continue
            for low, high, held in zip(info.edges[:-1], info.edges[1:], course.counts[place], strict=True):
                yield (look.name(course.run_id), step, float(low), float(high), int(held))


def _history(source: DataSource, principal: Principal, drawing: Drawing, way: Over) -> History | None:
    each, least, every = (_RIDGES, _LEAST_RIDGES, _ALL_RIDGES) if way == "ridge" else (_CELLS, _LEAST_CELLS, _ALL_CELLS)
    runs = drawing.plot.run_ids[:MOST]
    most = max(least, min(each, every // max(len(runs), 1)))
    return source.history(principal, runs, drawing.plot.key, most=most)


def framed(source: DataSource, principal: Principal, drawing: Drawing, look: Look) -> Frame | None:
    """What the plot keeps at all its steps, from a few of them."""
    history = source.history(principal, drawing.plot.run_ids, drawing.plot.key, most=_FRAME_STEPS)
    return figures.frame(history, look) if history is not None and history.moments else None


def stepped(picture: Picture, drawing: Drawing, look: Look, step: int | None) -> Picture:
    """The picture with a note on runs that show another step than the one asked for, or than each other."""
    found = {version.run_id: version.step for version in drawing.versions}
    if len(set(found.values()) | ({step} if step is not None else set())) < 2:
        return picture
    said = [f"{look.name(run)} {_named(at)}" for run, at in found.items()]
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    asked = "" if step is None else f" for step {count(step)}"
    return replace(picture, notes=(*picture.notes, f"Shown{asked}: {', '.join(said[:_NAMED])}{more}."))


def told(drawing: Drawing, frame: Frame | None) -> dict[str, Any]:
    """What the slider goes by: the steps shown, lowest and highest, and the frame to send along next time."""
    shown = sorted(version.step for version in drawing.versions if version.step is not None)
    return {"shown": [shown[0], shown[-1]] if shown else None, "frame": asdict(frame) if frame else None}


def _named(step: int | None) -> str:
    return "a version without a step" if step is None else f"step {count(step)}"
