"""Bars of importance and correlation, and the matrix."""

from __future__ import annotations

from mlflow_ext_ui.sweeps.correlation import correlation, matrix, said
from mlflow_ext_ui.sweeps.importance import importance
from tests.unit.sweep_tab import example


def test_a_bar_says_its_interval_its_rank_and_whether_it_is_told_from_noise():
    found = importance(example.importance())["methods"]["fanova"]
    first, second = found["rows"]
    assert first["said"] == "0.500, 90% interval 0.400 to 0.600, rank 1"
    assert second["rank"] == "rank 2–3"
    assert second["said"].endswith("not told from noise, which reaches 0.050")
    assert found["most"] == 0.6


def test_while_it_runs_there_is_progress_and_no_bar():
    found = importance(example.answer().importance)
    assert (found["state"], found["done"], found["of"], found["methods"]) == ("running", 3, 40, {})


def test_correlations_stand_by_size_and_what_a_measure_does_not_fit_says_why():
    rows = correlation(example.answer())["measures"]["spearman"]["rows"]
    assert [row["name"] for row in rows] == ["lr", "drop", "opt"]
    assert rows[0]["said"] == "Spearman 0.95, 95% interval 0.80 to 1.00, 4 runs"
    assert (rows[2]["text"], rows[2]["said"]) == ("–", "categories have no order")
    assert "p < 0.001" in said(example.association(0.5, p=1e-5))


def test_the_matrix_has_a_row_per_param_and_the_target_first():
    found = matrix(example.answer(metrics=["loss", "acc"]), "light", ["lr", "opt", "drop"])
    heatmap, texts = found["figure"]["data"]
    assert found["figure"]["layout"]["xaxis"]["ticktext"] == ["acc", "loss"]
    assert heatmap["z"] == [[-0.9, 0.9], [None, 0.4], [-0.2, 0.99]]
    assert len(texts["text"]) == 5
    assert (found["rows"], found["columns"]) == (3, 2)


def test_a_wide_matrix_leaves_out_the_numbers():
    found = matrix(example.answer(), "dark", ["lr"], room=90)
    assert len(found["figure"]["data"]) == 1
