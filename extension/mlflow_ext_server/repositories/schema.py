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
    sa.column("last_update_time", sa.BigInteger),
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
    sa.column("user_id", sa.String),
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

params = sa.table(
    "params", sa.column("run_uuid", sa.String), sa.column("key", sa.String), sa.column("value", sa.String)
)

experiment_tags = sa.table(
    "experiment_tags",
    sa.column("experiment_id", sa.Integer),
    sa.column("key", sa.String),
    sa.column("value", sa.Text),
)

datasets = sa.table(
    "datasets",
    sa.column("dataset_uuid", sa.String),
    sa.column("experiment_id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("digest", sa.String),
    sa.column("dataset_source_type", sa.String),
    sa.column("dataset_source", sa.UnicodeText),
    sa.column("dataset_schema", sa.UnicodeText),
    sa.column("dataset_profile", sa.UnicodeText),
)

inputs = sa.table(
    "inputs",
    sa.column("input_uuid", sa.String),
    sa.column("source_type", sa.String),
    sa.column("source_id", sa.String),
    sa.column("destination_type", sa.String),
    sa.column("destination_id", sa.String),
    sa.column("step", sa.BigInteger),
)

input_tags = sa.table(
    "input_tags", sa.column("input_uuid", sa.String), sa.column("name", sa.String), sa.column("value", sa.String)
)

logged_models = sa.table(
    "logged_models",
    sa.column("model_id", sa.String),
    sa.column("experiment_id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("artifact_location", sa.String),
    sa.column("creation_timestamp_ms", sa.BigInteger),
    sa.column("last_updated_timestamp_ms", sa.BigInteger),
    sa.column("status", sa.Integer),
    sa.column("lifecycle_stage", sa.String),
    sa.column("model_type", sa.String),
    sa.column("source_run_id", sa.String),
)

logged_model_params = sa.table(
    "logged_model_params",
    sa.column("model_id", sa.String),
    sa.column("param_key", sa.String),
    sa.column("param_value", sa.Text),
)

logged_model_tags = sa.table(
    "logged_model_tags",
    sa.column("model_id", sa.String),
    sa.column("tag_key", sa.String),
    sa.column("tag_value", sa.Text),
)

logged_model_metrics = sa.table(
    "logged_model_metrics",
    sa.column("model_id", sa.String),
    sa.column("metric_name", sa.String),
    sa.column("metric_timestamp_ms", sa.BigInteger),
    sa.column("metric_step", sa.BigInteger),
    sa.column("metric_value", sa.Float),
    sa.column("run_id", sa.String),
    sa.column("dataset_name", sa.String),
)

model_versions = sa.table(
    "model_versions",
    sa.column("workspace", sa.String),
    sa.column("name", sa.String),
    sa.column("version", sa.Integer),
    sa.column("creation_time", sa.BigInteger),
    sa.column("description", sa.String),
    sa.column("current_stage", sa.String),
    sa.column("source", sa.String),
    sa.column("run_id", sa.String),
    sa.column("status", sa.String),
)

model_version_tags = sa.table(
    "model_version_tags",
    sa.column("workspace", sa.String),
    sa.column("name", sa.String),
    sa.column("version", sa.Integer),
    sa.column("key", sa.String),
    sa.column("value", sa.Text),
)

registered_model_tags = sa.table(
    "registered_model_tags",
    sa.column("workspace", sa.String),
    sa.column("name", sa.String),
    sa.column("key", sa.String),
    sa.column("value", sa.String),
)

registered_model_aliases = sa.table(
    "registered_model_aliases",
    sa.column("workspace", sa.String),
    sa.column("name", sa.String),
    sa.column("alias", sa.String),
    sa.column("version", sa.Integer),
)
