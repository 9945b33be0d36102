"""The same server on PostgreSQL."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa
from mlflow import MlflowClient

from mlflow_ext_server import schema
from mlflow_ext_server.tables import VERSION_TABLE, metadata, run_colors
from tests.conftest import StartServer

pytestmark = pytest.mark.postgres


def _ensure(address: str, barrier) -> None:
    engine = sa.create_engine(address)
    barrier.wait()
    schema.ensure(engine)


def test_our_tables_come_into_being_once_though_four_start_at_once(postgres_uri: str):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4, timeout=60)
    workers = [context.Process(target=_ensure, args=(postgres_uri, barrier)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    engine = sa.create_engine(postgres_uri)
    found = sa.inspect(engine)
    assert set(found.get_table_names()) == {*metadata.tables, VERSION_TABLE}
    for table in metadata.tables.values():
        columns = {one["name"]: str(one["type"]) for one in found.get_columns(table.name)}
        assert columns == {one.name: str(one.type.compile(engine.dialect)) for one in table.columns}
        indexes = {tuple(one["column_names"]) for one in found.get_indexes(table.name)}
        unique = {one for one in table.constraints if isinstance(one, sa.UniqueConstraint)}
        assert indexes == {tuple(one.columns.keys()) for one in table.indexes | unique}
    engine.dispose()


def test_two_servers_start_at_once_on_one_empty_database_and_share_it(postgres_uri: str, ext_server: StartServer):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ext_server("--backend-store-uri", postgres_uri, "--workers", "1"), range(2))
    client = MlflowClient(first.origin)
    run = client.create_run("0", run_name="shared").info.run_id
    client.log_metric(run, "loss", 0.25, step=3, timestamp=1)
    for server in (first, second):
        assert httpx.get(f"{server.url}/ext/health", trust_env=False).json()["database_connected"] is True
        query = {"runs": run, "plot": "m:loss"}
        answer = httpx.get(f"{server.url}/ext/_values", params=query, trust_env=False, timeout=60)
        assert answer.text.splitlines()[1:] == ["shared,3,0.25,1"]
    engine = sa.create_engine(postgres_uri)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(run_colors)).scalar_one() == 1
    engine.dispose()


def test_health_says_when_the_database_is_away_and_when_it_is_back(
    postgres_cluster: str, postgres_uri: str, ext_server: StartServer
):
    server = ext_server("--backend-store-uri", postgres_uri)
    name = postgres_uri.rpartition("/")[2]
    outside = sa.create_engine(f"{postgres_cluster}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with outside.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %(name)s"
        connection.exec_driver_sql(ends, {"name": name})
        away = httpx.get(f"{server.url}/ext/health", trust_env=False, timeout=60)
        page = httpx.get(f"{server.url}/ext/", trust_env=False, timeout=60)
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert (away.status_code, away.json()["status"], away.json()["database_connected"]) == (503, "unhealthy", False)
    assert page.status_code == 200
    assert httpx.get(f"{server.url}/ext/health", trust_env=False, timeout=60).json()["status"] == "healthy"
