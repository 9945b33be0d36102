"""Alerts, the rules that raise them, and the webhooks that they are sent to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e004"
down_revision = "e003"
branch_labels = None
depends_on = None

_TABLES = (
    "ext_alerts",
    "ext_alert_marks",
    "ext_alerts_seen",
    "ext_alert_rules",
    "ext_alert_states",
    "ext_webhooks",
    "ext_deliveries",
    "ext_delivery_attempts",
    "ext_duties",
)


def upgrade() -> None:
    """Create the tables; what stands already, from an attempt that was cut short, is kept."""
    op.create_table(
        "ext_alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.String(63), nullable=False),
        sa.Column("experiment_id", sa.String(32), nullable=False),
        sa.Column("run_uuid", sa.String(32), nullable=False),
        sa.Column("rule_id", sa.String(32), nullable=True),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("title", sa.String(250), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    _index("ix_ext_alerts_run_uuid", "ext_alerts", ["run_uuid"])
    _index("ix_ext_alerts_experiment", "ext_alerts", ["experiment_id", "recorded_at"])
    op.create_table(
        "ext_alert_marks",
        sa.Column("run_uuid", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(80), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "ext_alerts_seen",
        sa.Column("username", sa.String(255), primary_key=True),
        sa.Column("experiment_id", sa.String(32), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "ext_alert_rules",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.String(63), nullable=False),
        sa.Column("experiment_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("webhook_id", sa.String(32), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(255), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    _index("ix_ext_alert_rules_experiment_id", "ext_alert_rules", ["experiment_id"])
    op.create_table(
        "ext_alert_states",
        sa.Column("rule_id", sa.String(32), primary_key=True),
        sa.Column("run_uuid", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        if_not_exists=True,
    )
    _index("ix_ext_alert_states_run_uuid", "ext_alert_states", ["run_uuid"])
    op.create_table(
        "ext_webhooks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.String(63), nullable=False),
        sa.Column("experiment_id", sa.String(32), nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("secret", sa.String(256), nullable=False),
        sa.Column("every_alert", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(255), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "ext_deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.String(63), nullable=False),
        sa.Column("webhook_id", sa.String(32), nullable=False),
        sa.Column("alert_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    _index("ix_ext_deliveries_webhook_id", "ext_deliveries", ["webhook_id"])
    _index("ix_ext_deliveries_alert_id", "ext_deliveries", ["alert_id"])
    _index("ix_ext_deliveries_due", "ext_deliveries", ["state", "next_at"])
    op.create_table(
        "ext_delivery_attempts",
        sa.Column("delivery_id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(500), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "ext_duties",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(32), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )


def _index(name: str, table: str, columns: list[str]) -> None:
    if name not in {one["name"] for one in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)
