"""The owner's own Gmail as a place for drafts and reports.

A draft of Gmail's keeps its id whatever becomes of it, while the message in it is another one after every edit, and
what the web program writes anew has neither our Message-ID nor our token. So a draft is also known by its place.
Search would answer late and cannot look for a token: drafts are listed and their header fields compared.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.base import Found, Health, Place, Stream
from connectors.errors import AuthFailed, NotFound, Refused, Unavailable
from connectors.google import open_client
from connectors.google.access import Access, Stuck
from connectors.google.gmail_message import header, label_ids
from connectors.mime import message_id
from connectors.mime_header import split_header
from connectors.net import clean, crlf
from connectors.oauth.tokens import TokenStore
from connectors.outlets.ours import FIELDS, Wanted
from connectors.records import Role

if TYPE_CHECKING:
    from connectors.google.client import Client

DRAFTS = "Drafts"
MOST_DRAFTS = 500
"""Drafts whose header is looked at, the newest."""

LATEST_SENT = 25
"""Sent mails looked at where a search by id finds nothing: on the way out Gmail may have given another id."""

ROLES = {"DRAFT": Role.DRAFTS, "TRASH": Role.TRASH, "SPAM": Role.JUNK, "SENT": Role.SENT, "INBOX": Role.INBOX}
FOLDERS = {Role.SENT: "Sent", Role.INBOX: "Inbox", Role.TRASH: "Trash", Role.JUNK: "Spam", Role.ARCHIVE: "All Mail"}
SEEING = (frozenset({"gmail.readonly"}), frozenset({"gmail.modify"}))
DRAFTING = (frozenset({"gmail.readonly", "gmail.compose"}), frozenset({"gmail.modify"}))
PLACING = (frozenset({"gmail.insert"}), frozenset({"gmail.modify"}))


@dataclass
class GmailMailbox:
    """See connectors.base.Mailbox and Anchored. The settings are those of GmailSource."""

    tokens: TokenStore
    name: str
    _: KW_ONLY
    endpoint: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Contacts nothing, and loads nothing of Google's yet."""
        self._client: Client | None = None
        self._headers: dict[str, bytes] = {}

    def put_draft(self, content: bytes) -> Place:
        """A draft, in the conversation it answers where that is known."""
        message = {"raw": coded(crlf(content))}
        thread = self._thread(content)
        if thread:
            try:
                return self._created({**message, "threadId": thread})
            except (Refused, NotFound):
                pass  # not taken into that conversation, say for its subject: it stands alone then
        return self._created(message)

    def put_inbox(self, content: bytes) -> Place:
        """A message in the inbox, unread; nothing is sent."""
        return self._inserted(content, Role.INBOX, "INBOX", "UNREAD")

    def put_sent(self, content: bytes) -> Place:
        """A copy among the sent mail, for what another server sent."""
        return self._inserted(content, Role.SENT, "SENT")

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Every copy with exactly this id or token. In the trash a copy is found by its id alone."""
        wanted = Wanted.of(message_id, token)
        if not wanted:
            return []
        found = list(self._among_drafts(wanted)) if Role.DRAFTS in roles else []
        elsewhere = self._named(wanted)
        if Role.SENT in roles and not any(role is Role.SENT for _, role in elsewhere):
            latest = self._client_for(SEEING).call(partial(_listed, labelIds=["SENT"], maxResults=LATEST_SENT))
            elsewhere += self._matching(latest, wanted)
        return found + [copy for ref, role in elsewhere if role in roles for copy in self._message(ref, role)]

    def at(self, place: Place) -> Found | None:
        """The draft that lies at a place now, whatever it says; None where it is gone."""
        if place.folder != DRAFTS or not place.ref:
            return None
        try:
            told = self._client_for(SEEING).call(partial(_draft, ref=place.ref, form="raw"))
        except (NotFound, Refused):
            return None
        return Found(Place(DRAFTS, place.ref), crlf(decoded(told["message"])), Role.DRAFTS)

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Delete the draft at `place` if its bytes, line ends apart, are `content`."""
        lying = self.at(place)
        if lying is None or lying.content != crlf(content):
            return False
        try:
            self._client_for(DRAFTING).change(lambda api: api.users().drafts().delete(userId="me", id=place.ref))
        except NotFound:
            return False
        return True

    def check(self) -> Health:
        """Sign in and look at the permissions; change nothing."""
        client = self._client_for(SEEING)
        profile = client.call(lambda api: api.users().getProfile(userId="me"), cost=1)
        streams = (Stream(DRAFTS, Role.DRAFTS), Stream(FOLDERS[Role.SENT], Role.SENT))
        warnings = tuple(_lacking(client))
        address = clean(str(profile.get("emailAddress", "")))
        return Health(f"Signed in to Gmail as {address}.", streams, warnings)

    def close(self) -> None:
        """Let go of connections; safe to call twice."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _client_for(self, permissions: tuple[frozenset[str], ...]) -> Client:
        if self._client is None:
            self._client = open_client("gmail", Access(self.tokens, self.name, self.endpoint, self.timeout))
        self._client.need(*permissions)
        return self._client

    def _created(self, message: Mapping[str, str]) -> Place:
        client = self._client_for(DRAFTING)
        made = client.change(lambda api: api.users().drafts().create(userId="me", body={"message": message}))
        return Place(DRAFTS, str(made["id"]))

    def _inserted(self, content: bytes, role: Role, *labels: str) -> Place:
        body = {"raw": coded(crlf(content)), "labelIds": list(labels)}
        client = self._client_for(PLACING)
        made = client.change(lambda api: api.users().messages().insert(userId="me", body=body), cost=25)
        return Place(FOLDERS[role], str(made["id"]))

    def _thread(self, content: bytes) -> str:
        """The conversation that holds what `content` answers; empty where it answers nothing, or nothing we see."""
        answered = message_id(split_header(content).first("in-reply-to"))
        if not answered:
            return ""
        told = self._client_for(SEEING).call(partial(_listed, q=f"rfc822msgid:{answered}", maxResults=1))
        return next((str(message["threadId"]) for message in told.get("messages") or ()), "")

    def _among_drafts(self, wanted: Wanted) -> Iterator[Found]:
        told = self._client_for(SEEING).call(partial(_drafts, maxResults=MOST_DRAFTS))
        by_message = {str(draft["message"]["id"]): str(draft["id"]) for draft in told.get("drafts") or ()}
        self._learn([ref for ref in by_message if ref not in self._headers])
        for ref, draft in by_message.items():
            lying = self.at(Place(DRAFTS, draft)) if wanted.is_in(self._headers.get(ref, b"")) else None
            if lying is not None:
                yield lying

    def _named(self, wanted: Wanted) -> list[tuple[str, Role]]:
        """Copies outside Drafts by their Message-ID, which Gmail compares without regard to case."""
        if not wanted.message_id:
            return []
        search = partial(_listed, q=f"rfc822msgid:{wanted.message_id}", includeSpamTrash=True, maxResults=50)
        return self._matching(self._client_for(SEEING).call(search), wanted)

    def _matching(self, listed: Any, wanted: Wanted) -> list[tuple[str, Role]]:
        refs = [str(message["id"]) for message in listed.get("messages") or ()]
        asks = (partial(_message, ref=ref, form="metadata", metadataHeaders=list(FIELDS)) for ref in refs)
        found: list[tuple[str, Role]] = []
        for ref, told in zip(refs, self._client_for(SEEING).each(asks), strict=True):
            if not isinstance(told, Stuck) and wanted.is_in(_fields(told)):
                role = next((role for label, role in ROLES.items() if label in label_ids(told)), Role.ARCHIVE)
                found += [(ref, role)] if role is not Role.DRAFTS else []
            elif isinstance(told, Stuck) and not told.error.permanent:
                raise told.error
        return found

    def _message(self, ref: str, role: Role) -> Iterator[Found]:
        try:
            told = self._client_for(SEEING).call(partial(_message, ref=ref, form="raw"))
        except NotFound:
            return
        yield Found(Place(FOLDERS[role], ref), crlf(decoded(told)), role)

    def _learn(self, refs: list[str]) -> None:
        """Header fields of messages in drafts. A message never changes, so each is asked for once."""
        asks = (partial(_message, ref=ref, form="metadata", metadataHeaders=list(FIELDS)) for ref in refs)
        for ref, told in zip(refs, self._client_for(SEEING).each(asks), strict=True):
            if not isinstance(told, Stuck):
                self._headers[ref] = _fields(told)
            elif not told.error.permanent:
                raise told.error


def _lacking(client: Client) -> Iterator[str]:
    for what, permissions in (("Drafts cannot be put there.", DRAFTING), ("Reports cannot be put there.", PLACING)):
        try:
            client.need(*permissions)
        except AuthFailed as error:
            yield f"{what} {error} {error.hint}"


def coded(content: bytes) -> str:
    """As Gmail wants a message in JSON."""
    return base64.urlsafe_b64encode(content).decode("ascii")


def decoded(message: Any) -> bytes:
    """The bytes of a message in the format `raw`. Raises Unavailable for an answer without them."""
    try:
        raw = str(message["raw"])
        return base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    except (KeyError, ValueError) as error:
        raise Unavailable("Gmail sent a message that cannot be decoded.", hint="It is tried again later.") from error


def _fields(message: Any) -> bytes:
    try:
        return header(message["payload"].get("headers") or ())
    except (KeyError, TypeError, AttributeError):
        return b""


def _listed(api: Any, **more: Any) -> Any:
    return api.users().messages().list(userId="me", **more)


def _drafts(api: Any, **more: Any) -> Any:
    return api.users().drafts().list(userId="me", **more)


def _draft(api: Any, ref: str, form: str) -> Any:
    return api.users().drafts().get(userId="me", id=ref, format=form)


def _message(api: Any, ref: str, form: str, **more: Any) -> Any:
    return api.users().messages().get(userId="me", id=ref, format=form, **more)
