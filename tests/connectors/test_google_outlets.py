"""Gmail as a place for drafts and as a way out: what it does that no other mailbox does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Anchored, Approved, Place
from connectors.errors import Ambiguous, AuthFailed, ConnectorError, Refused, Unavailable
from connectors.oauth.tokens import FileTokens
from connectors.outlets import open_mailbox, open_transport
from connectors.outlets.gmail_mailbox import GmailMailbox
from connectors.outlets.gmail_transport import GmailTransport
from connectors.records import Role
from tests.servers.google import Google
from tests.servers.google_mail import ADDRESS

CREATE, SEND = "gmail.users.drafts.create", "gmail.users.drafts.send"
PERMISSIONS = ("gmail.readonly", "gmail.compose", "gmail.insert")


def letter(body: str = "Hello Bob.", **more: str) -> bytes:
    """A draft of ours as it was composed."""
    head = {
        "From": ADDRESS,
        "To": "bob@example.net",
        "Subject": "Lunch?",
        "Message-ID": "<draft-1@lindqvist.example.com>",
        "X-Weaktie-Draft": "tok-1",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return "\r\n".join([*(f"{name}: {value}" for name, value in head.items()), "", body, ""]).encode()


def by_the_web(body: str) -> bytes:
    """As Gmail's own program writes a draft anew: an id of its own, our token gone, text and HTML."""
    head = [f"From: Alice Lindqvist <{ADDRESS}>", "To: bob@example.net", "Subject: Lunch?"]
    return "\r\n".join([*head, "Message-ID: <CAF+web@mail.gmail.com>", "", body, ""]).encode()


def approved(content: bytes, place: Place, sender: str = ADDRESS) -> Approved:
    """The owner's word on these bytes, dated as the outbox does."""
    return Approved(
        content=content,
        digest=sha256(content).hexdigest(),
        sender=sender,
        recipients=("bob@example.net",),
        approved_by="alice",
        approved_at=datetime(2026, 3, 2, tzinfo=UTC),
        place=place,
    )


@pytest.fixture
def tokens(google: Google, tmp_path: Path) -> FileTokens:
    tokens = FileTokens(tmp_path)
    google.sign_in(tokens, "mail", *PERMISSIONS)
    return tokens


@pytest.fixture
def mailbox(google: Google, tokens: FileTokens) -> Iterator[GmailMailbox]:
    with closing(GmailMailbox(tokens, "mail", endpoint=google.url, timeout=60.0)) as opened:
        yield opened


@pytest.fixture
def transport(google: Google, tokens: FileTokens) -> GmailTransport:
    return GmailTransport(tokens, "mail", endpoint=google.url, timeout=60.0)


class Step:
    """The step before the first byte, counted."""

    def __init__(self, google: Google) -> None:
        self.google, self.taken = google, 0

    def __call__(self) -> None:
        assert self.google.mail.outbox == []
        self.taken += 1


def test_a_draft_answers_in_its_conversation(google: Google, mailbox: GmailMailbox) -> None:
    old = google.mail.deliver(letter(Message_ID="<old@example.net>"))
    mailbox.put_draft(letter(In_Reply_To="<old@example.net>", References="<old@example.net>"))
    (draft,) = google.mail.labelled("DRAFT")
    assert draft.thread == old.thread
    mailbox.put_draft(letter(In_Reply_To="<never-seen@example.net>"))
    assert len({message.thread for message in google.mail.labelled("DRAFT")}) == 2


def test_a_conversation_that_does_not_take_it_leaves_it_standing_alone(google: Google, mailbox: GmailMailbox) -> None:
    google.mail.deliver(letter(Message_ID="<old@example.net>"))
    google.fail(CREATE, status=400, reason="invalidArgument")
    mailbox.put_draft(letter(In_Reply_To="<old@example.net>"))
    assert len(google.mail.labelled("DRAFT")) == 1


