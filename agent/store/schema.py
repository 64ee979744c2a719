"""Every table. Facts (message, participant, copy), the ledger (interaction), what is derived (tie), and what we do.

Every row belongs to an owner, directly or through its source or message, so that one owner's data can be read,
moved or erased without touching another's. Instants are whole UTC seconds.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from agent.store.columns import BigId, Instant, flag, instant, metadata, partial_index, ref, row_id, text

__all__ = ["Instant", "metadata"]

owner = Table(
    "owner",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    instant("first_report_at"),
)

form = Table(
    "form",
    metadata,
    ref("owner", primary_key=True),
    Column("kind", String(16), primary_key=True),
    text("mark"),
)

own_address = Table(
    "own_address",
    metadata,
    ref("owner", primary_key=True),
    Column("address", Text, primary_key=True),
    Column("origin", String(16), nullable=False),
    flag("removed"),
)

source = Table(
    "source",
    metadata,
    row_id(),
    ref("owner"),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    instant("last_ok"),
    text("last_error"),
    Column("failures", Integer, nullable=False, server_default="0"),
    UniqueConstraint("owner_id", "name"),
)

stream = Table(
    "stream",
    metadata,
    row_id(),
    ref("source"),
    Column("name", Text, nullable=False),
    Column("cursor", JSON, nullable=True),
    UniqueConstraint("source_id", "name"),
)

person = Table(
    "person",
    metadata,
    row_id(),
    ref("owner"),
    text("name"),
    Column("organization", Text, nullable=True),
    flag("colleague"),
    Column("role", String(16), nullable=False, server_default="person"),
    Column("reasons", JSON, nullable=True),
    flag("touched"),
    Index("ix_person_owner_id_organization", "owner_id", "organization"),
)
partial_index("ix_person_touched", person.c.owner_id, where="touched", sqlite="touched = 1")

identity = Table(
    "identity",
    metadata,
    row_id(),
    ref("owner"),
    ref("person"),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("owner_id", "kind", "value"),
    Index("ix_identity_person_id", "person_id"),
)

name_seen = Table(
    "name_seen",
    metadata,
    ref("identity", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    row_id(),
    ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("moved", JSON, nullable=False),
    flag("undone"),
    Index("ix_decision_owner_id", "owner_id"),
)

apart = Table(
    "apart",
    metadata,
    ref("identity", primary_key=True, name="one_id"),
    ref("identity", primary_key=True, name="other_id"),
)

exclusion = Table(
    "exclusion",
    metadata,
    ref("owner", primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

forgotten = Table(
    "forgotten",
    metadata,
    ref("owner", primary_key=True),
    Column("digest", String(64), primary_key=True),
)

message = Table(
    "message",
    metadata,
    row_id(),
    ref("owner"),
    Column("key", String(40), nullable=False),
    Column("digest", String(40), nullable=True),
    Column("channel", String(16), nullable=False),
    Column("rfc_id", Text, nullable=False, server_default=""),
    Column("thread", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    text("subject"),
    Column("kind", String(16), nullable=False),
    Column("reasons", JSON, nullable=True),
    Column("outcome", String(16), nullable=False),
    Column("outcome_reason", Text, nullable=False, server_default=""),
    flag("sent"),
    flag("untravelled"),
    Column("recipients", Integer, nullable=False, server_default="0"),
    Column("draft_token", String(64), nullable=False, server_default=""),
    UniqueConstraint("owner_id", "key"),
    Index("ix_message_owner_id_at", "owner_id", "at"),
)
# Each of a few messages only: an index of every message by a text costs a tenth of writing it.
partial_index("ix_message_digest", message.c.owner_id, message.c.digest, where="digest IS NOT NULL")
partial_index("ix_message_sent_thread", message.c.owner_id, message.c.thread, where="sent", sqlite="sent = 1")
partial_index("ix_message_series", message.c.owner_id, message.c.thread, where="channel = 'meeting'")

copy = Table(
    "copy",
    metadata,
    ref("stream", primary_key=True),
    Column("ref", Text, primary_key=True),
    ref("message"),
    Index("ix_copy_message_id", "message_id"),
)

participant = Table(
    "participant",
    metadata,
    ref("message", primary_key=True),
    ref("identity", primary_key=True),
    Column("part", String(16), primary_key=True),
    Index("ix_participant_identity_id", "identity_id"),
)

interaction = Table(
    "interaction",
    metadata,
    ref("message", primary_key=True),
    ref("identity", primary_key=True),
    Column("direction", String(16), primary_key=True),
    ref("owner"),
    Column("channel", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_interaction_identity_id_at", "identity_id", "at"),
    Index("ix_interaction_owner_id_at", "owner_id", "at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    ref("stream", primary_key=True),
    Column("ref", Text, primary_key=True),
    text("reason"),
    Column("seen_at", Instant, nullable=False),
)

excluded = Table(
    "excluded",
    metadata,
    ref("owner", primary_key=True),
    Column("digest", String(64), primary_key=True),
)

card = Table(
    "card",
    metadata,
    ref("stream", primary_key=True),
    Column("ref", Text, primary_key=True),
    ref("identity", primary_key=True),
    ref("owner"),
    text("name"),
    text("organization"),
    text("title"),
    Column("noted", Instant, nullable=False),
    Index("ix_card_identity_id", "identity_id"),
    Index("ix_card_owner_id_noted", "owner_id", "noted"),
)

tie = Table(
    "tie",
    metadata,
    ref("owner", primary_key=True),
    ref("person", primary_key=True),
    Column("rhythm", JSON, nullable=True),
    flag("stale"),
    instant("due"),
)
partial_index("ix_tie_stale", tie.c.owner_id, where="stale", sqlite="stale = 1")
partial_index("ix_tie_due", tie.c.owner_id, tie.c.due, where="due IS NOT NULL")

suppression = Table(
    "suppression",
    metadata,
    ref("owner", primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

target = Table(
    "target",
    metadata,
    row_id(),
    ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    instant("closed_at"),
    UniqueConstraint("owner_id", "kind", "value"),
)

draft = Table(
    "draft",
    metadata,
    row_id(),
    ref("owner"),
    ref("person"),
    Column("kind", String(16), nullable=False),
    Column("reason_key", Text, nullable=False),
    Column("reasons", JSON, nullable=True),
    Column("state", String(16), nullable=False),
    Column("target_id", BigId, ForeignKey("target.id", ondelete="SET NULL"), nullable=True),
    text("name"),
    Column("context", JSON, nullable=True),
    Column("reply", JSON, nullable=True),
    text("thread"),
    instant("since"),
    Column("rfc_id", Text, nullable=False, server_default=""),
    Column("token", String(64), nullable=False, server_default=""),
    Column("recipients", JSON, nullable=True),
    text("subject"),
    Column("content", LargeBinary, nullable=True),
    Column("digest", String(64), nullable=False, server_default=""),
    flag("edited"),
    Column("place", JSON, nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    instant("missing_since"),
    Column("approved_digest", String(64), nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    instant("approved_at"),
    instant("not_before"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    flag("filed"),
    text("note"),
    UniqueConstraint("owner_id", "person_id", "kind", "reason_key"),
    Index("ix_draft_owner_id_state", "owner_id", "state"),
)

draft_event = Table(
    "draft_event",
    metadata,
    row_id(),
    ref("draft"),
    Column("at", Instant, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    text("note"),
    Index("ix_draft_event_draft_id", "draft_id"),
)

report = Table(
    "report",
    metadata,
    row_id(),
    ref("owner"),
    Column("kind", String(16), nullable=False),
    Column("period", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("rfc_id", Text, nullable=False),
    Column("token", String(64), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    instant("claimed_until"),
    Column("people", JSON, nullable=True),
    Column("tally", JSON, nullable=True),
    Column("content", LargeBinary, nullable=True),
    UniqueConstraint("owner_id", "period"),
)

wish = Table(
    "wish",
    metadata,
    ref("owner", primary_key=True),
    ref("person", primary_key=True),
    Column("standing", String(16), nullable=False, server_default=""),
    instant("snoozed_from"),
    instant("snoozed_until"),
    Column("every_days", Integer, nullable=True),
    text("goal"),
    instant("resumed_at"),
    Column("changed_at", Instant, nullable=False),
    Column("before", JSON, nullable=True),
)

tag = Table(
    "tag",
    metadata,
    ref("owner", primary_key=True),
    ref("person", primary_key=True),
    Column("tag", Text, primary_key=True),
)

reply = Table(
    "reply",
    metadata,
    row_id(),
    ref("owner"),
    ref("report"),
    Column("rfc_id", Text, nullable=False),
    Column("handled_at", Instant, nullable=False),
    Column("orders", JSON, nullable=True),
    Column("stray", Integer, nullable=False, server_default="0"),
    flag("pending"),
    UniqueConstraint("owner_id", "rfc_id"),
)

job = Table(
    "job",
    metadata,
    ref("owner", primary_key=True),
    Column("name", Text, primary_key=True),
    instant("next_due"),
    instant("last_ok"),
    text("last_error"),
    Column("failures", Integer, nullable=False, server_default="0"),
    text("result"),
)
