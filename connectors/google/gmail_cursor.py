"""Where reading of a Gmail mailbox stands. Pure.

https://developers.google.com/workspace/gmail/api/guides/sync: list everything, then ask for the history since; the
historyId is taken before the list, so that what changes meanwhile is in the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.base import Json
from connectors.google.gmail_message import SKIPPED


@dataclass(frozen=True, slots=True)
class Cursor:
    """All that came up to `history` is read but for `again`, and of what was there before all above `page`.

    `page` is the token of the next page of the list, empty for its first, None once the list is done. `again`: ids of
    messages that Gmail listed and would not deliver. `total`: how many messages there were at the beginning.
    """

    history: str
    page: str | None = ""
    again: tuple[str, ...] = ()
    total: int | None = None

    def json(self) -> Json:
        """For the caller to keep."""
        return {"history": self.history, "page": self.page, "again": list(self.again), "total": self.total}


def parse(value: Json) -> Cursor | None:
    """What the caller kept; None for nothing or for anything that is not a cursor of ours."""
    try:
        page, total = value["page"], value["total"]
        again = tuple(str(ref) for ref in value["again"])
        history = str(int(value["history"]))
    except (TypeError, KeyError, ValueError):
        return None
    return Cursor(history, None if page is None else str(page), again, total if isinstance(total, int) else None)


def arrived(history: Iterable[Any]) -> list[str]:
    """Ids of messages that came or are to be read from now on (no longer spam, say), and were not deleted since."""
    ids: dict[str, None] = {}
    for entry in history:
        for change in entry.get("messagesAdded", ()):
            ids[str(change["message"]["id"])] = None
        for change in entry.get("labelsRemoved", ()):
            if SKIPPED.keys() & set(change.get("labelIds", ())):
                ids[str(change["message"]["id"])] = None
        for change in entry.get("messagesDeleted", ()):
            ids.pop(str(change["message"]["id"]), None)
    return list(ids)


def reached(page: Any, before: str) -> str:
    """Up to where the history is known after this page: its last entry, and after the last page the mailbox's own."""
    if not page.get("nextPageToken"):
        return str(page.get("historyId") or before)
    entries = page.get("history") or ()
    return str(entries[-1]["id"]) if entries else before
