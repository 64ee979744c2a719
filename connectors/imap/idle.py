"""Being told when mail comes (IDLE, RFC 2177). Only a wake-up call: what was missed here, the next poll finds.

A server that is silent and one that is dead look alike. So every IDLE is ended and begun anew within a minute: the
answer to DONE tells the two apart, keeps the way through routers open, and renews the IDLE long before the 29 minutes
after which servers hang up.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Event
from typing import Any

from connectors.errors import Unavailable
from connectors.imap.session import BUSY, Box, Denied, Session
from connectors.imap.wire import Client
from connectors.net import Account

INBOX = b"INBOX"
NEWS = (b"EXISTS", b"RECENT")

ROUND = 45.0
"""Seconds until a silent server is asked for a word; with the deadline of the answer, less than a minute."""

ANSWER = 10.0
"""Seconds that any answer may take here."""

SETTLE = 10.0
"""Seconds of rest after the server spoke: a hundred mails at once are one piece of news, and a flood is no load."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0
"""Seconds before a broken connection is made again, doubled with every break soon after another."""

_TICK = 1.0


def watch(account: Account, news: Callable[[], None], stop: Event) -> None:
    """Call `news` whenever something came into INBOX, until `stop` is set; it may be called for nothing.

    Returns early where the server offers no IDLE. Raises AuthFailed, which is not to be tried again by itself.
    """
    with closing(Session(replace(account, timeout=min(account.timeout, ANSWER)))) as session:
        known, breaks = None, 0
        while not stop.is_set():
            began = time.monotonic()
            try:
                known = _opened(session, known, news)
                while not stop.is_set():
                    _round(session, news, stop)
            except Denied as refusal:
                if refusal.code not in BUSY:
                    return
            except Unavailable:
                session.drop()
            breaks = 0 if time.monotonic() - began > ROUND else breaks + 1
            stop.wait(min(FIRST_PAUSE * 2 ** min(breaks, 10), LONGEST_PAUSE))


def _opened(session: Session, known: Box | None, news: Callable[[], None]) -> Box:
    """INBOX, opened; what came while nobody listened is news."""
    if not session.capable("IDLE"):
        raise Denied(f"{session.account.place} does not tell when mail comes.")
    box = session.open(INBOX)
    if known not in (None, box):
        news()
    return box


def _round(session: Session, news: Callable[[], None], stop: Event) -> None:
    """One IDLE: over when the server speaks, after ROUND seconds, or when `stop` is set."""
    client, missed = session.run("tell when mail comes", _begin)
    _tell(missed, news)
    spoke = _wait(client, stop)
    _, told = session.run("stop telling", lambda client: client.idle_done())
    _tell(told, news)
    if spoke:
        stop.wait(SETTLE)


def _begin(client: Client) -> tuple[Client, Sequence[Any]]:
    """IDLE, and what came before it: told in one breath with its greeting, that would lie unread until it is over."""
    _, missed = client.noop()
    client.idle()
    return client, missed


def _tell(told: Sequence[Any], news: Callable[[], None]) -> None:
    if any(word in NEWS for response in told for word in response):
        news()


def _wait(client: Client, stop: Event) -> bool:
    """Whether the server said anything, if only that it hangs up."""
    end = time.monotonic() + ROUND
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        if select.select([client.socket()], [], [], min(left, _TICK))[0]:
            return True
    return False
