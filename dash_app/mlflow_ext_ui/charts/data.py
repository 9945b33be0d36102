"""What a chart shows, read from the source: lines by metric, or one value per run and column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mlflow_ext_ui.charts.spec import Chart, Statistic
from mlflow_ext_ui.source import DataSource, Drawing, Plot, Principal, Summary, Value

METRIC = "m:"  # before the name of any metric, as ``DataSource.drawings`` takes it


class Curves(NamedTuple):
    """Drawings of metrics by name, in the order of the chart's; what no run on screen holds is not among them."""

    metrics: tuple[str, ...]
    drawings: tuple[Drawing, ...]


class Values(NamedTuple):
    """One row per run: ``rows[i][j]`` of ``run_ids[i]`` is the chart's column j, None where the run has none."""

    run_ids: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def metric_of(plot: Plot) -> str | None:
    """The metric whose points a plot shows, as MLflow names it; None for any other plot."""
    if plot.kind != "series":
        return None
    return plot.name if plot.field is None else plot.title


def curves(
    source: DataSource, principal: Principal, chart: Chart, run_ids: Sequence[str], plots: Sequence[Plot]
) -> Curves:
    """The lines of a chart's metrics; ``plots`` are those of the runs."""
    keys = {metric_of(plot): plot.key for plot in reversed(plots)}
    # A metric that only mirrors something, such as the area under a curve, has no plot of its own, but has points.
    wanted = {name: keys.get(name, f"{METRIC}{name}") for name in chart.fields}
    drawings = {one.plot.key: one for one in source.drawings(principal, run_ids, list(wanted.values()))}
    held = [(name, drawings[key]) for name, key in wanted.items() if key in drawings]
    return Curves(tuple(name for name, _ in held), tuple(one for _, one in held))


def values(source: DataSource, principal: Principal, chart: Chart, run_ids: Sequence[str]) -> Values:
    """The value of each of the chart's columns in each run."""
    keys = [column.key for column in chart.columns if column.kind == "metrics"]
    plain = chart.statistic == "last"
    found = source.summaries(principal, run_ids, keys, history=not plain) if keys else ()
    metrics = {(one.run_id, one.key): _statistic(one, chart.statistic) for one in found}
    asked = any(column.kind == "params" for column in chart.columns)
    params = source.params(principal, run_ids) if asked else {}
    rows = tuple(
        tuple(
            metrics.get((run, column.key)) if column.kind == "metrics" else params.get(run, {}).get(column.key)
            for column in chart.columns
        )
        for run in run_ids
    )
    return Values(tuple(run_ids), rows)


def numbers(column: Iterable[Value]) -> list[float | None] | None:
    """The values as numbers, None where there is none; None for the whole when one is no number."""
    found = []
    for value in column:
        number = value if value is None or isinstance(value, float) else _number(str(value))
        if number is None and value is not None:
            return None
        found.append(number)
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _statistic(one: Summary, which: Statistic) -> float:
    """NaN for the extremes of a metric that was never a number."""
    value = {"last": one.last, "min": one.low, "max": one.high}[which]
    return math.nan if value is None else value
