"""How strongly each param goes with the target: bars by measure, and the matrix of all params and metrics."""

from __future__ import annotations

from typing import Any

from mlflow_ext.rest import Association, Measure, SweepAnswer
from mlflow_ext_ui import theme
from mlflow_ext_ui.sweeps.frame import figure
from mlflow_ext_ui.text import MISSING, fit, fixed, literal, one_line, plural, width

FITTING = "fitting"
NAMES: dict[Measure, str] = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "ratio": "Correlation ratio",
    "information": "Mutual information",
    "codes": "Pearson on codes",
}
MEANING: dict[Measure, str] = {
    "spearman": "Rank correlation of numbers, −1 to 1. A category has no ranks: see the correlation ratio.",
    "pearson": "Linear correlation of numbers, on the param's own scale, −1 to 1.",
    "ratio": "Share of the target's ranks that groups of equal values explain, as a root, 0 to 1; made for categories.",
    "information": "Normalised mutual information, 0 to 1; sees any form of dependence.",
    "codes": "What older tools show: categories numbered by alphabet, an order that they do not have.",
}
_FITS = "Spearman of numbers, −1 to 1; correlation ratio of categories, 0 to 1: it has no sign."
_UNLIKELY = 0.05
MOST_ROWS, MOST_COLUMNS = 60, 40
_ROW = 24
_DIGITS = 48  # pixels: a cell that holds its value


def correlation(answer: SweepAnswer) -> dict[str, Any]:
    """By measure its bars, the strongest first; params that it does not fit say why.

    The first one takes for each param what fits it.
    """
    measures = {
        name: _measure(MEANING[name], name in ("spearman", "pearson", "codes"), answer, found)
        for name, found in answer.measured.items()
    }
    if answer.target not in answer.metrics or not answer.matrix:
        return {"names": NAMES, "measures": measures}
    column = answer.metrics.index(answer.target)
    fitting = _measure(_FITS, True, answer, [row[column] for row in answer.matrix])
    return {"names": {FITTING: "What fits", **NAMES}, "measures": {FITTING: fitting, **measures}}


def _measure(meaning: str, signed: bool, answer: SweepAnswer, found: list[Association]) -> dict[str, Any]:
    rows = [_row(param.name, one) for param, one in zip(answer.params, found, strict=True)]
    rows.sort(key=lambda row: (row["value"] is None, -abs(row["value"] or 0.0)))
    return {"meaning": meaning, "signed": signed, "rows": rows}


def _row(name: str, one: Association) -> dict[str, Any]:
    return {
        "name": name,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "told": _told(one),
        "text": MISSING if one.value is None else fixed(one.value, 2),
        "said": said(one),
    }


def _told(one: Association) -> bool:
    """Whether chance hardly gives so much."""
    if one.low is not None and one.high is not None:
        return one.low > 0 or one.high < 0
    return one.p is not None and one.p <= _UNLIKELY


def said(one: Association) -> str:
    """One association in words."""
    if one.value is None:
        return one.why or "no value"
    interval = (
        "" if one.low is None or one.high is None else f", 95% interval {fixed(one.low, 2)} to {fixed(one.high, 2)}"
    )
    chance = "" if one.p is None else ", p < 0.001" if one.p < 0.001 else f", p {one.p:.2g}"
    return f"{NAMES[one.measure]} {fixed(one.value, 2)}{interval}{chance}, {plural(one.runs, 'run')}"


def matrix(answer: SweepAnswer, look: theme.Theme, order: list[str], room: float = 1000) -> dict[str, Any]:
    """Every param against every metric as a heatmap, from −1 to 1; ``rows`` tells its height.

    Args:
        answer: the sweep.
        look: light or dark.
        order: params from above.
        room: pixels across.
    """
    place = {one.name: at for at, one in enumerate(answer.params)}
    names = [name for name in order if name in place][:MOST_ROWS]
    first = [answer.target] if answer.target in answer.metrics else []
    metrics = [*first, *(key for key in answer.metrics if key not in first)][:MOST_COLUMNS]
    columns = [answer.metrics.index(key) for key in metrics]
    cells = [[answer.matrix[place[name]][column] for column in columns] for name in names]
    values = [[one.value for one in row] for row in cells]
    left = min(220.0, 16 + max((width(one_line(name)) for name in names), default=0.0))
    across = (room - left - 12) / max(1, len(metrics))
    titles, top = _titles([one_line(key) for key in metrics], across)
    scale = theme.scale(theme.DIVERGING[look])
    trace = {
        "type": "heatmap",
        "x": list(range(len(metrics))),
        "y": list(range(len(names))),
        "z": values,
        "zmin": -1,
        "zmax": 1,
        "colorscale": scale,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": True,
        "customdata": [[[names[i]] for _ in metrics] for i in range(len(names))],
        "hovertext": [
            [
                f"<b>{literal(names[i])}</b> · {literal(metrics[j])}<br>{literal(said(cells[i][j]))}"
                for j in range(len(metrics))
            ]
            for i in range(len(names))
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    traces = [trace, _texts(values, look)] if across >= _DIGITS else [trace]
    axis = {"showgrid": False, "showline": False, "fixedrange": True, "tickmode": "array"}
    layout = {
        "margin": {"l": left, "t": top, "r": 12, "b": 8},
        "xaxis": axis
        | {"tickvals": trace["x"], "ticktext": titles, "side": "top", "tickangle": 0 if top < 40 else -38},
        "yaxis": axis
        | {
            "tickvals": trace["y"],
            "ticktext": [literal(fit(one_line(name), left - 12)) for name in names],
            "autorange": "reversed",
        },
    }
    return {
        "figure": figure(look, traces, layout),
        "height": round(top + 8 + _ROW * len(names)),
        "rows": len(names),
        "columns": len(metrics),
        "of": [len(answer.params), len(answer.metrics)],
    }


def _titles(names: list[str], across: float) -> tuple[list[str], float]:
    """The texts above the columns, lying where they fit, else aslant; and the room that they take."""
    if all(width(name) <= across - 4 for name in names):
        return [literal(name) for name in names], 26
    cut = [fit(name, 130) for name in names]
    return [literal(name) for name in cut], 24 + 0.62 * max(width(name) for name in cut)


def _texts(values: list[list[float | None]], look: theme.Theme) -> dict[str, Any]:
    """The numbers in the cells, black or white."""
    there = [(x, y, value) for y, row in enumerate(values) for x, value in enumerate(row) if value is not None]
    inks = [theme.ink(theme.at(theme.DIVERGING[look], (value + 1) / 2)) for _, _, value in there]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, _, _ in there],
        "y": [y for _, y, _ in there],
        "text": [fixed(value, 2) for _, _, value in there],
        "textfont": {"size": 11, "color": inks},
        "hoverinfo": "skip",
    }
