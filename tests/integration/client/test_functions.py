"""search_runs, compare_runs, leaderboard, set_note and set_tags from a script."""

from __future__ import annotations

from collections.abc import Callable

import mlflow
import pytest

import mlflow_ext as ext
from tests.integration.client.conftest import Place
from tests.run_store import NOTE, UNKNOWN

Go = Callable[[Place], Place]


def test_runs_are_found_compared_and_ranked(place: Place, at: Go) -> None:
    runs = at(place).seed.runs
    table = ext.search_runs("vision", "metrics.loss < 0.4", order_by=["metrics.loss ASC"])
    assert table["name"].tolist() == ["second", "third"]
    assert table["run_id"].tolist() == [runs["second"], runs["third"]]
    assert table["params.lr"].tolist() == ["0.1", "0.2"]
    assert table["metrics.loss"].tolist() == [0.2, 0.3]
    compared = ext.compare_runs([runs["third"], runs["first"]], ["loss"])
    assert compared["metrics.loss"].tolist() == [0.3, 0.5]
    best = ext.leaderboard("loss", 2, project="vision", aggregate="min")
    assert list(zip(best.index, best["name"], best["value"], strict=True)) == [(1, "first", 0.1), (2, "second", 0.2)]


def test_the_columns_are_those_of_mlflow(place: Place, at: Go) -> None:
    at(place)
    ours = ext.search_runs("vision")
    theirs = mlflow.search_runs(experiment_names=["vision"])
    shared = [name for name in theirs.columns if name.startswith(("params.", "metrics.", "tags."))]
    assert set(shared) - set(ours.columns) == {name for name in shared if name.startswith("tags.mlflow.ext.p.")}
    for name in ("run_id", "metrics.loss", "params.lr"):
        assert ours[name].tolist() == theirs[name].tolist()
    assert (ours["start_time"] == theirs["start_time"]).all()


def test_notes_and_tags_are_set_and_taken_away(place: Place, at: Go) -> None:
    run_id = at(place).fresh()
    client = mlflow.MlflowClient(place.uri)
    ext.set_note(run_id, "PUBLISH: best so far")
    ext.set_tags(run_id, {"team": "vision", "fold": 3})
    tags = client.get_run(run_id).data.tags
    assert (tags[NOTE], tags["team"], tags["fold"]) == ("PUBLISH: best so far", "vision", "3")
    ext.set_tags(run_id, {"team": None})
    ext.set_note(run_id, None)
    tags = client.get_run(run_id).data.tags
    assert "team" not in tags
    assert not tags.get(NOTE)


def test_what_is_not_there_is_not_found(place: Place, at: Go) -> None:
    at(place)
    for call in (
        lambda: ext.search_runs("no such project"),
        lambda: ext.compare_runs([UNKNOWN]),
        lambda: ext.leaderboard("loss", project="no such project"),
        lambda: ext.set_note(UNKNOWN, "x"),
        lambda: ext.set_tags(UNKNOWN, {"a": "b"}),
    ):
        with pytest.raises(ext.NotFound):
            call()
