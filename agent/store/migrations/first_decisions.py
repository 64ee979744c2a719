"""Tables of the first schema for what the owner decides: who is who, who is never captured, who is forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store import schema


def decision() -> None:
    """Create the log of decisions."""
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", schema.Instant(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_decision_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_owner_id", "decision", ["owner_id"])


def apart() -> None:
    """Create the edges between two people."""
    op.create_table(
        "apart",
        sa.Column("one_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["identity.id"], name=op.f("fk_apart_one_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["identity.id"], name=op.f("fk_apart_other_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_apart")),
    )


def exclusion() -> None:
    """Create the rules of what is never captured."""
    op.create_table(
        "exclusion",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_exclusion_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "kind", "value", name=op.f("pk_exclusion")),
    )


def forgotten() -> None:
    """Create the tombstones."""
    op.create_table(
        "forgotten",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_forgotten_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "digest", name=op.f("pk_forgotten")),
    )
