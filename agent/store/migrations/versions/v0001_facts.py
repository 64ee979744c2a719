"""What was captured: owners, people, messages, the ledger, ties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    for create in (
        _owner,
        _decision,
        _excluded,
        _exclusion,
        _forgotten,
        _message,
        _own_address,
        _person,
        _source,
        _identity,
        _stream,
        _tie,
        _apart,
        _copy,
        _interaction,
        _name_seen,
        _participant,
        _quarantine,
    ):
        create()


def _owner() -> None:
    op.create_table(
        "owner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("first_report_at", schema.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
        sa.UniqueConstraint("name", name=op.f("uq_owner_name")),
    )


def _decision() -> None:
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
    op.create_index("ix_decision_owner_id", "decision", ["owner_id"], unique=False)


def _excluded() -> None:
    op.create_table(
        "excluded",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_excluded_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "digest", name=op.f("pk_excluded")),
    )


def _exclusion() -> None:
    op.create_table(
        "exclusion",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_exclusion_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "kind", "value", name=op.f("pk_exclusion")),
    )


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_forgotten_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "digest", name=op.f("pk_forgotten")),
    )


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=40), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("rfc_id", sa.Text(), server_default="", nullable=False),
        sa.Column("thread", sa.Text(), server_default="", nullable=False),
        sa.Column("at", schema.Instant(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("outcome_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("sent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("untravelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("recipients", sa.Integer(), server_default="0", nullable=False),
        sa.Column("draft_token", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_message_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("owner_id", "key", name=op.f("uq_message_owner_id_key")),
    )
    op.create_index("ix_message_owner_id_at", "message", ["owner_id", "at"], unique=False)
    op.create_index("ix_message_owner_id_digest", "message", ["owner_id", "digest"], unique=False)
    op.create_index("ix_message_owner_id_thread", "message", ["owner_id", "thread"], unique=False)


def _own_address() -> None:
    op.create_table(
        "own_address",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_own_address_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "address", name=op.f("pk_own_address")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("colleague", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("role", sa.String(length=16), server_default="person", nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=True),
        sa.Column("touched", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_person_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_owner_id_organization", "person", ["owner_id", "organization"], unique=False)


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("last_started", schema.Instant(), nullable=True),
        sa.Column("last_ok", schema.Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_source_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_source_owner_id_name")),
    )


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_identity_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("owner_id", "kind", "value", name=op.f("uq_identity_owner_id_kind_value")),
    )
    op.create_index("ix_identity_person_id", "identity", ["person_id"], unique=False)


def _stream() -> None:
    op.create_table(
        "stream",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_stream_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream")),
        sa.UniqueConstraint("source_id", "name", name=op.f("uq_stream_source_id_name")),
    )


def _tie() -> None:
    op.create_table(
        "tie",
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rhythm", sa.JSON(), nullable=True),
        sa.Column("stale", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("due", schema.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_tie_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tie_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "person_id", name=op.f("pk_tie")),
    )
    op.create_index("ix_tie_owner_id_stale", "tie", ["owner_id", "stale"], unique=False)


def _apart() -> None:
    op.create_table(
        "apart",
        sa.Column("one_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["identity.id"], name=op.f("fk_apart_one_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["identity.id"], name=op.f("fk_apart_other_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_apart")),
    )


def _copy() -> None:
    op.create_table(
        "copy",
        sa.Column("stream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_copy_message_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_copy_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("stream_id", "ref", name=op.f("pk_copy")),
    )
    op.create_index("ix_copy_message_id", "copy", ["message_id"], unique=False)


def _interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_interaction_identity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_interaction_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_interaction_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", "identity_id", "direction", name=op.f("pk_interaction")),
    )
    op.create_index("ix_interaction_identity_id_at", "interaction", ["identity_id", "at"], unique=False)
    op.create_index("ix_interaction_owner_id_at", "interaction", ["owner_id", "at"], unique=False)


def _name_seen() -> None:
    op.create_table(
        "name_seen",
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_name_seen_identity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("identity_id", "name", name=op.f("pk_name_seen")),
    )


def _participant() -> None:
    op.create_table(
        "participant",
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_participant_identity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_participant_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "identity_id", "part", name=op.f("pk_participant")),
    )
    op.create_index("ix_participant_identity_id", "participant", ["identity_id"], unique=False)


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("stream_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name=op.f("fk_quarantine_stream_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("stream_id", "ref", name=op.f("pk_quarantine")),
    )
