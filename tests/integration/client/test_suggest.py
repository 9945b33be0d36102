"""ext.suggest from a script: the same on a plain server, a database and an ext-server, from whatever names the runs."""

from __future__ import annotations

from collections.abc import Callable

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag

import mlflow_ext as ext
from tests.integration.client.conftest import Place
from tests.run_store import UNKNOWN

Go = Callable[[Place], Place]
COUNT = 8


def sweep(uri: str) -> list[str]:
    """Runs that differ in lr and optimizer, one of which diverged; their command is known."""
    client = mlflow.MlflowClient(uri)
    known = client.get_experiment_by_name("sweep")
    if known is not None:
        return [run.info.run_id for run in client.search_runs([known.experiment_id], order_by=["start_time ASC"])]
    experiment = client.create_experiment("sweep")
    made = []
    for at in range(COUNT):
        run = client.create_run(experiment, start_time=1_600_000_000_000 + at, tags={"mlflow.source.name": "train.py"})
        params = [Param("lr", f"{10 ** -(at / 2):.3g}"), Param("optimizer", ["adam", "sgd"][at % 2]), Param("n", "3")]
        loss = float("nan") if at == 0 else (at - 4.2) ** 2 / 10
        command = [RunTag("mlflow.ext.run.command", "python train.py --lr 1 --optimizer=adam")] if at == 4 else []
        client.log_batch(run.info.run_id, [Metric("loss", loss, 1, 0), Metric("x", 1.0, 1, 0)], params, command)
        client.set_terminated(run.info.run_id)
        made.append(run.info.run_id)
    return made


def test_the_next_run_is_suggested_whatever_names_the_runs(place: Place, at: Go) -> None:
    at(place)
    ids = sweep(place.uri)
    found = ext.suggest("sweep", "loss", 3)
    assert ext.suggest(ids, "loss", 3) == found
    entities = [mlflow.get_run(run_id) for run_id in ids]
    assert ext.suggest(entities, "loss", 3) == found
    assert "1 run whose loss is NaN or infinite: counted as the worst of the others." in found.notes
    for one in found:
        assert set(one.params) == {"lr", "optimizer", "n"}
        assert one.expected is not None
        assert one.command == f"python train.py --lr {one.flags.split()[1]} --optimizer={one.params['optimizer']}"


def test_a_frame_of_mlflow_and_one_of_ours_give_the_same(place: Place, at: Go) -> None:
    at(place)
    sweep(place.uri)
    ours = ext.suggest(ext.search_runs("sweep"), "loss", 2)
    theirs = ext.suggest(mlflow.search_runs(experiment_names=["sweep"]), "loss", 2)
    assert ours == theirs
    assert "1 run failed, killed or without loss: passed over, and not suggested again." in ours.notes


def test_what_is_wrong_is_told(place: Place, at: Go) -> None:
    at(place)
    ids = sweep(place.uri)
    for field, call in (
        ("direction", lambda: ext.suggest(ids, "x")),
        ("direction", lambda: ext.suggest(ids, "loss", direction="down")),
        ("n", lambda: ext.suggest(ids, "loss", 0)),
        ("metric", lambda: ext.suggest(ids, [])),
        ("runs", lambda: ext.suggest(3.5, "loss")),
        ("runs", lambda: ext.suggest([1], "loss")),
        ("runs", lambda: ext.suggest(ids[:1], "loss")),
        ("space.params.lr.low", lambda: ext.suggest(ids, "loss", space={"lr": {"low": "x"}})),
    ):
        with pytest.raises(ext.ValidationError) as raised:
            call()
        assert raised.value.field == field
    for unknown in ([UNKNOWN], "no such project"):
        with pytest.raises(ext.NotFound):
            ext.suggest(unknown, "loss")
    assert len(ext.suggest(ids, "x", direction="maximize")) == 1
