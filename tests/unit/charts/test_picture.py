"""Charts of one's own as figures, and the values behind them."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext_ui.cards import PictureRequest, pictures
from mlflow_ext_ui.charts import parse
from mlflow_ext_ui.charts.bar import MOST_BARS, bar, bars_info
from mlflow_ext_ui.charts.data import Values, numbers, values
from mlflow_ext_ui.charts.line import DASHES
from mlflow_ext_ui.charts.picture import Reader, own_cards, picture
from mlflow_ext_ui.charts.scatter import dots_info, scatter
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal
from mlflow_ext_ui.theme import run_color
from mlflow_ext_ui.values import chart_values
from tests.unit.figures.build import traces

ME = Principal()
RUNS = ("r0", "r1", "r2")
LOOK = Look(colors={"r0": 3, "r1": 4, "r2": 5}, names={"r0": "zero", "r1": "one", "r2": "two"})


class Silent(MemorySource):
    """Knows its plots, but not what became of metrics."""

    def summaries(self, *args: Any, **options: Any) -> Any:
        raise StoreUnavailable("The database gives no answer.")


@pytest.fixture
def source() -> MemorySource:
    return filled(MemorySource(metric="loss"))


def filled(found: MemorySource) -> MemorySource:
    experiment = found.add_experiment("e")
    for number, run in enumerate(RUNS):
        found.add_run(experiment, LOOK.names[run], run_id=run)
        found.set_params(run, {"lr": 10.0**-number, "model": "ab"[number % 2]})
        found.line(run, "loss", range(4), [1.0 + number, 0.5, np.nan, 0.4 + number])
        found.line(run, "epochs", range(3), [1, 2, 3], index="epoch")
    found.line("r1", "acc", range(3), [0.1, 0.9, np.inf])
    found.line("r2", "acc", range(3), [np.nan, np.nan, np.nan])
    found.line("r0", "system/load", range(3), [1, 2, 3], origin="system")
    return found


def drawn(source: MemorySource, text: str, look: Look = LOOK) -> Any:
    return picture(Reader(source, ME, RUNS), parse(text), lambda unit: look)


def test_of_several_metrics_the_colour_is_the_run_the_dash_the_metric_and_hover_names_both(source: MemorySource):
    made = drawn(source, "line~1~last~~loss~acc")
    lines = {(one["meta"]["run"], one["meta"]["metric"]): one for one in traces(made.figure, "line")}
    assert set(lines) == {*((run, "loss") for run in RUNS), ("r1", "acc"), ("r2", "acc")}
    for (run, metric), one in lines.items():
        assert one["line"]["color"] == run_color(LOOK.colors[run])
        assert one["line"]["dash"] == DASHES[("loss", "acc").index(metric)]
        assert one["meta"]["name"] == f"{LOOK.names[run]} · {metric}"
    meta = made.figure["layout"]["meta"]
    assert (meta["step"], meta["unit"], meta["key"]) == (True, "", "o:1")
    assert meta["metrics"] == [["loss", "solid"], ["acc", "dash"]]
    assert "acc is missing in 1 of 3 runs." in made.notes
    assert any(note.startswith("NaN in") for note in made.notes)
    assert traces(made.figure, "mark")
    assert not traces(made.figure, "best")


def test_one_metric_is_drawn_as_its_own_plot_with_its_best_point(source: MemorySource):
    made = drawn(source, "line~1~last~Mine~loss")
    assert traces(made.figure, "best")[0]["meta"]["run"] == "r0"
    assert {one["meta"]["name"] for one in traces(made.figure, "line")} == set(LOOK.names.values())
    assert "dash" not in traces(made.figure, "line")[0]["line"]


def test_missing_metrics_are_said(source: MemorySource):
    assert drawn(source, "line~1~last~~f1").sentence == "No run on screen has f1."
    assert drawn(source, "bar~1~last~~f1~f2").sentence == "No run on screen has f1. No run on screen has f2."
    assert "No run on screen has f1." in drawn(source, "line~1~last~~loss~f1").notes
    assert drawn(source, "scatter~1~last~~params.depth~metrics.loss").sentence == "No run on screen has depth."


def test_a_metric_without_a_plot_of_its_own_is_asked_for_by_its_name():
    asked: list[str] = []

    class Asked(MemorySource):
        def drawings(self, principal: Principal, run_ids: Any, keys: Any, **options: Any) -> Any:
            asked.extend(keys)
            return super().drawings(principal, run_ids, keys, **options)

    source = filled(Asked())
    made = drawn(source, "line~1~last~~roc/AUC~loss")
    assert asked == ["m:roc/AUC", next(plot.key for plot in source.plots(ME, RUNS) if plot.title == "loss")]
    assert "No run on screen has roc/AUC." in made.notes


def test_metrics_whose_x_counts_something_else_are_not_put_on_one_axis(source: MemorySource):
    made = drawn(source, "line~1~last~~loss~epochs")
    assert {one["meta"]["metric"] for one in traces(made.figure, "line")} == {"loss"}
    assert "epochs is not drawn: its x counts something else than loss's." in made.notes


def test_groups_of_runs_are_made_by_metric(source: MemorySource):
    look = Look(groups={"r0": "a", "r1": "b", "r2": "a"})
    made = drawn(source, "line~1~last~~loss~acc", look)
    totals = {one["meta"]["name"]: set(one["meta"]["totals"]) for one in traces(made.figure, "line")}
    assert totals == {
        "a · loss · 2 runs": {"r0", "r2"},
        "b · loss · 1 run": {"r1"},
        "b · acc · 1 run": {"r1"},
        "a · acc · 1 run": {"r2"},
    }


def test_values_are_the_last_the_lowest_or_the_highest(source: MemorySource):
    assert values(source, ME, parse("bar~1~last~~loss"), RUNS).rows == ((0.4,), (1.4,), (2.4,))
    assert values(source, ME, parse("bar~1~min~~loss"), RUNS).rows == ((0.4,), (0.5,), (0.5,))
    last, extreme = (values(source, ME, parse(f"bar~1~{which}~~acc"), RUNS).rows for which in ("last", "max"))
    assert last[:2] == ((None,), (np.inf,))
    assert extreme[1:] == ((np.inf,), (pytest.approx(np.nan, nan_ok=True),))


def test_bars_stand_per_run_best_first_and_mark_what_has_no_height(source: MemorySource):
    info = bars_info(parse("bar~1~last~~loss"), Values(("a", "b"), ((3.0,), (1.0,))))
    assert (info.run_ids, info.values.tolist()) == (("b", "a"), [[1.0, 3.0]])
    made = drawn(source, "bar~1~last~~loss~acc")
    first, second = traces(made.figure, "bars")
    assert (first["y"], second["y"]) == ([0.4, 1.4, 2.4], [])
    assert first["marker"]["color"] == [run_color(LOOK.colors[run]) for run in RUNS]
    (odd,) = traces(made.figure, "mark")
    assert odd["marker"]["symbol"] == ["triangle-up", "triangle-down"]
    assert {"acc is missing in 1 of 3 runs.", "NaN in 1 place, marked.", "∞ in 1 place, marked."} <= set(made.notes)


def test_a_card_of_bars_holds_only_so_many_and_says_so():
    found = Values(tuple(f"r{i}" for i in range(900)), tuple((float(i),) for i in range(900)))
    made = bar(parse("bar~1~last~~loss"), found, LOOK)
    assert made.figure is not None
    assert len(made.figure["data"][0]["x"]) == MOST_BARS
    assert any(note.startswith("480 of 900 runs shown") for note in made.notes)


def test_a_dot_per_run_over_a_param_logarithmic_when_it_spans_decades(source: MemorySource):
    made = drawn(source, "scatter~1~min~~params.lr~metrics.loss")
    (dots,) = traces(made.figure, "values")
    assert (dots["x"], dots["y"]) == ([1.0, 0.1, 0.01], [0.4, 0.5, 0.5])
    assert dots["hovertext"][0] == "<b>zero</b><br>lr 1.0<br>loss 0.4000"
    assert made.figure["layout"]["xaxis"]["type"] == "log"
    assert "lr stands on a log axis." in made.notes


def test_params_that_are_no_numbers_are_names_and_odd_values_stand_at_the_edge(source: MemorySource):
    made = drawn(source, "scatter~1~last~~params.model~metrics.acc")
    assert made.sentence == "No run has two finite values."
    made = drawn(source, "scatter~1~last~~params.model~metrics.loss")
    assert made.figure["layout"]["xaxis"]["ticktext"] == ["a", "b"]
    found = Values(("a", "b", "c", "d"), (("1", 2.0), ("2", np.nan), ("3", None), ("x", np.inf)))
    info = dots_info(parse("scatter~1~last~~params.p~metrics.m"), found)
    assert (info.run_ids, info.lacking, info.x.names) == (("a", "b", "d"), (0, 1), ("1", "2", "x"))
    edge = scatter(parse("scatter~1~last~~params.p~metrics.m"), found, LOOK)
    assert "1 run without m not drawn." in edge.notes
    assert "m is not finite in 2 runs, marked at the edge." in edge.notes
    assert traces(edge.figure, "mark")[0]["marker"]["symbol"] == ["triangle-down", "triangle-up"]


def test_texts_are_numbers_when_all_are():
    assert numbers(("1", "2e-3", None, 4.0)) == [1.0, 0.002, None, 4.0]
    assert numbers(("1", "big")) is None


@pytest.mark.parametrize("text", ["bar~1~last~~loss", "scatter~1~last~~params.lr~metrics.loss"])
def test_a_y_range_holds_for_bars_and_dots(source: MemorySource, text: str):
    made = drawn(source, text, Look(y_range=(0.2, None)))
    low, high = made.figure["layout"]["yaxis"]["range"]
    assert low == 0.2
    assert high > 2.4


def test_the_pictures_of_charts_come_with_those_of_plots(source: MemorySource):
    key = next(plot.key for plot in source.plots(ME, RUNS) if plot.title == "loss")
    texts = ("line~1~last~~loss", "bar~b~last~~loss")
    request = PictureRequest(
        runs=RUNS, keys=(key, "o:1", "o:b", "o:9"), charts=texts, zoom={"": (1, 3)}, y={"o:1": (0.0, None)}
    )
    cards = pictures(source, ME, request)
    ranges = [cards[one]["picture"]["figure"]["layout"]["xaxis"]["range"] for one in (key, "o:1")]
    assert ranges == [[1, 3], [1, 3]]
    assert cards["o:1"]["picture"]["figure"]["layout"]["yaxis"]["range"][0] == 0.0
    assert cards["o:b"]["picture"]["caption"] == "last of 3 runs"
    assert cards["o:9"]["picture"]["sentence"]
    assert [card["section"] for card in own_cards(texts)] == ["Own charts", "Own charts"]


def test_a_request_for_an_unknown_kind_of_chart_is_refused():
    with pytest.raises(ValueError, match="no kind of chart 'pie'"):
        PictureRequest(runs=("a",), keys=("o:1",), charts=("pie~1~last~~a",))


def test_a_chart_that_cant_be_read_says_so_and_the_others_stand():
    request = PictureRequest(runs=RUNS, keys=("o:1", "o:2"), charts=("line~1~last~~loss", "bar~2~last~~loss"))
    cards = pictures(filled(Silent()), ME, request)
    assert cards["o:1"]["picture"]["figure"]
    assert cards["o:2"]["trouble"]["why"] == "The database gives no answer. Values already uploaded are safe."


def test_all_values_behind_a_chart_as_csv(source: MemorySource):
    def rows(text: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(chart_values(source, ME, RUNS, parse(text)).text)))

    long = rows("line~1~last~~loss~acc")
    assert long[0] == ["run", "metric", "step", "value", "time"]
    assert (len(long), long[1][:4], long[-1][:4]) == (
        1 + 12 + 6,
        ["zero", "loss", "0", "1"],
        ["two", "acc", "2", "nan"],
    )
    assert rows("scatter~1~min~~params.lr~metrics.loss")[0] == ["run", "lr", "loss min"]
    assert rows("bar~1~max~~loss~acc")[0] == ["run", "loss max", "acc max"]
    assert rows("scatter~1~last~~params.lr~metrics.loss")[:2] == [["run", "lr", "loss"], ["zero", "1.0", "0.4"]]
