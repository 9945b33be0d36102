"""Colour slots of runs, and settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; what stands already, from an attempt that was cut short, is kept."""
    op.create_table(
        "ext_run_colors",
        sa.Column("run_uuid", sa.String(32), primary_key=True),
        sa.Column("experiment_id", sa.String(32), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        if_not_exists=True,
    )
    names = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("ext_run_colors")}
    if "ix_ext_run_colors_experiment_id" not in names:
        op.create_index("ix_ext_run_colors_experiment_id", "ext_run_colors", ["experiment_id"])
    op.create_table(
        "ext_settings",
        sa.Column("key", sa.String(250), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("ext_settings")
    op.drop_table("ext_run_colors")
