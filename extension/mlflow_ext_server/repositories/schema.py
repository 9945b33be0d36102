"""The columns of MLflow's tables that we read, as light SQLAlchemy descriptors.

A contract test compares them with MLflow's own models, so that a renamed column fails there and not in a query.
"""

from __future__ import annotations

import sqlalchemy as sa

experiments = sa.table(
    "experiments",
    sa.column("experiment_id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("workspace", sa.String),
    sa.column("lifecycle_stage", sa.String),
    sa.column("creation_time", sa.BigInteger),
)

runs = sa.table(
    "runs",
    sa.column("run_uuid", sa.String),
    sa.column("name", sa.String),
    sa.column("status", sa.String),
    sa.column("start_time", sa.BigInteger),
    sa.column("end_time", sa.BigInteger),
    sa.column("lifecycle_stage", sa.String),
    sa.column("artifact_uri", sa.String),
    sa.column("experiment_id", sa.Integer),
)

tags = sa.table("tags", sa.column("run_uuid", sa.String), sa.column("key", sa.String), sa.column("value", sa.String))

metrics = sa.table(
    "metrics",
    sa.column("run_uuid", sa.String),
    sa.column("key", sa.String),
    sa.column("value", sa.Float),
    sa.column("timestamp", sa.BigInteger),
    sa.column("step", sa.BigInteger),
    sa.column("is_nan", sa.Boolean),
)

latest_metrics = sa.table(
    "latest_metrics",
    sa.column("run_uuid", sa.String),
    sa.column("key", sa.String),
    sa.column("value", sa.Float),
    sa.column("timestamp", sa.BigInteger),
    sa.column("step", sa.BigInteger),
    sa.column("is_nan", sa.Boolean),
)
