"""What a job found, where doctor shows it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("job", sa.Column("result", sa.Text(), server_default="", nullable=False))
