"""POST /tail: what has come since the client last looked. It posts what it has, so no clock is compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from fastapi import APIRouter

from mlflow_ext.rest import Number, TailAnswer, TailHave, TailPoints, TailRequest, TailRun
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.source import FloatArray, Line, Principal


def register(
    router: APIRouter, source: StoreSource, resolve: Callable[[Principal, Sequence[str]], dict[str, str]]
) -> None:
    """Add the route.

    Args:
        router: what it is added to.
        source: what is read.
        resolve: gives MLflow's id of each id that is known.
    """

    @router.post("/tail", response_model=TailAnswer)
    def tail(have: TailRequest, principal: Asking) -> TailAnswer:
        """The points, status and plots of these runs beyond what the client has."""
        news = {}
        known = resolve(principal, list(have.root))
        ids = list(dict.fromkeys(known.values()))
        lines = _lines(source, principal, ids, have.root)
        held = source.held(principal, ids)
        runs = {run.id: run for run in source.runs_by_id(principal, ids)}
        for asked, mine in have.root.items():
            run = runs.get(known.get(asked, ""))
            if run is None:
                continue
            plots = {key: _points(lines.get((run.id, key)), count) for key, count in mine.plots.items()}
            holds = held.get(run.id, [])
            news[asked] = TailRun(
                status=run.status,
                plots={key: points for key, points in plots.items() if points is not None},
                held=len(holds),
                new_plots=mine.known is not None and len(holds) > mine.known,
                versions={plot.key: plot.points for plot in holds if plot.kind != "series"},
            )
        return TailAnswer(news)


def _lines(
    source: StoreSource, principal: Asking, ids: list[str], have: dict[str, TailHave]
) -> dict[tuple[str, str], Line]:
    keys = list(dict.fromkeys(key for mine in have.values() for key in mine.plots))
    drawings = source.drawings(principal, ids, keys)
    return {(line.run_id, drawing.plot.key): line for drawing in drawings for line in drawing.lines}


def _points(line: Line | None, have: int) -> TailPoints | None:
    """What lies beyond the first ``have`` points; None when there is nothing to say."""
    if line is None:
        return None
    total = len(line.x)
    if total == have:
        return None
    if total < have or line.x_text is not None:
        return TailPoints(x=[], y=[], time=[], total=total, reset=True)
    return TailPoints(
        x=_numbers(line.x[have:]), y=_numbers(line.y[have:]), time=_numbers(line.time[have:]), total=total
    )


def _numbers(values: FloatArray) -> list[Number]:
    if np.isfinite(values).all():
        return values.tolist()  # type: ignore[no-any-return]
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [value if np.isfinite(value) else words[str(value)] for value in values.tolist()]
