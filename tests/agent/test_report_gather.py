"""From the store to a mail in the INBOX: counts, waiting drafts, health, the report before; each owner for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from agent.config import Config, parse
from agent.report.deliver import Delivery, deliver
from agent.report.figures import first, weekly
from agent.report.gather import gather, sealed
from agent.report.render import render
from agent.report.shape import Tally, Week
from agent.store import owners, reports, schema
from agent.store.db import Store
from agent.store.owners import OwnerRow
from tests.agent.report_mailbox import FolderMailbox
from tests.agent.report_sample import AS_OF, crowd
from tests.agent.test_report_render import templates

pytestmark = pytest.mark.stores("sqlite", "postgresql")

DAY = timedelta(days=1)


@pytest.fixture
def config() -> Config:
    """Alice's settings."""
    owner = {"name": "Alice", "addresses": ["alice@example.com"], "timezone": "Europe/Berlin"}
    return parse({"owner": owner, "drafts": {"max_new_per_week": 2}, "report": {"people": 4}}, "test")


@pytest.fixture
def alice(store: Store) -> OwnerRow:
    """Alice in the store, with a week of mail."""
    with store.write() as connection:
        row = owners.ensure(connection, "Alice")
        _week(connection, row.id)
    return row


def _put(connection: Any, table: Any, **values: Any) -> int:
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0])


def _message(connection: Any, owner_id: int, at: datetime, *, outcome: str, channel: str = "mail") -> int:
    count = connection.exec_driver_sql("SELECT count(*) FROM message").scalar()
    values = {"owner_id": owner_id, "key": f"k{count}", "channel": channel, "at": at, "kind": "person"}
    return _put(connection, schema.message, **values, outcome=outcome)


def _week(connection: Any, owner_id: int) -> None:
    """Bob: two mails out, one in, one meeting with Dana there too; one newsletter; and all of it once before."""
    people = [_put(connection, schema.person, owner_id=owner_id, name=name) for name in ("Bob", "Dana")]
    bob, bob_too, dana = (
        _put(connection, schema.identity, owner_id=owner_id, person_id=person, kind="address", value=value)
        for person, value in ((people[0], "bob@b.example"), (people[0], "bob@c.example"), (people[1], "dana@d.example"))
    )
    happened = (
        ("mail", "sent", (bob,)),
        ("mail", "sent", (bob_too, dana)),
        ("mail", "received", (bob,)),
        ("meeting", "met", (bob, dana)),
    )
    for start in (AS_OF - DAY, AS_OF - 9 * DAY, AS_OF):
        for channel, direction, who in happened:
            message = _message(connection, owner_id, start, outcome="interaction", channel=channel)
            for identity in who:
                row = {"message_id": message, "identity_id": identity, "owner_id": owner_id, "at": start}
                connection.execute(insert(schema.interaction).values(**row, channel=channel, direction=direction))
        _message(connection, owner_id, start, outcome="left_out")
    for state, created in (("drafted", AS_OF - DAY), ("sent", AS_OF - DAY), ("drafted", AS_OF + DAY)):
        values = {"owner_id": owner_id, "person_id": people[0], "kind": "reconnect", "state": state}
        _put(
            connection,
            schema.draft,
            **values,
            reason_key=f"{state} {created}",
            subject="Hello again",
            created_at=created,
            changed_at=created,
        )
    _put(connection, schema.source, owner_id=owner_id, name="work", kind="imap", last_ok=AS_OF - DAY)
    _put(connection, schema.source, owner_id=owner_id, name="cal", kind="ics", last_error="no such file")


def test_the_week_is_counted(store: Store, alice: OwnerRow, config: Config) -> None:
    inputs = gather(store, alice, config, crowd(), AS_OF)
    assert inputs.week == Week(sent=2, received=1, meetings=1, people=2, left_out=1)
    assert [(line.name, line.subject) for line in inputs.drafts] == [("Bob", "Hello again")]
    assert [(line.name, line.ok, line.error) for line in inputs.sources] == [
        ("cal", False, "no such file"),
        ("work", True, ""),
    ]
    assert (inputs.people, inputs.colleagues, inputs.promise.drafts_a_week) == (4, False, 2)


def test_charlie_has_a_report_of_his_own(store: Store, alice: OwnerRow, config: Config) -> None:
    with store.write() as connection:
        charlie = owners.ensure(connection, "Charlie")
    inputs = gather(store, charlie, config, (), AS_OF)
    assert (inputs.week, inputs.drafts, inputs.sources) == (Week(), (), ())


def test_a_report_about_the_past_knows_nothing_of_today(store: Store, alice: OwnerRow, config: Config) -> None:
    inputs = gather(store, alice, config, crowd(), AS_OF - 30 * DAY, live=False)
    assert (inputs.drafts, inputs.sources, inputs.previous) == ((), (), None)


def test_drafts_turned_off_are_not_promised(store: Store, alice: OwnerRow, config: Config) -> None:
    off = config.model_copy(update={"drafts": config.drafts.model_copy(update={"enabled": False})})
    assert gather(store, alice, off, (), AS_OF).promise.drafts_a_week == 0


def test_first_and_weekly_one_after_the_other(store: Store, alice: OwnerRow, config: Config, tmp_path: Path) -> None:
    box = FolderMailbox(tmp_path / "inbox")
    box.folder.mkdir()
    for week, judge in enumerate((first, weekly)):
        now = AS_OF + week * 7 * DAY
        data = judge(gather(store, alice, config, crowd(), now))
        report = sealed(alice, config, data, render(data, templates()), now)
        assert deliver(store, alice.id, box, report, now) is Delivery.PLACED
    subjects = sorted(str(message_from_bytes(mail, policy=default)["Subject"]) for mail in box.inbox())
    assert subjects == ["Bob, Greta and two more are going quiet", "Your first look: 15 names worth keeping"]
    with store.read() as connection:
        last = reports.last(connection, alice.id)
    assert last is not None
    assert (last.period, len(last.people)) == ("2025-W11", 4)
    previous = gather(store, alice, config, crowd(), AS_OF + 14 * DAY).previous
    assert previous is not None
    assert previous.people == last.people
    assert previous.tally == replace(Tally(), active=28, fading=13, dormant=14, new=1)
