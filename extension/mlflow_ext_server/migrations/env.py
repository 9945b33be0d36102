"""Run by alembic: applies our revisions on the connection that ``schema.upgrade`` opened, under its lock."""

from __future__ import annotations

from alembic import context

from mlflow_ext_server.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
