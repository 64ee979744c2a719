"""Keys begin with what they sort by: a day for mail from now on, a mark for what is here already."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Put the mark in place of the first five of forty hex digits."""
    mark = "CASE channel WHEN 'meeting' THEN 'mmmmm' ELSE 'zzzzz' END"
    op.execute(f"UPDATE message SET key = {mark} || substr(key, 6)")  # noqa: S608 - our own words
