"""A distribution over its steps, counted on common bins: what a ridge plot and a heatmap of it show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Distribution, drawn
from mlflow_ext_ui.figures.frame import usable
from mlflow_ext_ui.source import History
from mlflow_ext_ui.text import count, number, plural

FloatArray = NDArray[np.float64]

_FEWEST_BINS, _MOST_BINS = 12, 60
_TAIL = 0.5  # percent at each end that may be left out when a few values lie far off


class Course(NamedTuple):
    """One run at the steps of a history.

    ``counts``: shape (steps, bins), zeros where the run has nothing at or before the step. ``shown``: the step whose
    version stands there, None for none. ``totals``: shape (steps,), values of any kind.
    """

    run_id: str
    counts: NDArray[np.int64]
    shown: tuple[int | None, ...]
    totals: NDArray[np.int64]

    @property
    def shares(self) -> FloatArray:
        """Counts as shares of the version's values, shape (steps, bins)."""
        return np.asarray(self.counts / np.maximum(self.totals, 1)[:, None])


class HistoryInfo(NamedTuple):
    """All runs on shared ``edges``, shape (bins + 1,), at shared ``steps``; ``total`` steps were logged.

    ``odd``: values that are not finite; ``beyond``: finite ones outside the edges; ``grouped``: groups were joined.
    """

    steps: tuple[int, ...]
    total: int
    edges: FloatArray
    courses: tuple[Course, ...]
    odd: int
    beyond: int
    grouped: bool


def history_info(history: History) -> HistoryInfo | None:
    """The counts of each run at each step; None where no version holds a finite value."""
    by_run: dict[str, dict[int, tuple[int, FloatArray]]] = {}
    columns: dict[tuple[str, int], FloatArray] = {}
    grouped = False
    for place, moment in enumerate(history.moments):
        for version in moment.drawing.versions:
            if not isinstance(version.primitive, Distribution) or version.step is None or version.step > moment.step:
                continue
            grouped = grouped or version.primitive.groups is not None
            values = columns.setdefault((version.run_id, version.step), drawn(version.primitive.values))
            by_run.setdefault(version.run_id, {})[place] = (version.step, values)
    finite = {key: column[usable(column)] for key, column in columns.items()}
    if not any(column.size for column in finite.values()):
        return None
    edges = common_edges(list(finite.values()))
    counts = {key: binned(column, edges) for key, column in finite.items()}
    known = sum(column.size for column in finite.values())
    return HistoryInfo(
        steps=tuple(moment.step for moment in history.moments),
        total=history.total,
        edges=edges,
        courses=tuple(_course(run, held, counts, len(history.moments)) for run, held in by_run.items()),
        odd=sum(column.size for column in columns.values()) - known,
        beyond=known - sum(int(one.sum()) for one in counts.values()),
        grouped=grouped,
    )


def _course(
    run: str,
    held: Mapping[int, tuple[int, FloatArray]],
    counts: Mapping[tuple[str, int], NDArray[np.int64]],
    length: int,
) -> Course:
    bins = len(next(iter(counts.values())))
    table, totals = np.zeros((length, bins), dtype=np.int64), np.zeros(length, dtype=np.int64)
    shown: list[int | None] = [None] * length
    for place, (step, values) in held.items():
        table[place], totals[place], shown[place] = counts[run, step], values.size, step
    return Course(run, table, tuple(shown), totals)


def common_edges(columns: Sequence[FloatArray]) -> FloatArray:
    """Bin edges for all columns: one bin per whole number where these are few, else 12 to 60 equally wide ones.

    Half a percent at an end is left out where that makes the rest at least four times as wide.

    Args:
        columns: each shape (n,), finite, at least one value in all.

    Returns:
        Shape (bins + 1,), strictly ascending.
    """
    pooled = np.concatenate(columns)
    low, high = float(pooled.min()), float(pooled.max())
    if high - low < _MOST_BINS and bool(np.array_equal(pooled, np.rint(pooled))) and abs(low) + abs(high) < 2**50:
        return np.arange(low - 0.5, high + 1.0)
    inner_low, inner_high = (float(edge) for edge in np.percentile(pooled, [_TAIL, 100 - _TAIL]))
    if inner_high > inner_low and (high - low) > 4 * (inner_high - inner_low):
        low, high = inner_low, inner_high
    largest = max(column.size for column in columns)
    bins = int(np.clip(np.ceil(2 * largest ** (1 / 3)), _FEWEST_BINS, _MOST_BINS))  # Rice's rule
    if low == high:
        room = abs(low) * 0.05 or 0.5
        low, high = low - room, high + room
    edges = np.linspace(low, high, bins + 1)
    return edges if bool((np.diff(edges) > 0).all()) else np.array([low, np.nextafter(high, np.inf)])


def binned(values: FloatArray, edges: FloatArray) -> NDArray[np.int64]:
    """How many values lie in each bin, the last bin with its upper edge.

    Args:
        values: shape (n,), finite.
        edges: shape (bins + 1,), strictly ascending.
    """
    return np.histogram(values, edges)[0].astype(np.int64)


def caption(info: HistoryInfo) -> str:
    """How many steps are drawn, of how many."""
    drawn_steps = len(info.steps)
    if drawn_steps == info.total:
        return plural(drawn_steps, "step")
    return f"{count(drawn_steps)} of {plural(info.total, 'step')}, first and last kept"


def notes(info: HistoryInfo) -> tuple[str, ...]:
    """What the picture leaves out or puts together."""
    found = ["Each row or column holds shares of the version's own values, on bins that all steps and runs share."]
    if info.total > len(info.steps):
        found.append(
            f"{count(len(info.steps))} of {count(info.total)} steps are drawn, the first and the last among them."
        )
    if info.grouped:
        found.append("The groups of each version are put together.")
    if info.odd:
        found.append(f"{plural(info.odd, 'value')} {'is' if info.odd == 1 else 'are'} NaN or infinite and not drawn.")
    if info.beyond:
        ends = f"{number(info.edges[0])} to {number(info.edges[-1])}"
        found.append(f"{plural(info.beyond, 'value')} outside {ends} {'is' if info.beyond == 1 else 'are'} not drawn.")
    return tuple(found)
