"""Several metrics over steps in one plot: the colour is the run, the dash the metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mlflow_ext_ui.charts.data import Curves
from mlflow_ext_ui.charts.spec import SECTION, Chart
from mlflow_ext_ui.figures import Look, Picture
from mlflow_ext_ui.figures.frame import nothing
from mlflow_ext_ui.figures.line_info import unit
from mlflow_ext_ui.figures.series import series
from mlflow_ext_ui.source import Drawing, Plot
from mlflow_ext_ui.text import plural

DASHES = ("solid", "dash", "dot", "longdash", "dashdot", "2px,2px", "10px,3px,2px,3px", "6px,2px,6px,6px")
"""One for each metric that a chart may hold, in the order of the chart's."""


def line(chart: Chart, found: Curves, look: Look) -> Picture:
    """The picture of a line chart; x, smoothing, log axis, grouping and marks are those of the other step plots."""
    if not found.drawings:
        return nothing(_missing_all(chart))
    shared, apart = _of_one_unit(found, look)
    picture = series(*_joined(chart, shared, look))
    notes = [*missing(chart.fields, found.metrics), *_partly(found), *apart, *picture.notes]
    if picture.figure is None:
        return replace(picture, notes=tuple(notes))
    figure = _marked(picture.figure, shared.metrics)
    return replace(picture, figure=figure, notes=tuple(dict.fromkeys(notes)))


def missing(wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    """A sentence for each metric that no run on screen has."""
    return [f"No run on screen has {name}." for name in wanted if name not in found]


def _missing_all(chart: Chart) -> str:
    names = list(chart.fields)
    every = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"No run on screen has {every}."


def _partly(found: Curves) -> list[str]:
    runs = {line.run_id for drawing in found.drawings for line in drawing.lines}
    lacking = [(name, len(runs) - len(one.lines)) for name, one in zip(*found, strict=True)]
    return [f"{name} is missing in {n} of {plural(len(runs), 'run')}." for name, n in lacking if n and n < len(runs)]


def _of_one_unit(found: Curves, look: Look) -> tuple[Curves, list[str]]:
    """The metrics whose x counts the same as the first one's, and a sentence on each of the others."""
    first = unit(found.drawings[0].lines, look)
    same = [unit(drawing.lines, look) == first for drawing in found.drawings]
    kept = [pair for pair, here in zip(zip(*found, strict=True), same, strict=True) if here]
    left = [name for name, here in zip(found.metrics, same, strict=True) if not here]
    notes = [f"{name} is not drawn: its x counts something else than {found.metrics[0]}'s." for name in left]
    return Curves(tuple(name for name, _ in kept), tuple(one for _, one in kept)), notes


def _joined(chart: Chart, found: Curves, look: Look) -> tuple[Drawing, Look]:
    """All lines as those of one plot; each goes by a name of its own, run and metric."""
    several = len(found.metrics) > 1
    lines, colors, names, groups = [], {}, {}, {}
    for place, (metric, drawing) in enumerate(zip(*found, strict=True)):
        for one in drawing.lines:
            made = _id(one.run_id, place)
            lines.append(replace(one, run_id=made))
            colors[made] = look.colors.get(one.run_id, 0)
            names[made] = f"{look.name(one.run_id)} · {metric}" if several else look.name(one.run_id)
            group = look.groups.get(one.run_id)
            groups[made] = f"{'no value' if group is None else group or 'empty'} · {metric}" if several else group
    runs = tuple(dict.fromkeys(line.run_id for drawing in found.drawings for line in drawing.lines))
    # Named by the metric where there is but one, which tells whether low is best.
    title = chart.name if several else found.metrics[0]
    plot = Plot(chart.key, "series", title, title, SECTION, runs)
    own = replace(look, colors=colors, names=names, groups=groups if look.groups else {})
    return Drawing(plot, lines=tuple(lines)), own


def _marked(figure: dict[str, Any], metrics: Sequence[str]) -> dict[str, Any]:
    """The figure with each metric's dash, and the runs' own ids."""
    several = len(metrics) > 1
    traces = []
    for trace in figure["data"]:
        if "run" not in trace["meta"]:  # values logged once stand as dots, which name themselves
            traces.append(trace)
            continue
        run, place = _parts(trace["meta"]["run"])
        if several and trace["meta"]["role"] == "best":
            continue
        meta = trace["meta"] | {"run": run, "metric": metrics[place]}
        dash = {"line": trace["line"] | {"dash": DASHES[place]}} if several and _dashed(trace) else {}
        if "totals" in meta:
            meta["totals"] = {_parts(one)[0]: total for one, total in meta["totals"].items()}
        traces.append(trace | dash | {"meta": meta})
    layout = figure["layout"]
    legend = {"metrics": [[name, DASHES[place]] for place, name in enumerate(metrics)]} if several else {}
    return {"data": traces, "layout": layout | {"meta": layout["meta"] | {"own": "line"} | legend}}


def _dashed(trace: dict[str, Any]) -> bool:
    return trace["meta"]["role"] in ("line", "raw")


def _id(run: str, place: int) -> str:
    return f"{place} {run}"


def _parts(made: str) -> tuple[str, int]:
    place, _, run = made.partition(" ")
    return run, int(place)
