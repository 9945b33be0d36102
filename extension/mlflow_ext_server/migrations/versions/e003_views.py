"""Named saved views of experiments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e003"
down_revision = "e002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what stands already, from an attempt that was cut short, is kept."""
    op.create_table(
        "ext_views",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.String(63), nullable=False),
        sa.Column("experiment_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(255), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace", "experiment_id", "name", name="uq_ext_views_name"),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("ext_views")