def test_an_edit_that_drops_id_and_token_is_known_by_its_place(google: Google, mailbox: GmailMailbox) -> None:
    place = mailbox.put_draft(letter())
    before = google.mail.drafts[place.ref]
    google.mail.edit(place.ref, by_the_web("Dear Bob."))
    assert google.mail.drafts[place.ref] != before
    assert mailbox.find("draft-1@lindqvist.example.com", "tok-1", tuple(Role)) == []
    assert isinstance(mailbox, Anchored)
    found = mailbox.at(place)
    assert found is not None
    assert (found.place, found.content, found.role) == (place, by_the_web("Dear Bob."), Role.DRAFTS)
    assert not mailbox.remove_draft(place, letter())
    google.mail.discard(place.ref)
    assert mailbox.at(place) is None


def test_each_draft_is_looked_into_once_in_a_session(google: Google, mailbox: GmailMailbox) -> None:
    for number in range(6):
        mailbox.put_draft(letter(Message_ID=f"<{number}@example.org>", X_Weaktie_Draft=f"t{number}"))
    for number in range(6):
        assert len(mailbox.find("", f"t{number}", (Role.DRAFTS,))) == 1
    assert google.calls["gmail.users.messages.get"] == 6


@pytest.mark.parametrize("how", [{"how": "lost"}, {"how": "cut"}, {"status": 500}, {"status": 503}])
def test_a_draft_that_may_have_been_put_is_looked_for(
    google: Google, mailbox: GmailMailbox, how: dict[str, Any]
) -> None:
    google.fail(CREATE, **how)
    with pytest.raises(Ambiguous, match="may or may not"):
        mailbox.put_draft(letter())
    assert google.calls[CREATE] == 1
    found = mailbox.find("draft-1@lindqvist.example.com", "tok-1", (Role.DRAFTS,))
    assert len(found) == (1 if how.get("how") == "lost" else 0)


def test_too_many_requests_are_no_reason_to_doubt(google: Google, mailbox: GmailMailbox) -> None:
    google.fail(CREATE, status=429, reason="rateLimitExceeded", times=2)
    mailbox.put_draft(letter())
    assert len(google.mail.labelled("DRAFT")) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 400, "reason": "invalidArgument"}, Refused),
        ({"status": 403, "reason": "dailyLimitExceeded"}, Unavailable),
    ],
)
def test_a_definite_no_is_not_ambiguous(
    google: Google, mailbox: GmailMailbox, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    google.fail(CREATE, **fault)
    with pytest.raises(error) as caught:
        mailbox.put_draft(letter())
    assert not isinstance(caught.value, Ambiguous)


def test_a_report_is_unread_in_the_inbox(google: Google, mailbox: GmailMailbox) -> None:
    mailbox.put_inbox(letter())
    (report,) = google.mail.labelled("INBOX")
    assert set(report.labels) == {"INBOX", "UNREAD"}
    assert google.mail.outbox == []


def test_a_sign_in_for_reading_cannot_write_and_says_what_to_do(google: Google, tokens: FileTokens) -> None:
    google.sign_in(tokens, "mail", "gmail.metadata")
    with closing(GmailMailbox(tokens, "mail", endpoint=google.url)) as mailbox, pytest.raises(AuthFailed) as caught:
        mailbox.put_draft(letter())
    assert "weaktie auth mail" in caught.value.hint
    google.sign_in(tokens, "mail", "gmail.readonly", "gmail.compose")
    with closing(GmailMailbox(tokens, "mail", endpoint=google.url)) as mailbox:
        assert "Reports cannot be put there" in mailbox.check().warnings[0]


def test_what_was_approved_goes_out_once_and_nothing_else(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport
) -> None:
    place, step = mailbox.put_draft(letter()), Step(google)
    word = approved(letter(Date="Mon, 02 Mar 2026 09:00:00 +0000"), place)
    assert transport.send(word, step).reply
    assert (google.mail.outbox, step.taken) == ([word.content], 1)
    assert google.mail.drafts == {}
    with pytest.raises(Refused, match="no longer in Gmail"):
        transport.send(word, lambda: None)
    assert len(google.mail.outbox) == 1


@pytest.mark.parametrize("now", [letter("Hello Bob, dear."), letter(To="eve@example.org"), letter(Subject="Dinner?")])
def test_a_draft_that_says_something_else_is_not_sent(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport, now: bytes
) -> None:
    place, step = mailbox.put_draft(letter()), Step(google)
    google.mail.edit(place.ref, now)
    with pytest.raises(Refused, match="not what was approved"):
        transport.send(approved(letter(), place), step)
    assert (google.mail.outbox, step.taken) == ([], 0)


def test_what_gmail_spells_anew_is_still_the_same_letter(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport
) -> None:
    place = mailbox.put_draft(letter())
    respelt = by_the_web("Hello Bob.").replace(b"To: bob@example.net", b"To:\r\n bob@example.net")
    google.mail.edit(place.ref, b"Received: by 2002:a05 with SMTP id 1\r\n" + respelt + b"\r\n")
    transport.send(approved(letter(), place), Step(google))
    assert google.mail.outbox == [letter()]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"place": None}, "not known where"),
        ({"place": Place("INBOX", "1")}, "not known where"),
        ({"digest": "0"}, "digest differs"),
        ({"recipients": ("eve@example.org",)}, "same recipients"),
    ],
)
def test_an_approval_that_does_not_fit_sends_nothing(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport, changed: dict[str, Any], words: str
) -> None:
    place, step = mailbox.put_draft(letter()), Step(google)
    with pytest.raises(Refused, match=words):
        transport.send(replace(approved(letter(), place), **changed), step)
    assert (google.mail.outbox, step.taken) == ([], 0)


