"""Without three columns that nobody read."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Drop them."""
    for table, column in (("source", "last_started"), ("job", "last_started"), ("job", "took")):
        op.drop_column(table, column)
