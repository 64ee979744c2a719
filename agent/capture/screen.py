"""What never enters the ledger: places the owner excluded, and everything of people they had forgotten. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.capture.keys import mail_key, meeting_key
from agent.capture.records import Entry
from agent.people.forgetting import Tombstones
from agent.types import Part
from connectors.base import Batch
from connectors.files.reading import is_excluded
from connectors.records import MailRecord, MeetingRecord, Record

NOT_SOMEBODY = (Part.LIST, Part.DELIVERED)


def outside(batch: Batch, folders: Iterable[str]) -> tuple[Batch, tuple[str, ...]]:
    """The batch without what lies in excluded folders, labels and calendars, and the keys of what was dropped."""
    patterns = tuple(folders)
    if not patterns:
        return batch, ()
    dropped = [record for record in batch.records if _lies_in(record, batch.stream, patterns)]
    if not dropped:
        return batch, ()
    gone = set(map(id, dropped))
    kept = tuple(record for record in batch.records if id(record) not in gone)
    keys = [_key(record) for record in dropped]
    return replace(batch, records=kept), tuple(key for key in keys if key)


def without_forgotten(entry: Entry, mine: frozenset[str], tombstones: Tombstones) -> Entry | None:
    """The entry as if those people did not exist; None where it is from them or only with them.

    `mine`: those of its addresses that are the owner's.
    """
    gone = {address for address in entry.addresses - mine if tombstones.holds(address)}
    if gone & entry.facts.at(Part.FROM):
        return None
    parts = frozenset((part, address) for part, address in entry.facts.parts if address not in gone)
    if gone and not {address for part, address in parts if part not in NOT_SOMEBODY} - mine:
        return None
    texts = [text for text in (entry.subject, entry.rfc_id, entry.thread) if text and tombstones.mentioned(text)]
    if not gone and not texts:
        return entry
    subject, rfc_id, thread = ("" if text in texts else text for text in (entry.subject, entry.rfc_id, entry.thread))
    names = tuple((address, name) for address, name in entry.names if address not in gone)
    facts = entry.facts._replace(parts=parts)
    return entry._replace(facts=facts, names=names, subject=subject, rfc_id=rfc_id, thread=thread)


def _lies_in(record: Record, stream: str, patterns: tuple[str, ...]) -> bool:
    places = [stream]
    if isinstance(record, MailRecord):
        places += [record.folder, *record.labels]
    elif isinstance(record, MeetingRecord):
        places.append(record.calendar)
    return any(is_excluded(place, patterns) for place in places)


def _key(record: Record) -> str:
    if isinstance(record, MailRecord):
        return mail_key(record)
    return meeting_key(record) if isinstance(record, MeetingRecord) else ""
