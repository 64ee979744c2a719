"""Indexes of the people and ties that wait to be judged or rebuilt, in place of one of all ties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Drop the one, create the three."""
    op.drop_index("ix_tie_owner_id_stale", table_name="tie")
    for name, table, columns, where, on_sqlite in (
        ("ix_person_touched", "person", ["owner_id"], "touched", "touched = 1"),
        ("ix_tie_stale", "tie", ["owner_id"], "stale", "stale = 1"),
        ("ix_tie_due", "tie", ["owner_id", "due"], "due IS NOT NULL", "due IS NOT NULL"),
    ):
        op.create_index(name, table, columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(where))
