"""The list of plots that runs hold."""

from __future__ import annotations

from mlflow_ext.store_format import mirror_key, slug
from mlflow_ext_server.repositories.catalog import METRICS, NO_SECTION, SYSTEM, Holding, catalog, field_key


def series(run: str, name: str, *fields: str, section: str | None = None) -> Holding:
    mirrors = frozenset(mirror_key(name, field) for field in fields)
    return Holding(run, slug("series", name), "series", name, section, 10, fields, mirrors)


def test_a_series_gives_one_plot_per_field_titled_by_both() -> None:
    plots = catalog(["a"], [series("a", "training", "loss", "acc")], {})
    assert [plot.title for plot in plots] == ["training/acc", "training/loss"]
    assert {plot.section for plot in plots} == {NO_SECTION}
    assert plots[0].key == field_key(slug("series", "training"), "acc")


def test_mirrors_are_hidden_in_the_run_that_holds_the_primitive() -> None:
    plots = catalog(["a"], [series("a", "t", "loss")], {"a": ["t/loss", "other"]})
    assert [(plot.title, plot.section) for plot in plots] == [("t/loss", NO_SECTION), ("other", METRICS)]


def test_an_older_runs_plain_metric_joins_the_series_field_it_equals() -> None:
    plots = catalog(["old", "new"], [series("new", "train", "loss")], {"old": ["train/loss"], "new": ["train/loss"]})
    assert len(plots) == 1
    assert plots[0].run_ids == ("old", "new")
    assert plots[0].origin == "primitive"


def test_plain_metrics_are_grouped_by_their_prefix_and_system_metrics_come_last() -> None:
    plots = catalog(["a"], [], {"a": ["system/cpu", "val/loss", "acc", "val/acc"]})
    assert [(plot.section, plot.title) for plot in plots] == [
        (METRICS, "acc"),
        ("val", "val/acc"),
        ("val", "val/loss"),
        (SYSTEM, "cpu"),
    ]
    assert plots[-1].origin == "system"


def test_numbers_in_titles_sort_as_numbers() -> None:
    plots = catalog(["a"], [], {"a": ["layer10", "layer2"]})
    assert [plot.title for plot in plots] == ["layer2", "layer10"]


def test_runs_of_a_plot_stand_in_screen_order() -> None:
    plots = catalog(["b", "a"], [series("a", "t", "x1"), series("b", "t", "x1")], {})
    assert plots[0].run_ids == ("b", "a")
    assert plots[0].points == 20
