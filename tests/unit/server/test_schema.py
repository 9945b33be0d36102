from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from mlflow_ext_server import schema
from mlflow_ext_server.tables import VERSION_TABLE, audit, metadata, run_aliases, run_colors, run_writers, views


@pytest.fixture
def engine(tmp_path: Path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.dispose()


def test_the_revisions_build_what_the_tables_say(engine):
    schema.ensure(engine)
    found = sa.inspect(engine)
    assert set(found.get_table_names()) == {*metadata.tables, VERSION_TABLE}
    for table in metadata.tables.values():
        columns = {one["name"]: one for one in found.get_columns(table.name)}
        assert set(columns) == set(table.columns.keys())
        for column in table.columns:
            assert str(columns[column.name]["type"]) == str(column.type.compile(engine.dialect))
            assert columns[column.name]["nullable"] is bool(column.nullable)
        indexes = {tuple(one["column_names"]) for one in found.get_indexes(table.name)}
        assert indexes == {tuple(one.columns.keys()) for one in table.indexes}


def test_a_second_time_changes_nothing(engine):
    schema.ensure(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(run_colors).values(run_uuid="a" * 32, experiment_id="1", slot=3))
    schema.ensure(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.select(run_colors.c.slot)).scalars().all() == [3]


def test_an_upgrade_cut_short_is_finished(engine):
    with engine.begin() as connection:
        run_colors.create(connection)
    schema.ensure(engine)
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())


def test_mlflow_s_own_version_table_is_left_alone(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('mlflow')")
    schema.ensure(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == ["mlflow"]


def test_tables_of_a_newer_package_are_refused_in_one_line(engine):
    schema.ensure(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = 'e999'")
    with pytest.raises(schema.DatabaseTooNew, match=r"e999.*pip install --upgrade") as error:
        schema.ensure(engine)
    assert "\n" not in str(error.value)


def test_the_sweep_drops_rows_of_runs_and_experiments_that_are_gone(engine):
    schema.ensure(engine)
    now = time.time_ns() // 1_000_000
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (run_uuid VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO runs VALUES ('kept')")
        connection.exec_driver_sql("CREATE TABLE experiments (experiment_id INTEGER)")
        connection.exec_driver_sql("INSERT INTO experiments VALUES (1)")
        view = {"workspace": "default", "name": "n", "state": "{}", "version": 1, "created_at": 0, "updated_at": 0}
        connection.execute(sa.insert(views), [{"id": one, "experiment_id": one, **view} for one in ("1", "2")])
        both = ("kept", "gone")
        connection.execute(sa.insert(run_colors), [{"run_uuid": one, "experiment_id": "1", "slot": 0} for one in both])
        writer = {"writer": "0" * 8, "next_seq": 0, "lease_until": 0}
        connection.execute(sa.insert(run_writers), [{"run_uuid": one, **writer} for one in both])
        claims = [
            {"alias": "kept", "run_uuid": "kept", "claimed_at": 0},
            {"alias": "gone", "run_uuid": "gone", "claimed_at": now},
            {"alias": "fresh", "run_uuid": None, "claimed_at": now},
            {"alias": "abandoned", "run_uuid": None, "claimed_at": now - 2 * 3_600_000},
        ]
        connection.execute(sa.insert(run_aliases), [{"workspace": "default", **claim} for claim in claims])
        connection.execute(sa.insert(audit).values(at=0, action="run.delete", target="run:gone", detail="{}"))
    assert schema.sweep(engine) == 5
    with engine.connect() as connection:
        assert connection.execute(sa.select(views.c.id)).scalars().all() == ["1"]
        for table in (run_colors, run_writers):
            assert connection.execute(sa.select(table.c.run_uuid)).scalars().all() == ["kept"]
        assert set(connection.execute(sa.select(run_aliases.c.alias)).scalars()) == {"kept", "fresh"}
        assert connection.execute(sa.select(audit.c.target)).scalars().all() == ["run:gone"]


def _ensure(path: str, barrier) -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    barrier.wait()
    schema.ensure(engine)


def test_processes_that_start_at_once_do_not_collide(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4, timeout=60)
    path = str(tmp_path / "store.db")
    workers = [context.Process(target=_ensure, args=(path, barrier)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
