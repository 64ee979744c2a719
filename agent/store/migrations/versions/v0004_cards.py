"""Business cards and contact lists: who stands on which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store import schema

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "card",
        sa.Column("stream_id", big, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("identity_id", big, nullable=False),
        sa.Column("owner_id", big, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("organization", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("noted", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_card_stream_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_card_identity_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_card_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("stream_id", "ref", "identity_id", name=op.f("pk_card")),
    )
    op.create_index("ix_card_identity_id", "card", ["identity_id"], unique=False)
    op.create_index("ix_card_owner_id_noted", "card", ["owner_id", "noted"], unique=False)
