"""Which form the rhythms of an owner's ties were stored in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("owner", sa.Column("rhythm_form", sa.Text(), server_default="", nullable=False))
