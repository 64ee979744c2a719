"""A made-up mailbox of any size, written as Maildir files: headers of realistic length, people, lists, robots."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from imapclient.imap_utf7 import encode

OWNER = "alice@lindqvist.example.com"
FIRST, LAST = datetime(2015, 1, 5, tzinfo=UTC), datetime(2025, 12, 29, tzinfo=UTC)
FOLDERS = {"INBOX": 45, "Sent": 20, "Archive": 20, "Lists": 10, "Projects/Über uns": 5}
"""Folder → its share of the messages in per cent."""

BODY = ("We spoke about the harbour, the quay and the old warehouse. " * 2 + "\r\n") * 95
_SYLLABLES = re.findall(
    "[a-z]+", "an ber cor dan el fre gun hol in jor kat lar mon nil os per qui ras sten tor ul vin wal yng"
)
_CODE = "k3JzQ9wXv0RbT5mLh8YpA2sNdFgUcE7iOaHrWxPqMy4VtBzK6nGjSlDf1CeR"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who writes: people, newsletters, robots, mailing lists, as `name <address>` or bare addresses."""

    people: tuple[str, ...]
    newsletters: tuple[str, ...]
    robots: tuple[str, ...]
    lists: tuple[str, ...]


def write_mailbox(folder: Path, messages: int, seed: int = 1) -> None:
    """Fill a Maildir (layout "fs") that no server has seen yet with `messages` mails over eleven years."""
    random = Random(seed)
    cast = _cast(random, messages)
    for name, share in FOLDERS.items():
        place = folder if name == "INBOX" else folder / encode(name).decode()
        current = _maildir(place)
        count = messages * share // 100
        for number, when in enumerate(_times(random, count)):
            content = _letter(random, cast, name, f"{name[0]}{number}", when)
            path = current / f"{int(when.timestamp())}.{number}.bench:2,S"
            path.write_bytes(content.encode())
            os.utime(path, (when.timestamp(), when.timestamp()))


def write_folders(folder: Path, count: int) -> None:
    """A Maildir of `count` folders with three mails each."""
    random = Random(2)
    cast = _cast(random, count)
    _maildir(folder)
    for number in range(count):
        current = _maildir(folder / f"Folder {number:03}")
        for mail, when in enumerate(_times(random, 3)):
            content = _letter(random, cast, "Archive", f"F{number}.{mail}", when)
            (current / f"{int(when.timestamp())}.{mail}.bench:2,S").write_bytes(content.encode())


def letters(count: int, seed: int) -> Iterator[tuple[bytes, datetime]]:
    """New mails of one day, as (content, when)."""
    random = Random(seed)
    cast = _cast(random, count)
    for number in range(count):
        when = LAST + timedelta(minutes=number)
        yield _letter(random, cast, "INBOX", f"N{seed}.{number}", when).encode(), when


