"""Approved drafts out through Gmail itself: drafts.send, at most once, and only what was approved.

The approved bytes go along with the call and replace what the draft holds, so nothing else can go out; the draft is
read before, and must still say the same. Sending ends the draft: a second call for it finds nothing to send.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from email import message_from_bytes
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.base import Approved, Committing, Health, Place, Sent
from connectors.errors import NotFound, Refused
from connectors.google import open_client
from connectors.google.access import Access
from connectors.mime import parse_headers
from connectors.net import clean, crlf
from connectors.oauth.tokens import TokenStore
from connectors.outlets.gmail_mailbox import DRAFTING, DRAFTS, coded, decoded
from connectors.outlets.smtp import checked
from connectors.records import MailRecord, Role

if TYPE_CHECKING:
    from connectors.google.client import Client

COST = 100


@dataclass
class GmailTransport:
    """See connectors.base.Transport. The settings are those of GmailSource."""

    tokens: TokenStore
    name: str
    _: KW_ONLY
    endpoint: str = ""
    timeout: float = 60.0

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Send the draft at `approved.place` once, with the approved bytes.

        Raises Refused where it is gone or says something else by now.
        """
        content = checked(approved)
        ref = _known(approved.place)
        client = self._client()
        try:
            lying = client.call(partial(_draft, ref=ref))["message"]
            _check_same(decoded(lying), content)
            _check_sender(client, approved.sender)
            committing()
            message = {"raw": coded(content), "threadId": str(lying["threadId"])}
            told = client.change(partial(_send, ref=ref, message=message), cost=COST)
        except NotFound as error:
            raise Refused("The draft is no longer in Gmail, so nothing was sent.") from error
        finally:
            client.close()
        return Sent(f"Gmail took it over as {clean(str(told.get('id')))}")

    def check(self) -> Health:
        """Sign in, send nothing."""
        client = self._client()
        try:
            profile = client.call(lambda api: api.users().getProfile(userId="me"), cost=1)
        finally:
            client.close()
        return Health(f"Signed in to Gmail as {clean(str(profile.get('emailAddress', '')))} for sending drafts.")

    def _client(self) -> Client:
        client = open_client("gmail", Access(self.tokens, self.name, self.endpoint, self.timeout))
        client.need(*DRAFTING)
        return client


def _known(place: Place | None) -> str:
    if place is None or place.folder != DRAFTS or not place.ref:
        raise Refused("It is not known where in Gmail the draft lies.", hint="Send it from Gmail yourself.")
    return place.ref


def _check_same(lying: bytes, approved: bytes) -> None:
    """What Gmail changes by itself does not count: Date, Message-ID, order and folding of fields, line ends, coding."""
    if _said(lying) != _said(approved):
        raise Refused("The draft in Gmail is not what was approved.", hint="Look at it, then approve it again.")


def _said(content: bytes) -> tuple[object, ...]:
    record = parse_headers(content, ref="", folder="", role=Role.OTHER)
    if not isinstance(record, MailRecord):
        raise Refused(f"The draft cannot be read: {record.reason}")
    people = ([one.address for one in record.from_], sorted(one.address for one in record.recipients))
    return (*people, record.subject, _texts(content))


def _texts(content: bytes) -> list[tuple[str, bytes]]:
    parts = [part for part in message_from_bytes(content).walk() if not part.is_multipart()]
    bodies = [(part.get_content_type(), part.get_payload(decode=True)) for part in parts]
    return [(kind, crlf(body).rstrip() if isinstance(body, bytes) else b"") for kind, body in bodies]


def _check_sender(client: Client, sender: str) -> None:
    """Gmail writes its own address into From where it does not know the one that stands there."""
    told = client.call(lambda api: api.users().settings().sendAs().list(userId="me"), cost=1)
    known = {str(one.get("sendAsEmail", "")).lower() for one in told.get("sendAs") or ()}
    if sender.lower() not in known:
        hint = f"Add {clean(sender)} in Gmail's settings (Accounts → Send mail as), or write from another address."
        raise Refused(f"Gmail would not send as {clean(sender)}.", hint=hint)


def _draft(api: Any, ref: str) -> Any:
    return api.users().drafts().get(userId="me", id=ref, format="raw")


def _send(api: Any, ref: str, message: dict[str, str]) -> Any:
    return api.users().drafts().send(userId="me", body={"id": ref, "message": message})
