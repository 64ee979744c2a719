"""Business cards and contact lists into the store: whose identities they are. A card is no contact by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from agent.capture.keys import excluded_digest
from agent.capture.ledger import Book, Tally
from agent.people.compare import Names, names_agree
from agent.people.identities import PHONE, PROFILE, phone_key, profile_key
from agent.people.normalise import address_key, clean_name, is_address
from agent.store import cards, merges, messages, people, sources
from agent.store.cards import CardRow, Identity
from agent.store.db import Connection
from agent.store.people import EMAIL
from connectors.base import Batch
from connectors.records import ContactRecord

DAY_SECONDS = 86_400
UNKNOWABLE = "There is nothing to know the person by: no mail address, profile or international phone number."


def enter(connection: Connection, book: Book, stream_row: int, batch: Batch) -> Tally:
    """Store what the entries of a batch say, in the caller's transaction; entering them again changes nothing."""
    given = [record for record in batch.records if isinstance(record, ContactRecord)]
    if batch.restart:
        cards.drop(connection, stream_row)
    excluded, bad = set(), []
    for record in given:
        identities = identities_of(record)
        if not identities:
            bad.append((record.ref, UNKNOWABLE))
        elif _unwanted(book, record, identities):
            excluded.add(excluded_digest(book.salt, contact_key(record)))
        else:
            _enter(connection, book, stream_row, record, identities)
    messages.add_excluded(connection, book.owner_id, excluded)
    aside = sources.set_aside(connection, stream_row, bad, book.seen_at)
    counted = len(given) - len(excluded) - aside
    return Tally(cards=counted, excluded=len(excluded), quarantined=aside)


def identities_of(record: ContactRecord) -> tuple[Identity, ...]:
    """What an entry is known by, each in its one spelling; addresses first."""
    emails = [(EMAIL, address_key(a)) for a in record.addresses if is_address(address_key(a))]
    profiles = [(PROFILE, key) for key in map(profile_key, record.profiles) if key]
    phones = [(PHONE, key) for key in map(phone_key, record.phones) if key]
    return tuple(dict.fromkeys((*emails, *profiles, *phones)))


def contact_key(record: ContactRecord) -> str:
    """One name for an entry, wherever it stands."""
    parts = "\0".join((record.name, *(f"{kind} {value}" for kind, value in identities_of(record))))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _unwanted(book: Book, record: ContactRecord, identities: Sequence[Identity]) -> bool:
    addresses = [value for kind, value in identities if kind == EMAIL]
    if book.exclude and any(map(book.excludes, addresses)):
        return True
    return any(book.forgotten.holds(value) for _, value in identities) or book.forgotten.mentioned(record.name)


def _enter(
    connection: Connection, book: Book, stream_row: int, record: ContactRecord, identities: Sequence[Identity]
) -> None:
    known = cards.holders(connection, book.owner_id, identities)
    who = _whose(connection, book, record, identities, known)
    held = {one: ident for one, (ident, _) in known.items()}
    for one in identities:
        if one not in held:
            held[one] = cards.attach(connection, book.owner_id, who, one)
    # A number that somebody else has already is the firm's and says nothing of this person.
    mine = [ident for one, ident in held.items() if one[0] != PHONE or known.get(one, (0, who))[1] == who]
    noted = record.noted or book.seen_at
    told = CardRow(who, record.name, record.organization, record.title, noted)
    cards.add(connection, book.owner_id, stream_row, record.ref, mine, told)
    name = clean_name(record.name)
    if name:
        day = int(noted.timestamp()) // DAY_SECONDS
        people.note_names(connection, {(ident, name): (1, day) for ident in mine})
    people.touch(connection, {who})


def _whose(
    connection: Connection,
    book: Book,
    record: ContactRecord,
    identities: Sequence[Identity],
    known: dict[Identity, tuple[int, int]],
) -> int:
    """The person an entry is about: who has one of its addresses or profiles, or its number under the same name."""
    for one in identities:
        if one in known and (one[0] != PHONE or _same_name(connection, book, record, known[one][1])):
            return known[one][1]
    return merges.new_person(connection, book.owner_id)


def _same_name(connection: Connection, book: Book, record: ContactRecord, person_id: int) -> bool:
    name = clean_name(record.name)
    return any(names_agree(name, seen) is Names.EQUAL for seen in _names(connection, book, person_id))


def _names(connection: Connection, book: Book, person_id: int) -> Iterator[str]:
    for row in cards.listed(connection, book.owner_id, person_id):
        yield clean_name(row.name)
    for profile in people.profiles(connection, book.owner_id, [person_id]).values():
        yield profile.name
