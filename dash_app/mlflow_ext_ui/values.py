"""The values of one plot as CSV: every point, not only those drawn."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from mlflow_ext_ui import comparison, stepping
from mlflow_ext_ui.charts.picture import Reader
from mlflow_ext_ui.charts.picture import rows as chart_rows
from mlflow_ext_ui.charts.spec import Chart
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.source import DataSource, Drawing, Principal, Run
from mlflow_ext_ui.state import Choice

# A spreadsheet takes the wide signs of East Asian keyboards, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Values(NamedTuple):
    """A plot's values as CSV, and its title as logged, empty when no run holds it."""

    title: str
    text: str


def values(
    source: DataSource,
    principal: Principal,
    run_ids: Sequence[str],
    key: str,
    choice: Choice | None = None,
    *,
    step: int | None = None,
    over_time: bool = False,
) -> Values:
    """The plot's values for these runs with the run's name in front; empty when no run holds it.

    With a choice, the values of their comparison. With a step, those of the versions shown there; over time, of each
    step that a heatmap shows how many values lie in each of the bins that they share.
    """
    title = ""
    runs = {run.id: run for run in source.runs_by_id(principal, [run for run in run_ids if run])}
    text = io.StringIO()
    writer = csv.writer(text)
    look = Look(names={run.id: run.name for run in runs.values()})
    for drawing in source.drawings(principal, list(runs), [key], step=step):
        title = drawing.plot.title
        if over_time:
            writer.writerows([safe(cell) for cell in row] for row in stepping.rows(source, principal, drawing, look))
            continue
        rows = comparison.rows(drawing, look, choice) if choice else _rows(drawing, runs)
        writer.writerows([safe(cell) for cell in row] for row in rows)
    return Values(title, text.getvalue())


def chart_values(source: DataSource, principal: Principal, run_ids: Sequence[str], chart: Chart) -> Values:
    """All values behind a chart that somebody made."""
    runs = {run.id: run for run in source.runs_by_id(principal, [run for run in run_ids if run])}
    text = io.StringIO()
    rows = chart_rows(Reader(source, principal, list(runs)), chart, runs)
    csv.writer(text).writerows([safe(_whole(cell)) for cell in row] for row in rows)
    return Values(chart.name, text.getvalue())


def file_name(title: str) -> str:
    """A name that every file system takes: 80 letters and digits of any script, "_" for the rest."""
    return re.sub(r"[^\w.-]+", "_", title).lstrip("._")[:80] or "plot"


def attachment(name: str) -> str:
    """The Content-Disposition that saves as ``name``; other than ASCII as in RFC 6266, appendix D, and RFC 5987."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain == name:
        return f'attachment; filename="{name}"'
    stem, dot, ending = plain.rpartition(".")
    return f"attachment; filename=\"{stem or 'plot'}{dot}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"


def _rows(drawing: Drawing, runs: dict[str, Run]) -> Iterator[Iterable[Any]]:
    if drawing.lines:
        yield ("run", drawing.lines[0].index, drawing.plot.title, "time")
        for line in drawing.lines:
            index: Iterable[Any] = line.x_text if line.x_text is not None else line.x.tolist()
            name = runs[line.run_id].name
            for x, y, time in zip(index, line.y.tolist(), line.time.tolist(), strict=True):
                yield (name, _whole(x), y, _whole(time))
    header: tuple[str, ...] | None = None
    for version in drawing.versions:
        table = version.primitive.rows()
        if table.columns != header:
            header = table.columns
            yield ("run", *header)
        for row in table.rows:
            yield (runs[version.run_id].name, *row)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def safe(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a quote in front; numbers stay numbers."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
