"""Indexes of a few messages only, in place of two of all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Drop the two, create the three."""
    op.drop_index("ix_message_owner_id_digest", table_name="message")
    op.drop_index("ix_message_owner_id_thread", table_name="message")
    for name, column, where, on_sqlite in (
        ("ix_message_digest", "digest", "digest IS NOT NULL", "digest IS NOT NULL"),
        ("ix_message_sent_thread", "thread", "sent", "sent = 1"),
        ("ix_message_series", "thread", "channel = 'meeting'", "channel = 'meeting'"),
    ):
        columns = ["owner_id", column]
        op.create_index(name, "message", columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(where))
