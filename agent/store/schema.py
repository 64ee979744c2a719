"""Every table. Facts (message, participant, copy), the ledger (interaction), what is derived (tie), and what we do.

Every row belongs to an owner, directly or through its source or message, so that one owner's data can be read,
moved or erased without touching another's. Instants are whole UTC seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as seconds since 1970 so that every database compares it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime → whole seconds; a naive one is a bug and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} offered to the store")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Whole seconds → aware UTC datetime."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _ref(table: str, *, primary_key: bool = False, nullable: bool = False, name: str = "") -> Column[int]:
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name or f"{table}_id", BigId, key, primary_key=primary_key, nullable=nullable)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _instant(name: str) -> Column[Any]:
    return Column(name, Instant, nullable=True)


owner = Table(
    "owner",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    _instant("first_report_at"),
)

own_address = Table(
    "own_address",
    metadata,
    _ref("owner", primary_key=True),
    Column("address", Text, primary_key=True),
    Column("origin", String(16), nullable=False),
    _flag("removed"),
)

source = Table(
    "source",
    metadata,
    _id(),
    _ref("owner"),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    _instant("last_started"),
    _instant("last_ok"),
    _text("last_error"),
    Column("failures", Integer, nullable=False, server_default="0"),
    UniqueConstraint("owner_id", "name"),
)

stream = Table(
    "stream",
    metadata,
    _id(),
    _ref("source"),
    Column("name", Text, nullable=False),
    Column("cursor", JSON, nullable=True),
    UniqueConstraint("source_id", "name"),
)

person = Table(
    "person",
    metadata,
    _id(),
    _ref("owner"),
    _text("name"),
    Column("organization", Text, nullable=True),
    _flag("colleague"),
    Column("role", String(16), nullable=False, server_default="person"),
    Column("reasons", JSON, nullable=True),
    _flag("touched"),
    Index("ix_person_owner_id_organization", "owner_id", "organization"),
)

identity = Table(
    "identity",
    metadata,
    _id(),
    _ref("owner"),
    _ref("person"),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("owner_id", "kind", "value"),
    Index("ix_identity_person_id", "person_id"),
)

name_seen = Table(
    "name_seen",
    metadata,
    _ref("identity", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    _id(),
    _ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("moved", JSON, nullable=False),
    _flag("undone"),
    Index("ix_decision_owner_id", "owner_id"),
)

apart = Table(
    "apart",
    metadata,
    _ref("identity", primary_key=True, name="one_id"),
    _ref("identity", primary_key=True, name="other_id"),
)

exclusion = Table(
    "exclusion",
    metadata,
    _ref("owner", primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

forgotten = Table(
    "forgotten",
    metadata,
    _ref("owner", primary_key=True),
    Column("digest", String(64), primary_key=True),
)

message = Table(
    "message",
    metadata,
    _id(),
    _ref("owner"),
    Column("key", String(40), nullable=False),
    Column("digest", String(40), nullable=True),
    Column("channel", String(16), nullable=False),
    Column("rfc_id", Text, nullable=False, server_default=""),
    Column("thread", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    _text("subject"),
    Column("kind", String(16), nullable=False),
    Column("reasons", JSON, nullable=True),
    Column("outcome", String(16), nullable=False),
    Column("outcome_reason", Text, nullable=False, server_default=""),
    _flag("sent"),
    _flag("untravelled"),
    Column("recipients", Integer, nullable=False, server_default="0"),
    Column("draft_token", String(64), nullable=False, server_default=""),
    UniqueConstraint("owner_id", "key"),
    Index("ix_message_owner_id_digest", "owner_id", "digest"),
    Index("ix_message_owner_id_at", "owner_id", "at"),
    Index("ix_message_owner_id_thread", "owner_id", "thread"),
)

copy = Table(
    "copy",
    metadata,
    _ref("stream", primary_key=True),
    Column("ref", Text, primary_key=True),
    _ref("message"),
    Index("ix_copy_message_id", "message_id"),
)

participant = Table(
    "participant",
    metadata,
    _ref("message", primary_key=True),
    _ref("identity", primary_key=True),
    Column("part", String(16), primary_key=True),
    Index("ix_participant_identity_id", "identity_id"),
)

interaction = Table(
    "interaction",
    metadata,
    _ref("message", primary_key=True),
    _ref("identity", primary_key=True),
    Column("direction", String(16), primary_key=True),
    _ref("owner"),
    Column("channel", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_interaction_identity_id_at", "identity_id", "at"),
    Index("ix_interaction_owner_id_at", "owner_id", "at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    _ref("stream", primary_key=True),
    Column("ref", Text, primary_key=True),
    _text("reason"),
    Column("seen_at", Instant, nullable=False),
)

excluded = Table(
    "excluded",
    metadata,
    _ref("owner", primary_key=True),
    Column("digest", String(64), primary_key=True),
)

tie = Table(
    "tie",
    metadata,
    _ref("owner", primary_key=True),
    _ref("person", primary_key=True),
    Column("rhythm", JSON, nullable=True),
    _flag("stale"),
    _instant("due"),
    Index("ix_tie_owner_id_stale", "owner_id", "stale"),
)

suppression = Table(
    "suppression",
    metadata,
    _ref("owner", primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

target = Table(
    "target",
    metadata,
    _id(),
    _ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    _instant("closed_at"),
    UniqueConstraint("owner_id", "kind", "value"),
)

draft = Table(
    "draft",
    metadata,
    _id(),
    _ref("owner"),
    _ref("person"),
    Column("kind", String(16), nullable=False),
    Column("reason_key", Text, nullable=False),
    Column("reasons", JSON, nullable=True),
    Column("state", String(16), nullable=False),
    Column("target_id", BigId, ForeignKey("target.id", ondelete="SET NULL"), nullable=True),
    _text("name"),
    Column("context", JSON, nullable=True),
    Column("reply", JSON, nullable=True),
    _text("thread"),
    _instant("since"),
    Column("rfc_id", Text, nullable=False, server_default=""),
    Column("token", String(64), nullable=False, server_default=""),
    Column("recipients", JSON, nullable=True),
    _text("subject"),
    Column("content", LargeBinary, nullable=True),
    Column("digest", String(64), nullable=False, server_default=""),
    _flag("edited"),
    Column("place", JSON, nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _instant("missing_since"),
    Column("approved_digest", String(64), nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    _instant("approved_at"),
    _instant("not_before"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _flag("filed"),
    _text("note"),
    UniqueConstraint("owner_id", "person_id", "kind", "reason_key"),
    Index("ix_draft_owner_id_state", "owner_id", "state"),
)

draft_event = Table(
    "draft_event",
    metadata,
    _id(),
    _ref("draft"),
    Column("at", Instant, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    _text("note"),
    Index("ix_draft_event_draft_id", "draft_id"),
)

report = Table(
    "report",
    metadata,
    _id(),
    _ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("period", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("rfc_id", Text, nullable=False),
    Column("token", String(64), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    _instant("claimed_until"),
    Column("people", JSON, nullable=True),
    Column("tally", JSON, nullable=True),
    Column("content", LargeBinary, nullable=True),
    UniqueConstraint("owner_id", "period"),
)

job = Table(
    "job",
    metadata,
    _ref("owner", primary_key=True),
    Column("name", Text, primary_key=True),
    _instant("next_due"),
    _instant("last_started"),
    _instant("last_ok"),
    _text("last_error"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("took", Float, nullable=True),
)
