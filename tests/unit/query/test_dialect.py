import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from mlflow_ext_server.query import condition, order_by, parse
from mlflow_ext_server.repositories.schema import runs

DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect(), "mysql": mysql.dialect()}
FILTER = (
    "params.k1 LIKE 'v1_%' AND params.k2 < 0.125 AND NOT tags.k3 ILIKE 'v2' AND params.k4 IN ('v3') AND alias = 'v4'"
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_value_is_a_bound_parameter(dialect):
    query = (
        sa.select(runs.c.run_uuid).where(condition(parse(FILTER), dialect)).order_by(*order_by(["tags.k5"], dialect))
    )
    compiled = query.compile(dialect=DIALECTS[dialect])
    assert not [
        word for word in ("k1", "v1", "k2", "0.125", "k3", "v2", "k4", "v3", "v4", "k5") if word in str(compiled)
    ]
    assert {"k1", "k2", "k3", "k4", "v4", "k5"} <= {str(value) for value in compiled.params.values()}


def test_mysql_which_compares_without_case_compares_bytes_as_well():
    compiled = str(condition(parse("params.lr = 'x'"), "mysql").compile(dialect=DIALECTS["mysql"]))
    assert "params.value = %s AND binary(params.value) = %s" in compiled


def test_mysql_which_has_no_nulls_last_sorts_by_presence_first():
    first, second, *_ = order_by(["end_time DESC"], "mysql")
    assert "CASE WHEN (runs.end_time IS NULL)" in str(first.compile(dialect=DIALECTS["mysql"]))
    assert str(second.compile(dialect=DIALECTS["mysql"])) == "runs.end_time DESC"


@pytest.mark.parametrize(
    ("orders", "last"), [([], ["start_time DESC", "run_uuid"]), (["created"], ["start_time ASC", "run_uuid"])]
)
def test_the_newest_start_and_the_id_decide_at_last(orders, last):
    found = [str(clause).replace("runs.", "").replace(" NULLS LAST", "") for clause in order_by(orders, "sqlite")]
    assert found == last
