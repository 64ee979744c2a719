"""The report into the owner's INBOX, once: the row is committed first, and what is unsure is looked up, not redone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from agent.errors import WeaktieError
from agent.store import reports
from agent.store.db import Store
from agent.store.reports import NewReport, ReportRow
from connectors.base import Mailbox
from connectors.errors import Ambiguous, ConnectorError
from connectors.records import Role

CLAIM = timedelta(minutes=15)
PLACES = (Role.INBOX, Role.ARCHIVE, Role.TRASH)


class Delivery(StrEnum):
    """What came of a delivery."""

    PLACED = "placed"  # it lies in the INBOX now
    ALREADY = "already"  # the owner has, or had, the report of this week
    BUSY = "busy"  # another process is at it
    UNSURE = "unsure"  # the answer was lost and it is not to be seen; looked for again after 15 minutes
    MISSED = "missed"  # its week is over and it never got there


def deliver(store: Store, owner_id: int, mailbox: Mailbox, new: NewReport, now: datetime) -> Delivery:
    """Put a report into the INBOX unless this owner has one for its period.

    When an earlier try for that period broke off, that report is finished with its own bytes and `new` is dropped.
    Raises ConnectorError when the mailbox certainly took nothing: the same call may be repeated.
    """
    with store.write() as connection:
        row = reports.add(connection, owner_id, new, now)
    return _finish(store, mailbox, row, now)


def resume(
    store: Store,
    owner_id: int,
    mailbox: Mailbox,
    period: str,
    now: datetime,
    kinds: Collection[str] = reports.WEEKLY,
) -> dict[str, Delivery]:
    """Finish what an earlier run left on its way: period → what came of it; empty when nothing was.

    `kinds` have periods of one form, which sort by time.

    A report of a week that is over is looked for but not delivered late. Raises ConnectorError as `deliver` does.
    """
    with store.read() as connection:
        rows = reports.unplaced(connection, owner_id, kinds)
    return {row.period: _finish(store, mailbox, row, now, late=row.period < period) for row in rows}


def write_html(path: Path, html: str) -> None:
    """Write the report for a browser, readable by the owner only, all or nothing. Raises WeaktieError."""
    write_private(path, html.encode())


def write_private(path: Path, content: bytes) -> bool:
    """Write a file that only the owner can read, all or nothing; False where it holds that already.

    Raises WeaktieError.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        hint = "Name a file in a folder that exists and that you may write to."
        raise WeaktieError(f"Nothing can be written to {path}: {error.strerror}.", hint=hint) from error
    return True


def _finish(store: Store, mailbox: Mailbox, row: ReportRow, now: datetime, *, late: bool = False) -> Delivery:
    if row.state != reports.PLACING:
        return Delivery.ALREADY
    with store.write() as connection:
        if not reports.claim(connection, row.id, now, now + CLAIM):
            return _other(reports.of_id(connection, row.owner_id, row.id))
    try:
        if _lies_there(mailbox, row):
            return _placed(store, row, now)
        if late:
            return _missed(store, row)
        mailbox.put_inbox(row.content or b"")
    except Ambiguous:
        return _placed(store, row, now) if _seen(mailbox, row) else Delivery.UNSURE
    except ConnectorError:
        with store.write() as connection:
            reports.release(connection, row.id)
        raise
    return _placed(store, row, now)


def _other(row: ReportRow | None) -> Delivery:
    return Delivery.BUSY if row is not None and row.state == reports.PLACING else Delivery.ALREADY


def _lies_there(mailbox: Mailbox, row: ReportRow) -> bool:
    return bool(mailbox.find(row.rfc_id, row.token, PLACES))


def _seen(mailbox: Mailbox, row: ReportRow) -> bool:
    """Look after a lost answer; a second failure leaves it unsure."""
    try:
        return _lies_there(mailbox, row)
    except ConnectorError:
        return False


def _placed(store: Store, row: ReportRow, now: datetime) -> Delivery:
    with store.write() as connection:
        reports.placed(connection, row.id, now)
    return Delivery.PLACED


def _missed(store: Store, row: ReportRow) -> Delivery:
    with store.write() as connection:
        reports.missed(connection, row.id)
    return Delivery.MISSED
