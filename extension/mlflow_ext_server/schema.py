"""Brings our tables up to date, under a lock that every server on the same database takes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, Engine

from mlflow_ext.errors import MlflowExtError
from mlflow_ext_server.repositories.delivery import NO_ALERT
from mlflow_ext_server.repositories.schema import experiments, runs
from mlflow_ext_server.tables import (
    VERSION_TABLE,
    alert_marks,
    alert_rules,
    alert_states,
    alerts,
    alerts_seen,
    deliveries,
    delivery_attempts,
    run_aliases,
    run_colors,
    run_writers,
    views,
)

_ADVISORY_KEY = 0x6D6C66_657874  # "mlfext", the same for every server on one PostgreSQL database
_OF_RUNS = (run_colors, run_aliases, run_writers, alerts, alert_marks, alert_states)
_OF_EXPERIMENTS = (views, alert_rules, alerts_seen)
_SENT_MS = 30 * 86_400_000
_ABANDONED_MS = 3_600_000  # an hour: whoever claimed an alias takes seconds to make its run


class DatabaseTooNew(MlflowExtError):
    """A newer mlflow-ext has changed our tables in a way that this one does not know."""


@contextmanager
def start_lock(url: URL) -> Iterator[None]:
    """Hold off every other server of this machine that starts on the same database."""
    digest = hashlib.sha256(_identity(url).encode()).hexdigest()[:24]
    path = Path(tempfile.gettempdir()) / f"mlflow-ext-{os.getuid()}-{digest}.lock"
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _identity(url: URL) -> str:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return str(Path(url.database).resolve())
    return url.render_as_string(hide_password=True)


def ensure(engine: Engine) -> None:
    """Apply what is missing of our revisions; a database that has all of them is only looked at.

    Raises:
        DatabaseTooNew: it holds a revision that this package does not know.
    """
    with engine.connect() as connection:
        if _is_current(connection):
            return
    with start_lock(engine.url), engine.begin() as connection, _database_lock(connection):
        if not _is_current(connection):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def sweep(engine: Engine) -> int:
    """Drop our rows of runs and experiments that are gone for good, claims of runs that never came, old deliveries.

    What the audit says of them stays; a delivery that is settled is kept for 30 days. Returns how many rows went.
    """
    abandoned = sa.delete(run_aliases).where(
        run_aliases.c.run_uuid.is_(None), run_aliases.c.claimed_at < time.time() * 1000 - _ABANDONED_MS
    )
    orphans = [sa.delete(table).where(table.c.run_uuid.is_not(None), ~_alive(table)) for table in _OF_RUNS]
    number = sa.cast(experiments.c.experiment_id, sa.String(32))
    lost = [
        sa.delete(table).where(~sa.select(number).where(number == table.c.experiment_id).exists())
        for table in _OF_EXPERIMENTS
    ]
    sent = sa.delete(deliveries).where(
        deliveries.c.state != "pending", deliveries.c.created_at < time.time() * 1000 - _SENT_MS
    )
    without = [
        sa.delete(part).where(~sa.select(whole).where(whole == mine).exists(), *but)
        for part, mine, whole, *but in (
            (alert_states, alert_states.c.rule_id, alert_rules.c.id),
            (deliveries, deliveries.c.alert_id, alerts.c.id, deliveries.c.alert_id != NO_ALERT),
            (delivery_attempts, delivery_attempts.c.delivery_id, deliveries.c.id),
        )
    ]
    with engine.begin() as connection:
        return sum(connection.execute(statement).rowcount for statement in [*orphans, abandoned, *lost, sent, *without])


def _alive(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.select(runs.c.run_uuid).where(runs.c.run_uuid == table.c.run_uuid).exists()


def _is_current(connection: Connection) -> bool:
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    script = ScriptDirectory.from_config(_config())
    if found is not None and found not in {one.revision for one in script.walk_revisions()}:
        raise DatabaseTooNew(
            f"the database was set up by a newer mlflow-ext (its tables are at {found!r}): upgrade this one with "
            "pip install --upgrade 'mlflow-ext[server]'"
        )
    return found == script.get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


@contextmanager
def _database_lock(connection: Connection) -> Iterator[None]:
    """Hold off servers of other machines, too, where the database can."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_KEY)))  # ends with the transaction
        yield
    elif connection.dialect.name == "mysql":
        connection.execute(sa.select(sa.func.get_lock("mlflow-ext", 60)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.release_lock("mlflow-ext")))
    else:
        yield
