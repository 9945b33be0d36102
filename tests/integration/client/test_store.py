"""The contract of every RunStore, on real servers."""

from __future__ import annotations

import pytest

from mlflow_ext.errors import NotFound
from mlflow_ext.rest import BulkRequest
from mlflow_ext.tracking.api import Api
from mlflow_ext.tracking.connect import open_store
from mlflow_ext.tracking.mlflow_store import MlflowStore
from mlflow_ext.tracking.rest_store import RestStore
from mlflow_ext.tracking.store import RunStore
from tests.integration.client.conftest import Place
from tests.run_store import RunStoreContract, Seed


class TestPlainServer(RunStoreContract):
    @pytest.fixture
    def store(self, plain: Place) -> RunStore:
        assert isinstance(open_store(plain.uri), MlflowStore)
        return MlflowStore(plain.uri, page=2)

    @pytest.fixture
    def seeded(self, plain: Place) -> Seed:
        return plain.seed

    @pytest.fixture
    def fresh(self, plain: Place) -> str:
        return plain.fresh()


class TestExtServer(RunStoreContract):
    @pytest.fixture
    def store(self, ours: Place) -> RunStore:
        assert isinstance(open_store(ours.uri), RestStore)
        return RestStore(Api(ours.uri), page=2)

    @pytest.fixture
    def seeded(self, ours: Place) -> Seed:
        return ours.seed

    @pytest.fixture
    def fresh(self, ours: Place) -> str:
        return ours.fresh()

    def test_an_archived_run_can_be_deleted_for_good(self, store: RunStore, fresh: str) -> None:
        def delete() -> bool:
            return store.bulk(BulkRequest(action="delete", ids=[fresh], confirm=True)).results[0].ok

        assert not delete()
        store.bulk(BulkRequest(action="archive", ids=[fresh]))
        assert delete()
        with pytest.raises(NotFound):
            store.run(fresh)
