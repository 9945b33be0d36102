"""One contract, two stores: MLflow's client over a database, and our REST API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import mlflow
import pytest

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext.rest import BulkRequest
from mlflow_ext.tracking.api import Api
from mlflow_ext.tracking.mlflow_store import MlflowStore
from mlflow_ext.tracking.rest_store import RestStore
from mlflow_ext.tracking.store import Ranking, RunQuery, RunStore
from tests.rest_stub import Stub, rest_stub
from tests.run_store import RunStoreContract, Seed, long_filter, new_run, seed


@dataclass
class Ground:
    """A database with runs, and a server with our API in front of it."""

    uri: str
    seed: Seed
    stub: Stub


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder: Path = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    seeded = seed(uri)
    with rest_stub(MlflowStore(uri)) as stub:
        yield Ground(uri, seeded, stub)


@pytest.fixture
def seeded(ground: Ground) -> Seed:
    return ground.seed


_numbers = count(1_000_000)


@pytest.fixture
def fresh(ground: Ground) -> str:
    """A run of its own experiment, late enough to be out of every other test's sight."""
    client = mlflow.MlflowClient(ground.uri)
    known = client.get_experiment_by_name("scratch")
    experiment_id = known.experiment_id if known else client.create_experiment("scratch")
    return new_run(client, experiment_id, "fresh", next(_numbers))


class TestMlflowStore(RunStoreContract):
    @pytest.fixture
    def store(self, ground: Ground) -> RunStore:
        return MlflowStore(ground.uri, page=2)

    def test_it_says_that_only_an_ext_server_takes_more_than_mlflows_filters(self, store: RunStore) -> None:
        with pytest.raises(ValidationError, match="no ext-server"):
            store.runs(RunQuery(filter="metrics.loss < 1 OR metrics.loss > 2"))

    def test_it_says_what_deletes_for_good(self, store: RunStore, fresh: str) -> None:
        with pytest.raises(ValidationError, match="mlflow gc"):
            store.bulk(BulkRequest(action="delete", ids=[fresh], confirm=True))

    def test_an_address_that_mlflow_cannot_use_is_unavailable(self) -> None:
        for uri in ("nonsense://x", "nodialect+odd:///x"):
            with pytest.raises(StoreUnavailable, match="can't use"):
                MlflowStore(uri).experiments(None, "active", 1)


class TestRestStore(RunStoreContract):
    @pytest.fixture
    def store(self, ground: Ground) -> RunStore:
        return RestStore(Api(ground.stub.url), page=2)

    def test_an_own_id_works_in_every_place(self, store: RunStore, ground: Ground) -> None:
        ground.stub.aliases["my-run_1"] = ground.seed.runs["second"]
        assert store.run("my-run_1").name == "second"
        assert [run.name for run in store.compare(["my-run_1"]).runs] == ["second"]
        assert store.history("my-run_1", ["loss"])[0].value == [0.8, 0.4, 0.2]

    def test_an_archived_run_can_be_deleted_for_good(self, store: RunStore, ground: Ground, fresh: str) -> None:
        def delete() -> bool:
            return store.bulk(BulkRequest(action="delete", ids=[fresh], confirm=True)).results[0].ok

        assert not delete()
        store.bulk(BulkRequest(action="archive", ids=[fresh]))
        assert delete()
        assert ground.stub.deleted == [fresh]

    def test_a_page_or_a_ranking_is_one_request(self, store: RunStore, ground: Ground) -> None:
        ground.stub.requests.clear()
        RestStore(Api(ground.stub.url)).runs(RunQuery("vision"))
        store.leaderboard(Ranking("loss", "asc", project="vision"))
        assert [method for method, _, _ in ground.stub.requests] == ["GET", "GET"]

    def test_words_too_long_for_an_address_travel_in_a_body(self, store: RunStore, ground: Ground) -> None:
        ground.stub.requests.clear()
        store.runs(RunQuery(filter=long_filter(ground.seed), limit=1))
        assert [(method, path) for method, path, _ in ground.stub.requests] == [("POST", "/ext/api/runs/search")]
