"""POST /tail answers what lies beyond what the client has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from mlflow_ext_server.api import tail
from mlflow_ext_ui.source import Drawing, Line, Plot, Principal, Run

KEY = "m:loss"


class OneRun:
    """A source with one running run and one plot."""

    def __init__(self, x: list[float], y: list[float], texts: tuple[str, ...] | None = None) -> None:
        time = np.arange(len(x), dtype=float)
        line = Line("r", np.array(x, dtype=float), np.array(y, dtype=float), time, x_text=texts, running=True)
        self._drawing = Drawing(Plot(KEY, "series", "loss", "loss", "Metrics", ("r",)), (line,))

    def runs_by_id(self, principal: Principal, run_ids: list[str]) -> tuple[Run, ...]:
        return (Run("r", "run", "1", "RUNNING", 0, None, 0),) if "r" in run_ids else ()

    def held(self, principal: Principal, run_ids: list[str]) -> dict[str, list[Plot]]:
        return {"r": [Plot(key, "matrix", key, key, "", ("r",), points=2) for key in ("a", "b", "c")]}

    def drawings(self, principal: Principal, run_ids: list[str], keys: list[str], **_: Any) -> tuple[Drawing, ...]:
        return (self._drawing,) if KEY in keys else ()


def ask(source: OneRun, body: Any, status: int = 200) -> Any:
    app = FastAPI()

    @app.middleware("http")
    async def guard(request: Any, call_next: Any) -> Any:
        request.scope["mlflow_ext.principal"] = Principal()
        return await call_next(request)

    known = {"r": "r", "own": "r"}
    tail.register(app.router, source, lambda _, ids: {one: known[one] for one in ids if one in known})  # type: ignore[arg-type]
    answer = TestClient(app).post("/tail", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_points_beyond_what_the_client_has_are_answered_exactly() -> None:
    source = OneRun([0, 1, 2, 3], [1.0, 0.5, float("nan"), float("-inf")])
    news = ask(source, {"r": {"plots": {KEY: 2}, "status": "RUNNING"}})
    assert news["r"]["plots"][KEY] == {
        "x": [2.0, 3.0],
        "y": ["NaN", "-Infinity"],
        "time": [2.0, 3.0],
        "total": 4,
        "reset": False,
    }
    assert news["r"]["status"] == "RUNNING"


def test_a_plot_without_news_is_left_out() -> None:
    assert ask(OneRun([0, 1], [1, 2]), {"r": {"plots": {KEY: 2}}})["r"]["plots"] == {}


@pytest.mark.parametrize(("have", "texts"), [(5, None), (1, ("2026-01-01", "2026-01-02"))])
def test_a_client_that_can_not_be_continued_is_told_to_fetch_anew(have: int, texts: tuple[str, ...] | None) -> None:
    plots = ask(OneRun([0, 1], [1, 2], texts), {"r": {"plots": {KEY: have}}})["r"]["plots"]
    assert plots[KEY]["reset"] is True
    assert plots[KEY]["total"] == 2


@pytest.mark.parametrize(("known", "new"), [(2, True), (3, False), (None, False)])
def test_more_plots_than_the_client_knows_are_announced(known: int | None, new: bool) -> None:
    assert ask(OneRun([0], [1]), {"r": {"plots": {}, "known": known}})["r"]["new_plots"] is new


def test_unknown_runs_are_missing_and_unknown_fields_refused() -> None:
    assert ask(OneRun([0], [1]), {"other": {"plots": {KEY: 0}}}) == {}
    ask(OneRun([0], [1]), {"r": {"points": {}}}, status=422)
    ask(OneRun([0], [1]), {"r": {"plots": {KEY: -1}}}, status=422)


def test_a_run_answers_to_its_own_id_and_to_mlflow_s() -> None:
    news = ask(OneRun([0, 1], [1.0, 0.5]), {"own": {"plots": {KEY: 1}}, "r": {"plots": {KEY: 0}}, "none": {}})
    assert list(news) == ["own", "r"]
    assert [len(one["plots"][KEY]["x"]) for one in news.values()] == [1, 2]
