"""The seam: what a source, an outlet and a transport promise.

A source reads and never writes. It is told where it stopped (one opaque JSON value per stream) and yields
batches; the caller stores a batch's records and its cursor in one transaction, so a crash replays at most one
batch. A stream is a folder, a file or a calendar. Newest mail comes first on a first read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, Protocol, runtime_checkable

from connectors.records import Record, Role

Json = Any
Cursors = Mapping[str, Json]


WHOLE = "folder"
"""What a stream that cannot be read at all is called among what could not be read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one stream and the cursor that stands behind them.

    `series`: uids of events whose instances in `records` are complete; what the store holds beyond them for
    these uids is withdrawn. `expected`: how many records this stream still holds, where the source knows.
    `restart` is true when the stream was started anew (UIDVALIDITY changed, file replaced, sync token refused).
    """

    stream: str
    records: tuple[Record, ...]
    cursor: Json
    series: tuple[str, ...] = ()
    expected: int | None = None
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """One folder, file or calendar of a source, as `doctor` shows it."""

    name: str
    role: Role = Role.OTHER
    messages: int | None = None
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """What a source or outlet found when asked to show itself: signs of life in words, and its streams."""

    summary: str
    streams: tuple[Stream, ...] = ()
    warnings: tuple[str, ...] = ()


def counted(number: int, noun: str) -> str:
    """(1, "message") -> "1 message", (2, "message") -> "2 messages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Source(Protocol):
    """A place facts come from. Every call may raise ConnectorError."""

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """Yield what is new since `cursors`, stream by stream, each with its next cursor."""
        ...

    def check(self) -> Health:
        """Sign in or open, look, change nothing."""
        ...

    def close(self) -> None:
        """Let go of connections and files; safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """One message a source holds at this moment. `ref` is what its record is called; no `message_id` where none is."""

    stream: str
    ref: str
    message_id: str = ""


@runtime_checkable
class Countable(Protocol):
    """A source that can tell what it holds without reading it all again; others are polled from the start."""

    def inventory(self) -> Iterator[Held]:
        """Every message `poll` would ever yield, folder by folder. Changes nothing."""
        ...

    def look_up(self, stream: str, refs: Sequence[str]) -> Iterator[Record]:
        """The records of some of them, read anew; those that are gone are left out."""
        ...


@runtime_checkable
class Watchable(Protocol):
    """A source that can tell when something comes. A wake-up call and nothing more: `poll` finds what there is."""

    def watch(self, news: Callable[[], None], stop: Event) -> None:
        """Call `news` whenever something may have come, until `stop` is set.

        Returns early where the server cannot tell. Raises AuthFailed; other faults it gets over by itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message of ours lies: folder, UIDVALIDITY and UID on a server, file name in a Maildir."""

    folder: str
    ref: str
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A copy of a message of ours: its place and its exact bytes."""

    place: Place
    content: bytes
    role: Role = Role.OTHER


class Mailbox(Protocol):
    """An outlet into the owner's own mailbox: puts drafts and reports there and finds them again."""

    def put_draft(self, content: bytes) -> Place:
        """APPEND to the Drafts folder with \\Draft. Raises Ambiguous when the answer was lost."""
        ...

    def put_inbox(self, content: bytes) -> Place:
        """APPEND to the INBOX, unseen. Raises Ambiguous when the answer was lost."""
        ...

    def put_sent(self, content: bytes) -> Place:
        """File a copy in the Sent folder, for servers that do not do it themselves."""
        ...

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Every copy in folders of these roles whose Message-ID or draft token equals exactly."""
        ...

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Remove the draft at `place` if its bytes are still `content`; False when it was edited or is gone."""
        ...

    def check(self) -> Health:
        """Sign in or open, look, change nothing."""
        ...

    def close(self) -> None:
        """Let go of connections; safe to call twice."""
        ...


@runtime_checkable
class Anchored(Protocol):
    """A mailbox in which a draft keeps its place through every edit, even one that leaves out its id and token."""

    def at(self, place: Place) -> Found | None:
        """The draft that lies at a place now, whatever it says; None where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Approved:
    """The owner's word on exact bytes: what may go out, to whom, and who said so when.

    `digest` is the SHA-256 hex digest of `content`; a transport refuses a value whose digest does not match.
    `place` is where the draft lies, for transports that send the draft itself.
    """

    content: bytes
    digest: str
    sender: str
    recipients: tuple[str, ...]
    approved_by: str
    approved_at: datetime
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The server's own word that it took the message over."""

    reply: str
    extra: dict[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """Submission of mail. `committing` is called, and must return, before the first byte of the message."""

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Send once. Raises Unavailable or Refused while nothing can have gone out, Ambiguous afterwards."""
        ...

    def check(self) -> Health:
        """Connect and sign in, send nothing."""
        ...


class Committing(Protocol):
    """Called by a transport after the server's 354 and before the body; must make the step durable."""

    def __call__(self) -> None: ...
