"""Aliases of runs, what the server has written into runs, and who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e002"
down_revision = "e001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what stands already, from an attempt that was cut short, is kept."""
    op.create_table(
        "ext_run_aliases",
        sa.Column("workspace", sa.String(63), primary_key=True),
        sa.Column("alias", sa.String(128), primary_key=True),
        sa.Column("run_uuid", sa.String(32), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    _index("ext_run_aliases", "run_uuid")
    op.create_table(
        "ext_run_writers",
        sa.Column("run_uuid", sa.String(32), primary_key=True),
        sa.Column("writer", sa.String(8), nullable=False),
        sa.Column("next_seq", sa.BigInteger(), nullable=False),
        sa.Column("lease_by", sa.String(32), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "ext_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("workspace", sa.String(63), nullable=True),
        sa.Column("username", sa.String(255), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("target", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        if_not_exists=True,
    )
    _index("ext_audit", "at")
    _index("ext_audit", "target")


def _index(table: str, column: str) -> None:
    name = f"ix_{table}_{column}"
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, [column])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("ext_audit")
    op.drop_table("ext_run_writers")
    op.drop_table("ext_run_aliases")
