"""Gmail by its API: header fields only (format `metadata`), everything once, and from then on the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from typing import Any

from connectors.base import Batch, Cursors, Health, Held, Stream, counted
from connectors.errors import CursorLost, NotFound, Refused, Unavailable
from connectors.files.reading import is_excluded
from connectors.google.access import Stuck
from connectors.google.account import Account
from connectors.google.gmail_cursor import Cursor, arrived, parse, reached
from connectors.google.gmail_message import SKIPPED, SYSTEM, Labels, label_ids, record, role_of
from connectors.google.trouble import LATER
from connectors.mime_fields import HEADER_FIELDS
from connectors.net import clean
from connectors.records import Malformed, Record

STREAM = "Gmail"
PAGE = 100
"""Messages in a batch. At Google's pace they take twenty seconds: what was read is soon stored, a stop soon obeyed."""

PATIENCE = 20
"""Messages that may be stuck at a time, and be asked for again; with more of them the trouble is not theirs."""

KINDS = ["messageAdded", "messageDeleted", "labelRemoved"]


@dataclass
class GmailSource(Account):
    """The headers of a Gmail account's mail. See connectors.base.Source for the contract; the stream is one.

    `exclude`: labels whose messages are never handed over (`*` and `?` match). The first of the permissions cannot see
    bodies.
    """

    API = "gmail"
    READING = (frozenset({"gmail.metadata"}), frozenset({"gmail.readonly"}), frozenset({"gmail.modify"}))

    _: KW_ONLY
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Contacts nothing, and loads nothing of Google's yet."""
        super().__post_init__()
        self._labels = Labels(SYSTEM)

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What came since, then what lies further back, newest first; everything again where Gmail lost the thread."""
        at, restart = parse(cursors.get(STREAM)), False
        if at is not None:
            try:
                for batch in self._news(at):
                    at = parse(batch.cursor) or at
                    yield batch
            except CursorLost:
                at, restart = None, True
        at = at or self._beginning()
        if at.page is not None:
            yield from self._past(at, restart=restart)

    def check(self) -> Health:
        """Sign in, count, change nothing."""
        profile = self._profile()
        self._learn_labels()
        address, total = clean(str(profile.get("emailAddress", ""))), int(profile.get("messagesTotal") or 0)
        streams = [Stream(STREAM, messages=total)]
        streams += [Stream(SYSTEM[label], role, skipped=why) for label, (role, why) in SKIPPED.items()]
        warnings = self._upkeep()
        names = set(self._labels.names.values())
        unmatched = [p for p in self.exclude if not any(is_excluded(name, (p,)) for name in names)]
        warnings += [f"exclude_labels names {pattern!r}, but there is no such label." for pattern in unmatched]
        summary = f"Signed in to Gmail as {address}: {counted(total, 'message')}."
        return Health(summary, tuple(streams), tuple(warnings))

    def inventory(self) -> Iterator[Held]:
        """What `poll` would read, by id alone."""
        self._connected()
        if self.exclude:
            self._learn_labels()
        barred = [label for label, name in self._labels.names.items() if self._is_barred(label, name)]
        out = {ref for label in barred for ref in self._listed(labelIds=[label])}
        for ref in self._listed():
            if ref not in out:
                yield Held(STREAM, ref)

    def look_up(self, stream: str, refs: Sequence[str]) -> Iterator[Record]:
        """The records of messages by the names `inventory` gave them."""
        for start in range(0, len(refs) if stream == STREAM else 0, PAGE):
            yield from self._read(refs[start : start + PAGE])[0]

    def _profile(self) -> Any:
        client = self._connected()
        profile = client.call(lambda api: api.users().getProfile(userId="me"), cost=1)
        client.belongs_to(self.account, str(profile.get("emailAddress", "")))
        return profile

    def _beginning(self) -> Cursor:
        """Nothing read yet. The historyId is taken before anything is listed."""
        profile = self._profile()
        return Cursor(str(int(profile["historyId"])), total=int(profile.get("messagesTotal") or 0))

    def _news(self, at: Cursor) -> Iterator[Batch]:
        """Raises CursorLost where Gmail keeps no history from there any more."""
        asked = partial(_history, since=at.history)
        pages = self._connected().pages(asked, cost=2)
        for number in range(1_000_000):
            try:
                page = next(pages, None)
            except (NotFound, Refused) as error:
                if number == 0:
                    raise CursorLost(str(error)) from error
                return  # a page token that ran out: what was read is stored, the next poll goes on from there
            if page is None:
                return
            ids = dict.fromkeys([*at.again, *arrived(page.get("history") or ())])
            records, stuck = self._read(tuple(ids), known=at.again)
            after = replace(at, history=reached(page, at.history), again=stuck)
            if records or after != at:
                yield Batch(STREAM, tuple(records), after.json())
            at = after

    def _past(self, at: Cursor, *, restart: bool) -> Iterator[Batch]:
        renewed = False
        while at.page is not None:
            try:
                page = self._connected().call(partial(_list, token=at.page))
            except Refused:
                if renewed or not at.page:
                    raise
                at, renewed = replace(at, page=""), True  # the page token ran out: the list begins anew
                continue
            ids = [str(message["id"]) for message in page.get("messages") or ()]
            records, stuck = self._read(ids, known=at.again)
            follows = str(page.get("nextPageToken") or "") or None
            if follows and follows == at.page:
                raise Unavailable("Gmail gives the same page of messages again and again.", hint=LATER)
            at = replace(at, page=follows, again=tuple(dict.fromkeys([*at.again, *stuck]))[-PATIENCE:])
            yield Batch(STREAM, tuple(records), at.json(), expected=at.total, restart=restart)
            restart = False

    def _read(self, ids: Sequence[str], known: Sequence[str] = ()) -> tuple[list[Record], tuple[str, ...]]:
        """Records of those that are there and to be read, and the ids Gmail would not deliver this time.

        Of the latter those not `known` before are told as Malformed. Raises Unavailable where there are many.
        """
        client = self._connected()
        asks = (partial(_get, ref=ref) for ref in ids)
        records: list[Record] = []
        stuck: list[str] = []
        for ref, answer in zip(ids, client.each(asks), strict=True):
            if not isinstance(answer, Stuck) and answer.get("id") == ref:
                records += self._record(answer)
            elif isinstance(answer, Stuck) and isinstance(answer.error, NotFound):
                continue  # deleted between being listed and being asked for
            else:
                why = answer.error if isinstance(answer, Stuck) else Unavailable("Gmail sent another message for it.")
                records += [] if ref in known else [Malformed(ref, STREAM, clean(f"Gmail does not deliver it: {why}"))]
                stuck += [] if why.permanent else [ref]
                if len(set(stuck) - set(known)) > PATIENCE:
                    raise why
        return records, tuple(stuck)

    def _record(self, message: Any) -> list[Record]:
        ids = label_ids(message)
        if self._labels.unknown(ids):
            self._learn_labels()
        role = role_of(ids)
        if role is None or any(is_excluded(name, self.exclude) for name in self._labels.called(ids)):
            return []
        return [record(message, role, self._labels)]

    def _learn_labels(self) -> None:
        told = self._connected().call(lambda api: api.users().labels().list(userId="me"), cost=1)
        self._labels = Labels.of(told.get("labels") or ())

    def _is_barred(self, label: str, name: str) -> bool:
        """Whether mail with this label is in the list, but is not read; the list leaves spam and trash out itself."""
        return label in ("DRAFT", "CHAT") or is_excluded(name, self.exclude)

    def _listed(self, **more: Any) -> Iterator[str]:
        for page in self._connected().pages(partial(_list, **more)):
            yield from (str(message["id"]) for message in page.get("messages") or ())


def _history(api: Any, token: str, since: str) -> Any:
    more = {"pageToken": token} if token else {}
    return api.users().history().list(userId="me", startHistoryId=since, historyTypes=KINDS, maxResults=PAGE, **more)


def _list(api: Any, token: str = "", **more: Any) -> Any:
    more |= {"pageToken": token} if token else {}
    return api.users().messages().list(userId="me", maxResults=PAGE, includeSpamTrash=False, **more)


def _get(api: Any, ref: str) -> Any:
    messages = api.users().messages()
    return messages.get(userId="me", id=ref, format="metadata", metadataHeaders=list(HEADER_FIELDS))
