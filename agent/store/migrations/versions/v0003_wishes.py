"""What the owner wishes: of each tie, by tags, and by replies to a report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store import schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    for create in (_wish, _tag, _reply):
        create()


def _wish() -> None:
    op.create_table(
        "wish",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("standing", sa.String(length=16), server_default="", nullable=False),
        sa.Column("snoozed_from", schema.Instant(), nullable=True),
        sa.Column("snoozed_until", schema.Instant(), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("goal", sa.Text(), server_default="", nullable=False),
        sa.Column("resumed_at", schema.Instant(), nullable=True),
        sa.Column("changed_at", schema.Instant(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_wish_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wish_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "person_id", name=op.f("pk_wish")),
    )


def _tag() -> None:
    op.create_table(
        "tag",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_tag_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tag_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "person_id", "tag", name=op.f("pk_tag")),
    )


def _reply() -> None:
    op.create_table(
        "reply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rfc_id", sa.Text(), nullable=False),
        sa.Column("handled_at", schema.Instant(), nullable=False),
        sa.Column("orders", sa.JSON(), nullable=True),
        sa.Column("stray", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_reply_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_reply_report_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("owner_id", "rfc_id", name=op.f("uq_reply_owner_id_rfc_id")),
    )