def _maildir(folder: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder / "cur"


def _times(random: Random, count: int) -> Iterator[datetime]:
    step = (LAST - FIRST) / max(count, 1)
    for number in range(count):
        yield (FIRST + step * number + step * random.random()).replace(microsecond=0)


def _cast(random: Random, messages: int) -> Cast:
    def word(parts: int) -> str:
        return "".join(random.choice(_SYLLABLES) for _ in range(parts))

    hosts = [f"{word(3)}.example" for _ in range(max(messages // 60, 5))]
    people = []
    for number in range(max(messages // 20, 20)):
        given, family = word(2), word(3)
        people.append(f"{given.title()} {family.title()} <{given}.{family}{number}@{random.choice(hosts)}>")
    machines = range(max(messages // 400, 5))
    return Cast(
        tuple(people),
        tuple(f'"{word(2).title()} News" <news@{word(3)}{n}.example>' for n in machines),
        tuple(f"{word(2).title()} <notifications@{word(3)}{n}.example>" for n in machines),
        tuple(f"{word(3)}{n}@lists.example.org" for n in machines),
    )


def _letter(random: Random, cast: Cast, folder: str, ident: str, when: datetime) -> str:
    friend = cast.people[int(len(cast.people) * random.random() ** 2)]
    others = [random.choice(cast.people) for _ in range(random.choice((0, 0, 0, 1, 1, 2, 4)))]
    path = friend.rpartition("<")[2].rstrip(">")
    if folder == "Sent":
        told = {"From": f"Alice Lindqvist <{OWNER}>", "To": friend}
    elif folder == "Lists":
        told = _from_list(random.choice(cast.lists), friend)
        path = told["Errors-To"]
    elif random.random() < 0.35:
        told, others = _from_program(random, cast), []
        path = f"bounce-{random.getrandbits(40):x}@mail.example"
    else:
        told = {"From": friend, "To": f"Alice Lindqvist <{OWNER}>"}
    if others:
        told["Cc"] = ",\r\n\t".join(others)
    if random.random() < 0.5:
        before = f"<{random.getrandbits(64):x}.{ident}@mail.example>"
        told |= {"In-Reply-To": before, "References": f"<{random.getrandbits(64):x}@mail.example>\r\n {before}"}
    text = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return (
        (_transport(random, when, path) if folder != "Sent" else "") + text + _tail(random, ident, when) + "\r\n" + BODY
    )


def _from_list(address: str, friend: str) -> dict[str, str]:
    name = address.partition("@")[0]
    return {
        "From": friend,
        "To": address,
        "List-Id": f"<{name}.lists.example.org>",
        "List-Post": f"<mailto:{address}>",
        "List-Unsubscribe": f"<https://lists.example.org/{name}>,\r\n <mailto:{name}-request@lists.example.org>",
        "Precedence": "list",
        "Errors-To": f"{name}-bounces@lists.example.org",
    }


def _from_program(random: Random, cast: Cast) -> dict[str, str]:
    if random.random() < 0.6:
        sender = random.choice(cast.newsletters)
        told = {"From": sender, "To": OWNER, "List-Unsubscribe": f"<https://news.example/{random.getrandbits(80):x}>"}
        return {**told, "Feedback-ID": f"{random.getrandbits(32)}:news"}
    return {"From": random.choice(cast.robots), "To": OWNER, "Auto-Submitted": "auto-generated"}


def _tail(random: Random, ident: str, when: datetime) -> str:
    words = " ".join(random.choice(_SYLLABLES) for _ in range(5))
    subject = f"=?utf-8?Q?Gr=C3=BC=C3=9Fe_von_{ident}?=" if random.random() < 0.1 else f"Re: {words} {ident}"
    return (
        f"Subject: {subject}\r\nDate: {when:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"Message-ID: <{random.getrandbits(64):x}.{ident}@mail.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n'
        "X-Mailer: Apple Mail (2.3654.60.0.2.21)\r\n"
    )


def _transport(random: Random, when: datetime, path: str) -> str:
    """Return-Path, four Received, two DKIM signatures, SPF and spam fields: about 3 KB, as on mail of today."""
    stamp = f"{when:%a, %d %b %Y %H:%M:%S} +0000"
    code = "".join(random.sample(_CODE, len(_CODE)))
    relay = "".join(
        f"Received: from relay{n}.mail.example ([192.0.2.{n}])\r\n\tby mx{n}.example.com (Postfix)"
        f" with ESMTPS id {code[n : n + 11]}\r\n\tfor <{OWNER}>; {stamp}\r\n"
        for n in range(4)
    )
    signature = "".join(
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s={s};\r\n\t"
        f"h=from:to:subject:date:message-id; bh={code[:43]}=;\r\n\tb={code}\r\n\t {code}\r\n\t {code}\r\n\t "
        f"{code}\r\n\t {code}\r\n\t {code[:40]}==\r\n"
        for s in ("s1", "s2")
    )
    spam = "".join(f"X-Spam-Report-{n}: {code} {code} {code}\r\n" for n in range(4))
    checked = "Authentication-Results: mx.example.com; dkim=pass header.d=mail.example; spf=pass; dmarc=pass\r\n"
    return f"Return-Path: <{path}>\r\nDelivered-To: {OWNER}\r\n{relay}{signature}{checked}{spam}"
