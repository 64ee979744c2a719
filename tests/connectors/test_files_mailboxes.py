"""Three real mailboxes through the sources: every message once, none unreadable."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from connectors.base import Source
from connectors.files.folder import FolderSource
from connectors.files.mbox import MboxSource
from connectors.records import MailRecord, Role
from tests.shared import shared

pytestmark = pytest.mark.corpora


def read(source: Source) -> list[MailRecord]:
    found = [record for batch in source.poll({}) for record in batch.records]
    mails = [record for record in found if isinstance(record, MailRecord)]
    assert len(mails) == len(found)
    return mails


def fingerprint(mail: MailRecord) -> tuple[object, ...]:
    recipients = tuple(sorted({box.address for box in mail.to + mail.cc}))
    return tuple(box.address for box in mail.from_), mail.date, recipients, mail.subject, mail.body_digest


def test_openbmc() -> None:
    mails = read(MboxSource(shared("mailboxes", "openbmc")))
    assert Counter(mail.role for mail in mails) == {Role.INBOX: 793, Role.SENT: 674}
    assert len({mail.message_id for mail in mails}) > 1_400
    assert all(mail.date and len(mail.from_) == 1 and mail.defects == () for mail in mails)
    assert {mail.arrived for mail in mails} == {None}, "the separators of this export say 1970"
    assert {mail.delivered for mail in mails} == {True}
    assert {box.address for mail in mails if mail.role is Role.SENT for box in mail.from_} == {"patrick@stwcx.xyz"}


def test_a_large_mailbox_is_read_backwards_and_gone_on_with(tmp_path: Path) -> None:
    whole = shared("mailboxes", "openbmc", "INBOX.mbox").read_bytes()
    path = tmp_path / "INBOX.mbox"
    cut = whole.index(b"\n\nFrom mbox@localhost ", len(whole) // 2) + 2
    path.write_bytes(whole[:cut])
    source = MboxSource(path)
    first = next(iter(source.poll({})))
    path.write_bytes(whole)
    rest = list(source.poll({"INBOX.mbox": first.cursor}))
    refs = [record.ref for batch in [first, *rest] for record in batch.records if isinstance(record, MailRecord)]
    assert len(refs) == len(set(refs)) == 793


def test_crandell() -> None:
    mails = read(FolderSource(shared("mailboxes", "enron-crandell")))
    roles = Counter(mail.role for mail in mails)
    assert (len(mails), roles[Role.SENT], roles[Role.TRASH]) == (519, 149, 89)
    assert sum(bool(mail.from_[0].name) for mail in mails) >= 505, "names are taken from X-From"
    assert len({fingerprint(mail) for mail in mails}) == 519
    assert {mail.delivered for mail in mails} == {False}


def test_south_holds_the_same_mails_several_times() -> None:
    mails = read(FolderSource(shared("mailboxes", "enron-south")))
    assert (len(mails), sum(mail.role is Role.SENT for mail in mails)) == (248, 42)
    assert len({mail.message_id for mail in mails}) == 248
    assert len({fingerprint(mail) for mail in mails}) == 118


def test_every_mailbox_file_of_the_corpora_is_read_to_its_end() -> None:
    root = shared("corpora", "mail")
    sizes = {
        "sisimai/mailbox/mbox-0": 37,
        "mox/testdata/importtest.mbox": 2,
        "mox/testdata/importtest.mbox.zip": 2,
        "mox/testdata/imaptest/imaptest.mbox": 48,
        "mime4j/mbox/src/test/resources/test-1/mbox.rlug": 5,
        "spamassassin-t/t/data/nice.mbox": 3,
    }
    assert {name: len(read(MboxSource(root / name))) for name in sizes} == sizes
