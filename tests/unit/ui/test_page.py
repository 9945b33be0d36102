"""What the browser is told: page, run list, cards, pictures, values."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pydantic
import pytest

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext.primitives import KINDS, Series
from mlflow_ext_ui import figures
from mlflow_ext_ui.cards import PictureRequest, card_list, pictures, to_json
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.figures.panels import panels
from mlflow_ext_ui.listing import ListQuery, listing, rows, window
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.page import PageRequest, answer, page
from mlflow_ext_ui.picking import PickRequest, picked, top
from mlflow_ext_ui.source import Principal, Run, Trouble
from mlflow_ext_ui.values import attachment, file_name, values

ME = Principal()


def run(metric: float | None, name: str = "r") -> Run:
    return Run(name, name, "1", "FINISHED", 0, 1, 0, metric)


@pytest.mark.parametrize(
    ("metrics", "texts"),
    [
        ((0.9684, 0.9, None), ["0.9684", "0.9000", "–"]),
        ((12.5, 100.25), ["12.50", "100.25"]),
        ((3.0, 12.0), ["3", "12"]),
        ((math.nan, math.inf, -math.inf, -0.5), ["NaN", "∞", "−∞", "−0.5000"]),
        ((3e-5, 1e-3), ["3e−5", "0.001000"]),
        ((9.3e12, 56.3, 59.481), ["9.3e12", "56.30", "59.48"]),
        ((0.97, 1.0, 0.0), ["0.9700", "1.0000", "0.0000"]),
        ((), []),
    ],
)
def test_one_column_shares_its_decimals(metrics: tuple[float | None, ...], texts: list[str]):
    assert [row["text"] for row in rows([run(metric) for metric in metrics])] == texts


def test_values_that_are_no_number_sort_as_missing():
    assert [row["metric"] for row in rows([run(math.nan), run(math.inf), run(1.5)])] == [None, None, 1.5]


@pytest.fixture
def source() -> MemorySource:
    found = MemorySource(metric="val/loss")
    experiment = found.add_experiment("e")
    for number in range(3):
        one = found.add_run(experiment, f"run{number}", run_id=f"r{number}", metric=float(number), start=number)
        found.line(one, "loss", range(4), [1, 0.5, np.nan, np.inf])
        for kind in KINDS.values():
            if kind is not Series:
                found.log(one, kind.kind, kind.example())
    found.line("r0", "system/cpu", range(4), range(4), section="System", origin="system")
    return found


def ask(source: MemorySource, search: str = "", before: dict[str, Any] | None = None, refresh: int = 0) -> Any:
    return page(source, ME, {"path": "/ext/plots", "search": search, "refresh": refresh}, before)


def test_a_page_is_strict_json_and_says_the_address_it_settled_on(source: MemorySource):
    now = ask(source)
    json.loads(to_json([now.view, now.listing, now.plots]))
    assert now.view["url"] == "plots?experiment=1&runs=r2,r1,r0"
    assert now.message is None
    assert now.plots["cards"][0]["title"] == "loss"
    assert now.plots["cards"][-1]["origin"] == "system"
    assert now.plots["held"] == {"r2": 7, "r1": 7, "r0": 8}


def test_the_browser_gets_what_it_lacks_by_output_and_components_as_json(source: MemorySource):
    def told(url: dict[str, str], **has: Any) -> Any:
        return json.loads(to_json(answer(source, ME, PageRequest.model_validate({"url": url, **has}))))

    first = told({"search": ""})
    assert set(first) == {"view", "message", "missing", "listing", "plots"}
    assert set(told({"search": "?log=1"}, before=first["view"])) == {"view", "message", "missing"}
    grid = told({"search": "?sort=-metrics.val/loss"}, infinite=True)["grid"]
    assert grid["type"] == "AgGrid"
    assert [column["sort"] for column in grid["props"]["columnDefs"]] == [None, "desc"]
    assert told({"search": "?runs=gone"})["message"]["namespace"] == "dash_html_components"


def test_what_the_browser_has_already_is_not_sent_again(source: MemorySource):
    first = ask(source)
    look = ask(source, "?experiment=1&runs=r2,r1,r0&log=1", first.view)
    assert (look.listing, look.plots) == (None, None)
    fewer = ask(source, "?experiment=1&runs=r2", first.view)
    assert fewer.listing is None
    assert fewer.plots is not None
    searched = ask(source, "?experiment=1&runs=r2,r1,r0&search=run1", first.view)
    assert searched.listing["total"] == 1
    assert searched.plots is None
    assert ask(source, "?experiment=1&runs=r2,r1,r0", first.view, refresh=1).listing is not None


def test_a_list_is_sorted_by_a_column_that_it_does_not_show(source: MemorySource):
    now = ask(source, "?sort=-attributes.duration")
    hidden = now.listing["columns"][-1]
    assert (hidden["colId"], hidden["hide"], hidden["field"]) == ("attributes.duration", True, "c0")
    assert all("c0" in row for row in now.listing["rows"])
    assert ask(source, "?sort=attributes.duration", now.view).listing is None
    assert ask(source, "?sort=", now.view).listing is not None
    beside = ask(source, "?columns=params.a&sort=params.b").listing
    assert [column["field"] for column in beside["columns"]] == ["name", "c0", "c1"]


def test_a_list_sorted_by_what_it_shows_has_no_column_twice(source: MemorySource):
    now = ask(source)
    shown = f"metrics.{now.listing['metric']}"
    for search in (f"?sort=-{shown}", f"?columns={shown}&sort={shown}", "?sort=attributes.run_name"):
        listed = ask(source, search).listing
        assert len(listed["columns"]) == 2, search
    runs = ",".join(run["id"] for run in now.view["runs"])
    assert ask(source, f"?experiment=1&runs={runs}&sort=-{shown}", now.view).listing is None


def test_a_run_that_a_search_leaves_out_has_what_the_list_is_sorted_by():
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for name, metric in (("a", 0.5), ("b", 0.25)):
        source.add_run(experiment, name, run_id=name, metric=metric)
    source.set_params("b", {"lr": 0.1})
    found = listing(source, ME, experiment, ListQuery("a", by=Column("params", "lr")), ["b"])
    assert [(row["text"], row["c0"]) for row in found["pinned"]] == [("0.2500", 0.1)]


def test_runs_on_screen_that_a_search_leaves_out_come_with_their_values():
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for name, metric in (("a", 0.5), ("b", 0.25), ("c", None)):
        source.add_run(experiment, name, run_id=name, metric=metric)
    found = listing(source, ME, experiment, ListQuery("a"), ["a", "b", "elsewhere"])
    assert [row["id"] for row in found["rows"]] == ["a"]
    assert [(row["id"], row["text"]) for row in found["pinned"]] == [("b", "0.2500")]
    assert listing(source, ME, experiment, on_screen=["a", "b"])["pinned"] == []
    linked = ask(source, "?runs=c,b&search=a")
    assert [row["id"] for row in linked.listing["pinned"]] == ["c", "b"]


def test_a_filter_narrows_the_list_and_a_wrong_one_says_so(source: MemorySource):
    now = ask(source, "?where=run_name+%3D+'run1'")
    assert [row["id"] for row in now.listing["rows"]] == ["r1"]
    assert [row["id"] for row in now.listing["pinned"]] == ["r2", "r0"]
    assert now.listing["parts"] == [{"text": "run_name = 'run1'", "brief": "run_name = 'run1'"}]
    wrong = ask(source, "?where=loss+<+1", now.view)
    assert "column 1" in wrong.listing["error"]
    assert wrong.listing["rows"] == []
    assert window(source, ME, "1", ListQuery(where="loss < 1"), {"startRow": 0, "endRow": 9})["rowData"] == []


def test_chosen_columns_stand_in_place_of_the_metric(source: MemorySource):
    now = ask(source, "?columns=metrics.val/loss&columns=attributes.duration&columns=nonsense&runs=r0&search=run1")
    ids = ["attributes.run_name", "metrics.val/loss", "attributes.duration"]
    assert [column["colId"] for column in now.listing["columns"]] == ids
    (row,) = now.listing["rows"]
    assert (row["c0"], row["t0"], row["c1"], row["t1"]) == (1.0, "1", 3_599_999 + 1, "1 h")
    assert now.listing["pinned"][0]["t0"] == "0"


def test_a_list_that_is_here_as_a_whole_tells_what_its_runs_are_grouped_by():
    source = MemorySource(metric="loss")
    experiment = source.add_experiment("e")
    for number in range(3):
        tags = {"mlflow.parentRunId": "r0"} if number else {}
        params = {"model": "m"} if number < 2 else {}
        source.add_run(experiment, f"run{number}", run_id=f"r{number}", metric=0.1, params=params, tags=tags)

    def grouped(by: str, *columns: str) -> Any:
        query = "".join(f"&columns={column}" for column in columns)
        return ask(source, f"?runs=r0&group={by}{query}").listing

    found = grouped("params.model", "attributes.status", "metrics.acc")
    assert [row["group_value"] for row in found["rows"]] == [None, "m", "m"]
    assert (found["group_title"], found["directions"]) == ("model", {"c1": {"text": "t1", "lower": False}})
    by_metric = ask(source, "?runs=r0&group=params.model&sort=-metrics.loss").listing
    assert [row["group_value"] for row in by_metric["rows"]] == [None, "m", "m"]
    nested = grouped("parent")
    assert [row["group_value"] for row in nested["rows"]] == ["r0", "r0", None]
    assert nested["directions"] == {"metric": {"text": "text", "lower": True}}
    assert grouped("metrics.loss")["group"] is None
    for number in range(2000):
        source.add_run(experiment, f"more{number}")
    assert grouped("params.model")["group"] is None


def test_a_long_list_is_sorted_by_its_source(source: MemorySource):
    model = [{"colId": "metrics.val/loss", "sort": "asc"}]
    found = window(source, ME, "1", ListQuery(), {"startRow": 0, "endRow": 2, "sortModel": model})
    assert [row["id"] for row in found["rowData"]] == ["r0", "r1"]


def test_a_store_without_answer_is_told_and_asked_whole_again(source: MemorySource):
    source.failure = StoreUnavailable("no answer")
    broken = ask(source, "?runs=r1")
    assert "no answer" in str(broken.message)
    assert broken.view["url"] == "plots?runs=r1"
    source.failure = None
    assert ask(source, "?runs=r1", broken.view).listing is not None


def test_a_long_list_is_endless_and_answered_by_windows():
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for number in range(2001):
        source.add_run(experiment, f"run{number}", metric=float(number))
    first = listing(source, ME, experiment)
    assert (first["infinite"], len(first["rows"]), first["total"]) == (True, 200, 2001)
    part = window(source, ME, experiment, ListQuery(), {"startRow": 1900, "endRow": 2100})
    assert (len(part["rowData"]), part["rowCount"]) == (101, 2001)
    assert (
        len(listing(source, ME, experiment, ListQuery("run1"))["rows"])
        == listing(source, ME, experiment, ListQuery("run1"))["total"]
        == 1111
    )
    assert [one.values[0] for one in top(source, ME, experiment, ListQuery(), 3)] == [2000.0, 1999.0, 1998.0]


def test_top_runs_follow_the_direction_that_the_metric_names(source: MemorySource):
    assert [one.id for one in top(source, ME, "1", ListQuery(), 2)] == ["r0", "r1"]


def test_runs_are_picked_from_what_the_list_shows():
    source = MemorySource(metric="acc")
    experiment = source.add_experiment("e")
    for name, acc in (("a", 0.1), ("b", math.nan), ("c", math.inf), ("d", None), ("e", 0.5), ("f", 0.3)):
        source.add_run(experiment, name, run_id=name, metric=acc, metrics={"loss": ord(name) % 5})

    def pick(what: str, count: int, search: str = "") -> str:
        request = PickRequest.model_validate({"search": search, "experiment": "1", "what": what, "count": count})
        return "".join(picked(source, ME, request))

    assert pick("top", 2) == "ef"
    assert pick("top", 20) == "efa"
    assert pick("top", 2, "sort=metrics.loss") == "de"
    assert pick("top", 1, "where=metrics.acc+<+0.2") == "a"
    assert pick("latest", 3) == "fed"
    assert pick("latest", 3, "where=metrics.acc+<+0.4") == "fa"
    assert pick("all", 2, "sort=-metrics.acc") == "ce"
    with pytest.raises(ValidationError):
        pick("all", 2, "where=nonsense")


def test_every_kind_has_a_picture_that_is_strict_json(source: MemorySource):
    keys = [card["key"] for card in card_list(source.plots(ME, ["r0", "r1"]))["cards"]]
    found = pictures(source, ME, PictureRequest(runs=("r0", "r1"), keys=tuple(keys), theme="dark"))
    assert list(found) == keys
    for card in json.loads(to_json(found)).values():
        assert card["trouble"] is None
        assert card["picture"]["figure"] or card["picture"]["grid"]


def test_a_card_that_was_resized_is_drawn_at_its_own_size_and_the_others_at_theirs(source: MemorySource):
    keys = {card["kind"]: card["key"] for card in card_list(source.plots(ME, ["r0", "r1"]))["cards"]}
    matrix, bars = keys["matrix"], keys["barchart"]
    size = {"width": 1200, "height": 700}

    def drawn(**more: Any) -> Any:
        asked = {"runs": ("r0", "r1"), "keys": (matrix, bars), **more}
        return json.loads(to_json(pictures(source, ME, PictureRequest.model_validate(asked))))

    usual, sized, full = drawn(), drawn(sizes={matrix: size}), drawn(full={"key": matrix, **size})
    assert sized[matrix] == full[matrix] != usual[matrix]
    assert sized[bars] == usual[bars]
    with pytest.raises(pydantic.ValidationError, match="sizes"):
        drawn(sizes={matrix: {"width": 1200, "height": 1}})


def test_panels_of_a_resized_card_stand_where_they_are_most_legible():
    small = figures.Look(width=325, height=200, sized=True)
    assert [panel.row for panel in panels(5, small).panels] == [0, 0, 0, 1, 1]
    assert [panel.row for panel in panels(5, replace(small, width=1000)).panels] == [0] * 5
    assert [panel.row for panel in panels(5, replace(small, height=800)).panels] == [0, 1, 2, 3, 4]


def test_a_look_of_its_own_size_takes_no_more_columns_or_rows():
    look = figures.Look(width=900, height=400, sized=True)
    assert (look.pixels(3), look.figure_height(2)) == (900, 364)
    assert (replace(look, sized=False).pixels(3), replace(look, sized=False).figure_height(2)) == (2724, 776)


def test_one_picture_that_cant_be_drawn_leaves_the_others(source: MemorySource, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> figures.Picture:
        raise ZeroDivisionError

    monkeypatch.setitem(figures.FIGURES, "matrix", broken)
    keys = {card["kind"]: card["key"] for card in card_list(source.plots(ME, ["r0"]))["cards"]}
    found = pictures(source, ME, PictureRequest(runs=("r0",), keys=(keys["matrix"], keys["curve"])))
    assert found[keys["matrix"]]["trouble"]["title"] == "This plot could not be drawn"
    assert found[keys["curve"]]["picture"]["figure"]


def test_troubles_of_a_plot_are_told_once(source: MemorySource):
    key = card_list(source.plots(ME, ["r0"]))["cards"][0]["key"]
    source.fail(key, Trouble("r0", "This plot could not be read", "503", details="HTTP 503"))
    card = pictures(source, ME, PictureRequest(runs=("r0",), keys=(key,)))[key]
    assert card["picture"] is None
    assert card["trouble"] == {
        "title": "This plot could not be read",
        "why": "503",
        "retry": True,
        "details": "r0 HTTP 503",
    }


def test_a_plot_that_is_gone_says_so(source: MemorySource):
    assert pictures(source, ME, PictureRequest(runs=("r0",), keys=("gone",)))["gone"]["picture"]["sentence"]


def test_values_come_whole_and_no_cell_is_a_formula():
    source = MemorySource()
    one = source.add_run(source.add_experiment("e"), "=cmd()|calc", run_id="a")
    key = source.line(one, "loss", range(3), [0.5, -1.0, np.nan])
    found = list(csv.reader(io.StringIO(values(source, ME, ["a"], key).text)))
    assert found[0] == ["run", "step", "loss", "time"]
    assert found[2][:3] == ["'=cmd()|calc", "1", "-1.0"]
    assert found[3][2] == "nan"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted_however_it_begins(begin: str):
    source = MemorySource()
    one = source.add_run(source.add_experiment("e"), f"{begin}1+1", run_id="a")
    key = source.line(one, "loss", range(1), [0.5])
    found = list(csv.reader(io.StringIO(values(source, ME, ["a"], key).text, newline="")))
    assert found[1][0] == f"'{begin}1+1"


def test_values_of_other_kinds_are_their_rows(source: MemorySource):
    key = next(card["key"] for card in card_list(source.plots(ME, ["r0", "r1"]))["cards"] if card["kind"] == "curve")
    found = list(csv.reader(io.StringIO(values(source, ME, ["r0", "r1"], key).text)))
    assert found[0][0] == "run"
    assert {row[0] for row in found[1:]} == {"run0", "run1"}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("val/accuracy", "val_accuracy"),
        ("confusion matrix, step 3", "confusion_matrix_step_3"),
        ("Verlust für Ω", "Verlust_für_Ω"),
        ("../../etc/passwd", "etc_passwd"),
        ('a"; filename="b', "a_filename_b"),
        ("%$!", "plot"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_download_is_named_as_its_plot_as_far_as_files_allow(title: str, name: str):
    assert file_name(title) == name


def test_a_name_beyond_ascii_comes_with_a_plain_one_for_old_clients():
    assert attachment("roc.csv") == 'attachment; filename="roc.csv"'
    assert attachment("für_Ω.csv") == "attachment; filename=\"fur_.csv\"; filename*=UTF-8''f%C3%BCr_%CE%A9.csv"
    assert attachment("точность.csv").startswith('attachment; filename="plot.csv"; filename*=')
