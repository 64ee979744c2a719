"""A Gmail mailbox: messages under labels, a history with gaps, drafts whose message is another one after each edit."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from functools import cached_property
from itertools import count
from typing import Any

from tests.servers.google_problem import Problem

ADDRESS = "alice@lindqvist.example.com"
Given = dict[str, Any]
Answer = dict[str, Any]
_STEP = 7
"""Ids of the history increase and are not contiguous."""


@dataclass(frozen=True)
class Stored:
    """One message. It never changes but for its labels."""

    id: str
    thread: str
    raw: bytes
    labels: tuple[str, ...]
    at: int
    history: int

    @cached_property
    def header(self) -> Message:
        """Its header, parsed leniently."""
        return BytesHeaderParser().parsebytes(self.raw)


class Mail:
    """The mailbox of ADDRESS. `renames`: mail that is sent gets another Message-ID, as some ways of sending do."""

    def __init__(self) -> None:
        self.messages: dict[str, Stored] = {}
        self.drafts: dict[str, str] = {}
        self.own_labels: dict[str, str] = {}
        self.aliases = [ADDRESS]
        self.outbox: list[bytes] = []
        self.renames = False
        self.history_id = 1000
        self.kept_since = 1
        self._history: list[dict[str, Any]] = []
        self._threads: dict[str, str] = {}
        self._numbers = count(0x18F0000000000001)
        self.tokens_run_out = False
        self.on_page: Any = None

    # What happens to the mailbox.

    def deliver(self, raw: bytes, *labels: str, thread: str = "", at: datetime | None = None) -> Stored:
        """A message is stored, without anything being sent; INBOX and UNREAD unless other labels are given."""
        ref = f"{next(self._numbers):016x}"
        when = at or _date(raw) or datetime(2026, 3, 2, 9, tzinfo=UTC)
        made = Stored(
            ref, thread or self._thread(raw) or ref, raw, labels or ("INBOX", "UNREAD"), _ms(when), self._next()
        )
        self.messages[ref] = made
        self._threads.setdefault(str(made.header["Message-ID"]), made.thread)
        self._note("messagesAdded", made)
        return made

    def relabel(self, ref: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        """Labels are put on and taken off."""
        old = self.messages[ref]
        labels = (*(label for label in old.labels if label not in remove), *add)
        new = Stored(old.id, old.thread, old.raw, labels, old.at, self._next())
        self.messages[ref] = new
        if remove:
            self._note("labelsRemoved", new, labelIds=list(remove))
        if add:
            self._note("labelsAdded", new, labelIds=list(add))

    def delete(self, ref: str) -> None:
        """A message is gone for good."""
        self._next()
        self._note("messagesDeleted", self.messages.pop(ref))

    def label(self, name: str) -> str:
        """A label of the owner's; its id."""
        ref = f"Label_{len(self.own_labels) + 1}"
        self.own_labels[ref] = name
        return ref

    def forget_history(self) -> None:
        """What happened so far is too long ago."""
        self.kept_since = self.history_id + 1
        self.history_id += _STEP

    def edit(self, draft: str, raw: bytes) -> None:
        """The owner edits a draft: the message it holds is another one now, in the same thread."""
        old = self.messages[self.drafts[draft]]
        self.delete(old.id)
        self.drafts[draft] = self.deliver(raw, "DRAFT", thread=old.thread).id

    def discard(self, draft: str) -> None:
        """The owner throws a draft away."""
        self.delete(self.drafts.pop(draft))

    def send(self, draft: str, raw: bytes | None = None) -> Stored:
        """A draft goes out: it is gone, and a new message with the label SENT is there."""
        old = self.messages[self.drafts[draft]]
        self.discard(draft)
        content = old.raw if raw is None else raw
        if self.renames:
            content = re.sub(rb"(?im)^Message-ID:.*$", b"Message-ID: <CAF+new@mail.gmail.com>", content)
        self.outbox.append(content)
        return self.deliver(content, "SENT", thread=old.thread, at=datetime.now(UTC))

    def labelled(self, label: str) -> list[Stored]:
        """The messages with a label, the newest first."""
        found = [message for message in self.messages.values() if label in message.labels]
        return sorted(found, key=lambda message: (message.at, message.id), reverse=True)

    # The API.

    def getprofile(self, _: Given) -> Answer:
        threads = len({message.thread for message in self.messages.values()})
        counts = {"messagesTotal": len(self.messages), "threadsTotal": threads}
        return {"emailAddress": ADDRESS, "historyId": str(self.history_id), **counts}

    def labels_list(self, _: Given) -> Answer:
        system = ("INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "UNREAD", "IMPORTANT", "CATEGORY_PROMOTIONS")
        own = [{"id": ref, "name": name, "type": "user"} for ref, name in self.own_labels.items()]
        return {"labels": [{"id": label, "name": label, "type": "system"} for label in system] + own}

    def settings_sendas_list(self, _: Given) -> Answer:
        return {"sendAs": [{"sendAsEmail": one, "isPrimary": one == ADDRESS} for one in self.aliases]}

    def messages_list(self, given: Given) -> Answer:
        if "q" in given and given["metadata_only"]:
            raise Problem(403, "forbidden", "Metadata scope does not support 'q' parameter")
        after, labels = self._after(given.get("pageToken", "")), set(given.get("labelIds", ()))
        out = set() if given.get("includeSpamTrash") or {"SPAM", "TRASH"} & labels else {"SPAM", "TRASH"}
        found = [one for one in self.messages.values() if labels <= set(one.labels) and not out & set(one.labels)]
        found = [one for one in found if (one.at, one.id) < after and _matches(one, given.get("q", ""))]
        found.sort(key=lambda one: (one.at, one.id), reverse=True)
        page = found[: min(given.get("maxResults", 100), 500)]
        told: Answer = {"resultSizeEstimate": len(found)}
        if page:
            told["messages"] = [{"id": one.id, "threadId": one.thread} for one in page]
        if len(found) > len(page):
            told["nextPageToken"] = f"p{page[-1].at}-{page[-1].id}"
        if self.on_page:
            self.on_page()
        return told

    def messages_get(self, given: Given) -> Answer:
        form = given.get("format", "full")
        if given["metadata_only"] and form not in ("metadata", "minimal"):
            raise Problem(403, "forbidden", f"Metadata scope doesn't allow format {form.upper()}")
        if given["id"] not in self.messages:
            raise Problem(404, "notFound", "Requested entity was not found.")
        return _shown(self.messages[given["id"]], form, given.get("metadataHeaders", ()))

    def messages_insert(self, given: Given) -> Answer:
        body = given["body"]
        made = self.deliver(_decoded(body["raw"]), *body.get("labelIds", ()), thread=body.get("threadId", ""))
        return _shown(made, "minimal")

    def history_list(self, given: Given) -> Answer:
        start = int(given["startHistoryId"])
        if start < self.kept_since or start == 0:
            raise Problem(404, "notFound", "Requested entity was not found.")
        asked = given.get("historyTypes", ())
        kinds = {kind.replace("message", "messages").replace("label", "labels") for kind in asked}
        start = max(start, self._after_entry(given.get("pageToken", "")))
        entries = [entry for entry in self._history if int(entry["id"]) > start]
        entries = [entry for entry in entries if not kinds or kinds & entry.keys()]
        page = entries[: min(given.get("maxResults", 100), 500)]
        told: Answer = {"historyId": str(self.history_id)}
        if page:
            told["history"] = page
        if len(entries) > len(page):
            told["nextPageToken"] = f"h{page[-1]['id']}"
        return told

    def drafts_list(self, given: Given) -> Answer:
        held = sorted(self.drafts.items(), key=lambda item: item[1], reverse=True)
        start, size = int(given.get("pageToken", 0)), given.get("maxResults", 100)
        page = held[start : start + size]
        shown = [{"id": draft, "message": _shown(self.messages[ref], "ids")} for draft, ref in page]
        more = {"nextPageToken": str(start + size)} if len(held) > start + size else {}
        return {"drafts": shown, "resultSizeEstimate": len(held), **more} if page else {"resultSizeEstimate": 0}

    def drafts_create(self, given: Given) -> Answer:
        message = given["body"]["message"]
        made = self.deliver(_decoded(message["raw"]), "DRAFT", thread=message.get("threadId", ""), at=datetime.now(UTC))
        draft = f"r-{next(self._numbers)}"
        self.drafts[draft] = made.id
        return {"id": draft, "message": _shown(made, "minimal")}

    def drafts_get(self, given: Given) -> Answer:
        shown = _shown(self.messages[self._draft(given["id"])], given.get("format", "full"))
        return {"id": given["id"], "message": shown}

    def drafts_delete(self, given: Given) -> None:
        self._draft(given["id"])
        self.discard(given["id"])

    def drafts_send(self, given: Given) -> Answer:
        body = given["body"]
        self._draft(body["id"])
        raw = body.get("message", {}).get("raw")
        content = _decoded(raw) if raw else self.messages[self.drafts[body["id"]]].raw
        if not message_from_bytes(content)["To"]:
            raise Problem(400, "invalidArgument", "Recipient address required")
        return _shown(self.send(body["id"], content), "minimal")

    def _draft(self, ref: str) -> str:
        if ref not in self.drafts:
            raise Problem(404, "notFound", "Requested entity was not found.")
        return self.drafts[ref]

    def _after(self, token: str) -> tuple[int, str]:
        if not token:
            return (1 << 62, "")
        found = re.fullmatch(r"p(-?\d+)-(\w+)", token)
        if found is None or self.tokens_run_out:
            self.tokens_run_out = False
            raise Problem(400, "invalidArgument", "Invalid pageToken")
        return int(found[1]), found[2]

    def _after_entry(self, token: str) -> int:
        if token and self.tokens_run_out:
            self.tokens_run_out = False
            raise Problem(400, "invalidArgument", "Invalid pageToken")
        return int(token[1:] or 0)

    def _thread(self, raw: bytes) -> str:
        header = BytesHeaderParser().parsebytes(raw)
        named = f"{header['In-Reply-To'] or ''} {header['References'] or ''}".split()
        return next((self._threads[name] for name in named if name in self._threads), "")

    def _next(self) -> int:
        self.history_id += _STEP
        return self.history_id

    def _note(self, kind: str, message: Stored, **more: Any) -> None:
        shown = _shown(message, "ids") | {"labelIds": list(message.labels)}
        named = {"id": str(self.history_id), "messages": [_shown(message, "ids")]}
        self._history.append(named | {kind: [{"message": shown, **more}]})


def _matches(message: Stored, q: str) -> bool:
    """The few words of Gmail's search that are used here. As there, case does not matter."""
    wanted = re.search(r"rfc822msgid:<?([^\s>]+)", q)
    has = str(message.header["Message-ID"] or "").strip().strip("<>")
    return wanted is None or has.lower() == wanted[1].lower()


def _shown(message: Stored, form: str, names: Sequence[str] = ()) -> Answer:
    told: Answer = {"id": message.id, "threadId": message.thread}
    if form == "ids":
        return told
    told |= {"labelIds": list(message.labels), "snippet": "…", "sizeEstimate": len(message.raw)}
    told |= {"historyId": str(message.history), "internalDate": str(message.at)}
    if form == "raw":
        return told | {"raw": base64.urlsafe_b64encode(message.raw).decode()}
    if form in ("metadata", "full"):
        wanted = {name.lower() for name in names}
        fields = [(name, value) for name, value in message.header.items() if not wanted or name.lower() in wanted]
        listed = [{"name": name, "value": _unfolded(value)} for name, value in fields]
        told["payload"] = {"mimeType": "text/plain", "headers": listed}
    return told


def _unfolded(value: Any) -> str:
    text = re.sub(r"\r?\n(?=[ \t])", "", str(value))
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decoded(raw: str) -> bytes:
    return base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))


def _date(raw: bytes) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(BytesHeaderParser().parsebytes(raw)["Date"]))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000
