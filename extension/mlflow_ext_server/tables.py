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

run_aliases = sa.Table(
    "ext_run_aliases",
    metadata,
    sa.Column("workspace", sa.String(63), primary_key=True),
    sa.Column("alias", sa.String(128), primary_key=True),
    sa.Column("run_uuid", sa.String(32), nullable=True, index=True),  # null while its run is being made
    sa.Column("claimed_at", sa.BigInteger, nullable=False),  # ms since the epoch
)

run_writers = sa.Table(
    "ext_run_writers",
    metadata,
    sa.Column("run_uuid", sa.String(32), primary_key=True),
    sa.Column("writer", sa.String(8), nullable=False),
    sa.Column("next_seq", sa.BigInteger, nullable=False),
    sa.Column("lease_by", sa.String(32), nullable=True),  # who writes right now; null when nobody does
    sa.Column("lease_until", sa.BigInteger, nullable=False),  # ms since the epoch
)

views = sa.Table(
    "ext_views",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("workspace", sa.String(63), nullable=False),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # JSON
    sa.Column("version", sa.Integer, nullable=False),  # one more with each change
    sa.Column("created_by", sa.String(255), nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),  # ms since the epoch
    sa.Column("updated_by", sa.String(255), nullable=True),
    sa.Column("updated_at", sa.BigInteger, nullable=False),  # ms since the epoch
    sa.UniqueConstraint("workspace", "experiment_id", "name", name="uq_ext_views_name"),
)

audit = sa.Table(
    "ext_audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),  # ms since the epoch
    sa.Column("workspace", sa.String(63), nullable=True),
    sa.Column("username", sa.String(255), nullable=True),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("target", sa.String(80), nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False),
)