def test_a_sender_that_gmail_would_replace_is_refused(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport
) -> None:
    content = letter(From="alice@elsewhere.example.org")
    place = mailbox.put_draft(content)
    word = approved(content, place, sender="alice@elsewhere.example.org")
    with pytest.raises(Refused, match="would not send as"):
        transport.send(word, Step(google))
    google.mail.aliases.append("alice@elsewhere.example.org")
    transport.send(word, Step(google))


@pytest.mark.parametrize(("how", "went"), [({"how": "lost"}, 1), ({"how": "cut"}, 0), ({"status": 503}, 0)])
def test_a_lost_answer_is_ambiguous_and_nothing_is_sent_again(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport, how: dict[str, Any], went: int
) -> None:
    place, step = mailbox.put_draft(letter()), Step(google)
    google.fail(SEND, **how)
    with pytest.raises(Ambiguous):
        transport.send(approved(letter(), place), step)
    assert (google.calls[SEND], step.taken, len(google.mail.outbox)) == (1, 1, went)
    assert len(mailbox.find("draft-1@lindqvist.example.com", "tok-1", (Role.SENT,))) == went


def test_before_the_step_all_trouble_is_harmless(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport
) -> None:
    place, step = mailbox.put_draft(letter()), Step(google)
    google.fail("gmail.users.drafts.get", status=503, times=100)
    with pytest.raises(Unavailable):
        transport.send(approved(letter(), place), step)
    assert (step.taken, google.calls[SEND]) == (0, 0)


def test_a_step_that_cannot_be_taken_sends_nothing(
    google: Google, mailbox: GmailMailbox, transport: GmailTransport
) -> None:
    def broken() -> None:
        raise RuntimeError("no room on the disk")

    place = mailbox.put_draft(letter())
    with pytest.raises(RuntimeError):
        transport.send(approved(letter(), place), broken)
    assert google.mail.outbox == []


def test_they_open_by_kind_and_check_tells_the_account(google: Google, tokens: FileTokens) -> None:
    settings: dict[str, Any] = {"tokens": tokens, "name": "mail", "endpoint": google.url}
    with closing(open_mailbox("gmail", **settings)) as mailbox:
        assert ADDRESS in mailbox.check().summary
    assert ADDRESS in open_transport("gmail", **settings).check().summary
