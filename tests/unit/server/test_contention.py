from __future__ import annotations

import sqlite3

import pytest
from mlflow.exceptions import MlflowException
from sqlalchemy import exc

from mlflow_ext.errors import StoreUnavailable
from mlflow_ext_server.contention import Collision, again, collided


class OfPostgres(Exception):
    """What psycopg raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("the server's words")
        self.sqlstate = sqlstate


def database(error: Exception) -> exc.OperationalError:
    return exc.OperationalError("UPDATE runs", {}, error)


def wrapped(error: Exception) -> MlflowException:
    outer = MlflowException("wrapped")
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize(
    "error",
    [
        database(sqlite3.OperationalError("database is locked")),
        database(sqlite3.OperationalError("database table is locked: runs")),
        database(OfPostgres("40P01")),
        database(OfPostgres("40001")),
        wrapped(database(sqlite3.OperationalError("database is locked"))),
        exc.TimeoutError("QueuePool limit of size 5 overflow 10 reached"),
        Collision("MLflow answered 503: database is locked"),
    ],
    ids=repr,
)
def test_another_writer_in_the_way_is_known(error: Exception):
    assert collided(error)


@pytest.mark.parametrize(
    "error",
    [
        database(sqlite3.OperationalError("no such table: runs")),
        database(OfPostgres("57014")),
        wrapped(ValueError("database is locked")),
        exc.IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
        ValueError("database is locked"),
    ],
    ids=repr,
)
def test_other_failures_are_not_taken_for_it(error: Exception):
    assert not collided(error)


def test_a_collision_is_tried_again_until_it_passes():
    left = [database(sqlite3.OperationalError("database is locked"))] * 3

    def write() -> str:
        if left:
            raise left.pop()
        return "written"

    assert again(write) == "written"


def test_other_failures_are_raised_at_once():
    tries = []

    def write() -> None:
        tries.append(1)
        raise KeyError("x")

    with pytest.raises(KeyError):
        again(write)
    assert tries == [1]


def test_what_collides_to_the_end_names_no_lock():
    def write() -> None:
        raise database(sqlite3.OperationalError("database is locked"))

    with pytest.raises(StoreUnavailable, match="too busy") as error:
        again(write, seconds=0)
    assert "locked" not in str(error.value)
