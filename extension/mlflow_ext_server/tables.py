"""Our own tables, in MLflow's database but apart from its metadata: names ``ext_*``, no foreign keys into its tables.

The alembic revisions in ``migrations/versions`` build them; a test holds both alike.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "ext_alembic_version"

metadata = sa.MetaData()

run_colors = sa.Table(
    "ext_run_colors",
    metadata,
    sa.Column("run_uuid", sa.String(32), primary_key=True),
    sa.Column("experiment_id", sa.String(32), nullable=False, index=True),
    sa.Column("slot", sa.SmallInteger, nullable=False),
)

settings = sa.Table(
    "ext_settings",
    metadata,
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
