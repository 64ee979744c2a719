"""A form for each kind of what is derived, in place of that of ties alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table; the form of the ties moves there."""
    op.create_table(
        "form",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mark", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_form_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "kind", name=op.f("pk_form")),
    )
    op.execute("INSERT INTO form (owner_id, kind, mark) SELECT id, 'ties', rhythm_form FROM owner")
    op.drop_column("owner", "rhythm_form")
