"""One plot of several runs set against each other, by kind. A new kind is a file and a line in ``COMPARISONS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from mlflow_ext_ui.comparison import barchart, curve, distribution, matrix, scatter, series, table
from mlflow_ext_ui.figures import Figure, Look, Picture
from mlflow_ext_ui.figures.picture import Sides
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import plural

__all__ = ["COMPARISONS", "MOST_OTHERS", "Comparison", "Row", "comparison", "rows", "sides"]

MOST_OTHERS = 4
Row = tuple[Any, ...]


class Comparison(NamedTuple):
    """How a kind compares; both take a drawing of 2 to 5 runs, the reference first.

    ``picture``: what the card shows. ``rows``: the compared values for a CSV, its header first.
    """

    picture: Callable[[Drawing, Look, Choice], Picture]
    rows: Callable[[Drawing, Look, Choice], Iterator[Row]]


COMPARISONS: dict[str, Comparison] = {
    "series": Comparison(series.series, series.rows),
    "distribution": Comparison(distribution.distribution, distribution.rows),
    "scatter": Comparison(scatter.scatter, scatter.rows),
    "matrix": Comparison(matrix.matrix, matrix.rows),
    "curve": Comparison(curve.curve, curve.rows),
    "barchart": Comparison(barchart.barchart, barchart.rows),
    "table": Comparison(table.table, table.rows),
}


def comparison(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of a plot's comparison; pure, and never raises for data that a primitive accepts."""
    compare = COMPARISONS.get(drawing.plot.kind)
    if compare is None:
        return Picture(sentence=f"This version can't compare the kind {drawing.plot.kind!r}; a newer one may.")
    found = sides(_holders(drawing), choice)
    if found is None:
        return Picture(sentence="Only one run on screen holds this plot; a comparison takes two.")
    picture = compare.picture(_arranged(drawing, found), look, choice)
    return replace(picture, figure=_marked(picture.figure), notes=picture.notes + _notes(found, choice), sides=found)


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[Row]:
    """The compared values of a plot, header first; nothing when there is no comparison."""
    compare = COMPARISONS.get(drawing.plot.kind)
    found = sides(_holders(drawing), choice)
    if compare is not None and found is not None:
        yield from compare.rows(_arranged(drawing, found), look, choice)


def sides(holders: Sequence[str], choice: Choice) -> Sides | None:
    """Which runs are compared: the reference, and the one chosen or the first four of the others.

    Args:
        holders: ids of the runs that hold the plot, in the order on screen.
        choice: what the address says; a run that does not hold the plot counts as none.

    Returns:
        None with fewer than two holders.
    """
    runs = tuple(dict.fromkeys(holders))
    if len(runs) < 2:
        return None
    reference = choice.ref if choice.ref in runs else next(run for run in runs if run != choice.against)
    others = tuple(run for run in runs if run != reference)
    return Sides(reference, (choice.against,) if choice.against in others else others[:MOST_OTHERS], runs)


def _marked(figure: Figure | None) -> Figure | None:
    """Apart from the plot's own figure: its zoom is not ours, and live points can't just be added."""
    if figure is None:
        return None
    layout = figure["layout"]
    meta = layout["meta"] | {"compared": True}
    return {**figure, "layout": {**layout, "uirevision": f"{layout['uirevision']}|compared", "meta": meta}}


def _holders(drawing: Drawing) -> list[str]:
    return [line.run_id for line in drawing.lines] + [version.run_id for version in drawing.versions]


def _arranged(drawing: Drawing, found: Sides) -> Drawing:
    order = (found.reference, *found.others)
    lines, versions = {line.run_id: line for line in drawing.lines}, {one.run_id: one for one in drawing.versions}
    return replace(
        drawing,
        lines=tuple(lines[run] for run in order if run in lines),
        versions=tuple(versions[run] for run in order if run in versions),
    )


def _notes(found: Sides, choice: Choice) -> tuple[str, ...]:
    notes = []
    left = len(found.holders) - 1 - len(found.others)
    if left and choice.against not in found.others:
        notes.append(f"{plural(left, 'more run')} on screen {'holds' if left == 1 else 'hold'} this plot; choose one.")
    if choice.ref is not None and choice.ref != found.reference:
        notes.append("The reference that the address names does not hold this plot.")
    return tuple(notes)
