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

alerts = sa.Table(
    "ext_alerts",
    metadata,
    sa.Column(
        "id", sa.String(32), primary_key=True
    ),  # made of the run and ``source``: what is stored twice stands once
    sa.Column("workspace", sa.String(63), nullable=False),
    sa.Column("experiment_id", sa.String(32), nullable=False),
    sa.Column("run_uuid", sa.String(32), nullable=False, index=True),
    sa.Column("rule_id", sa.String(32), nullable=True),
    sa.Column("source", sa.String(80), nullable=False),  # which alert of the run it is
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("title", sa.String(250), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # when it was raised, ms since the epoch
    sa.Column("recorded_at", sa.BigInteger, nullable=False),  # when we learned of it
    sa.Index("ix_ext_alerts_experiment", "experiment_id", "recorded_at"),
)

alert_marks = sa.Table(
    "ext_alert_marks",
    metadata,
    sa.Column("run_uuid", sa.String(32), primary_key=True),
    sa.Column("value", sa.String(80), nullable=False),  # of the run's tag when its alerts were last read
)

alerts_seen = sa.Table(
    "ext_alerts_seen",
    metadata,
    sa.Column("username", sa.String(255), primary_key=True),  # "" without authentication
    sa.Column("experiment_id", sa.String(32), primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),  # a ``recorded_at``
)

alert_rules = sa.Table(
    "ext_alert_rules",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("workspace", sa.String(63), nullable=False),
    sa.Column("experiment_id", sa.String(32), nullable=False, index=True),
    sa.Column("name", sa.String(250), nullable=False),
    sa.Column("condition", sa.Text, nullable=False),  # JSON
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("webhook_id", sa.String(32), nullable=True),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),  # one more whenever it begins anew
    sa.Column("since", sa.BigInteger, nullable=False),  # what was before does not count, ms since the epoch
    sa.Column("created_by", sa.String(255), nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_by", sa.String(255), nullable=True),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
)

alert_states = sa.Table(
    "ext_alert_states",
    metadata,
    sa.Column("rule_id", sa.String(32), primary_key=True),
    sa.Column("run_uuid", sa.String(32), primary_key=True, index=True),
    sa.Column("version", sa.Integer, nullable=False),  # one more with each write, so that a late writer is found out
    sa.Column("state", sa.Text, nullable=False),  # JSON
)

webhooks = sa.Table(
    "ext_webhooks",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("workspace", sa.String(63), nullable=False),
    sa.Column("experiment_id", sa.String(32), nullable=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("secret", sa.String(256), nullable=False),
    sa.Column("every_alert", sa.Boolean, nullable=False),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.String(255), nullable=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_by", sa.String(255), nullable=True),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
)

deliveries = sa.Table(
    "ext_deliveries",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # made of the alert and the webhook, or a test's own
    sa.Column("workspace", sa.String(63), nullable=False),
    sa.Column("webhook_id", sa.String(32), nullable=False, index=True),
    sa.Column("alert_id", sa.String(32), nullable=False, index=True),  # "" for a test
    sa.Column("state", sa.String(10), nullable=False),  # pending, delivered, failed
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Index("ix_ext_deliveries_due", "state", "next_at"),
)

delivery_attempts = sa.Table(
    "ext_delivery_attempts",
    metadata,
    sa.Column("delivery_id", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("duration", sa.BigInteger, nullable=True),  # ms; null while it is under way
    sa.Column("status", sa.Integer, nullable=True),  # of HTTP; null without an answer
    sa.Column("why", sa.String(500), nullable=False),
)

duties = sa.Table(
    "ext_duties",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=True),  # the worker that does it
    sa.Column("until", sa.BigInteger, nullable=False),  # ms since the epoch
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
