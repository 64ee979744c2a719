"""Drafts in the store: made once, moved by compare-and-swap along the drawn edges, counted, recognised."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from agent.store import draft_facts, drafts, restraint, states, suppression, targets
from agent.store.db import Store
from agent.store.drafts import Draft, New
from agent.store.schema import draft
from agent.store.states import EDGES
from agent.types import DraftKind, DraftState
from agent.types import DraftState as S
from tests.agent.outreach_world import NOW, World
from tests.letters import ALICE, DANA, ERIK, at, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "states.md"


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def new(world: World, **changes: object) -> New:
    values: dict[str, object] = {
        "person_id": world.person(),
        "kind": DraftKind.RECONNECT,
        "reason_key": "fading:2025-11-03",
        "name": "Dana Reed",
        "address": DANA,
        "reasons": ("silent",),
        "context": {"first_name": "Dana"},
    }
    return New(**{**values, **changes})  # type: ignore[arg-type]


def made(world: World, **changes: object) -> Draft:
    with world.store.write() as connection:
        number = drafts.create(connection, world.owner_id, new(world, **changes), world.now)
        assert number is not None
        found = drafts.get(connection, world.owner_id, number)
    assert found is not None
    return found


def test_the_page_and_the_table_are_the_same() -> None:
    lines = DOCS.read_text("utf-8").partition("## Every edge")[2].partition("## What each state")[0]
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", lines, re.MULTILINE)
    drawn = {("" if before == "·" else before, after): why for before, after, why in rows if before != "from"}
    assert drawn == {(str(before), str(after)): why for (before, after), why in EDGES.items()}


def test_every_state_is_explained_reached_and_left_or_an_end() -> None:
    table = DOCS.read_text("utf-8").partition("## What each state")[2].partition("## How")[0]
    explained = set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) - {"state"}
    assert explained == set(DraftState)
    assert {after for _, after in EDGES} == set(DraftState)
    ends = set(DraftState) - {before for before, _ in EDGES}
    assert ends == {S.BOUNCED}


def test_nothing_is_sent_but_through_committing() -> None:
    by_the_program = {before for before, after in EDGES if after == S.COMMITTING}
    assert by_the_program == {S.SENDING}
    assert {before for before, after in EDGES if after == S.SENDING} == {S.QUEUED}
    assert {before for before, after in EDGES if after == S.QUEUED} == {S.APPROVED, S.SENDING, S.COMMITTING, S.ASK}
    assert {before for before, after in EDGES if after == S.APPROVED} == {S.DRAFTED, S.FAILED}
    assert (S.UNKNOWN, S.QUEUED) not in EDGES


def test_a_reason_makes_one_draft(world: World) -> None:
    first = made(world)
    with world.store.write() as connection:
        assert drafts.create(connection, world.owner_id, new(world), world.now) is None
        assert drafts.create(connection, world.owner_id, new(world, reason_key="other"), world.now) is not None
        assert drafts.existing(connection, world.owner_id, new(world)) == first


@pytest.mark.parametrize("before", DraftState)
def test_every_edge_can_be_gone_and_no_other(world: World, before: DraftState) -> None:
    row = made(world)
    for after in DraftState:
        with world.store.write() as connection:
            connection.execute(update(draft).where(draft.c.id == row.id).values(state=before.value))
            if states.legal(before, after):
                assert drafts.move(connection, row.id, before, after, NOW)
            else:
                with pytest.raises(ValueError, match="no draft goes from"):
                    drafts.move(connection, row.id, before, after, NOW)


def test_a_lost_race_changes_nothing(world: World) -> None:
    row = made(world)
    with world.store.write() as connection:
        assert drafts.move(connection, row.id, S.PLANNED, S.DISMISSED, NOW, "rejected")
        assert not drafts.move(connection, row.id, S.PLANNED, S.RENDERED, NOW, content=b"x")
        found = drafts.get(connection, world.owner_id, row.id)
        assert found is not None
        assert (found.state, found.content, found.note) == (S.DISMISSED, None, "rejected")
        assert [event.after for event in drafts.events(connection, row.id)] == ["planned", "dismissed"]


def test_of_many_at_once_one_wins(world: World) -> None:
    row = made(world)
    won: list[bool] = []

    def swap() -> None:
        with world.store.write() as connection:
            won.append(drafts.move(connection, row.id, S.PLANNED, S.RENDERED, NOW))

    racers = [threading.Thread(target=swap) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(won) == [False] * 7 + [True]
    assert world.steps() == ["planned", "rendered"]


def test_an_old_attempt_is_fenced_off(world: World) -> None:
    row = made(world)
    with world.store.write() as connection:
        connection.execute(update(draft).where(draft.c.id == row.id).values(state="sending", attempts=2))
        assert not drafts.move(connection, row.id, S.SENDING, S.COMMITTING, NOW, fence=1)
        assert drafts.move(connection, row.id, S.SENDING, S.COMMITTING, NOW, fence=2)


def test_lists_are_the_owners_own(world: World) -> None:
    row = made(world)
    with world.store.write() as connection:
        assert drafts.get(connection, world.owner_id + 1, row.id) is None
        assert drafts.listed(connection, world.owner_id + 1) == []
        assert drafts.listed(connection, world.owner_id, [S.SENT]) == []
        assert drafts.listed(connection, world.owner_id, [S.PLANNED], person_id=world.person()) == [row]
        assert drafts.listed(connection, world.owner_id, target_id=7) == []
        assert drafts.listed(connection, world.owner_id, changed_since=NOW) == []


def test_what_restraint_is_judged_by(world: World) -> None:
    world.acquainted(ERIK, "Erik Berg")
    with world.store.write() as connection:
        target = targets.add(connection, world.owner_id, "organization", "Acme.com", NOW)
    made(world)
    made(world, kind=DraftKind.INTRO_REQUEST, reason_key="target:1", target_id=target.id)
    made(world, person_id=world.person(ERIK), reason_key="old")
    with world.store.write() as connection:
        old = NOW - timedelta(days=10)
        connection.execute(update(draft).where(draft.c.reason_key == "old").values(created_at=old, state="refused"))
        rows, firm = restraint.made(connection, world.owner_id), "example.net"
        assert restraint.who(connection, [world.person()])[world.person()].organization == firm
        counts = restraint.counts(rows, world.person(), firm, target.id, NOW)
        assert (counts.made_this_week, counts.unreviewed, counts.open_with_person) == (2, 2, 2)
        assert (counts.open_for_target, counts.last_for_target, counts.asks_this_month) == (1, NOW, 1)
        assert counts.last_at_firm == NOW
        erik = restraint.counts(rows, world.person(ERIK), None, None, NOW)
        assert (erik.open_with_person, erik.last_with_person, erik.open_for_target) == (0, None, 0)
        later = restraint.counts(rows, world.person(), firm, None, NOW + timedelta(days=8))
        assert (later.made_this_week, later.last_with_person) == (0, NOW)
        before = restraint.counts(rows, world.person(), firm, None, NOW - timedelta(days=400))
        assert before.made_this_week == 2, "a clock that was set back frees nobody from the limits"


def test_whom_the_owner_wrote_to_or_met(world: World) -> None:
    world.capture(mail("x", "2026-01-01", ERIK, ALICE))
    with world.store.read() as connection:
        assert draft_facts.written_to(connection, world.owner_id) == {DANA}
        assert draft_facts.written_to(connection, world.owner_id + 1) == frozenset()


def test_contact_counts_from_what_was_known(world: World) -> None:
    row = made(world, since=at("2025-11-03 10:00"))
    with world.store.read() as connection:
        assert draft_facts.contact_since(connection, row, NOW) is None
    world.capture(mail("x", "2025-12-01", DANA, ALICE), mail("y", "2026-03-02 08:59", ALICE, DANA))
    with world.store.read() as connection:
        found = draft_facts.contact_since(connection, row, NOW)
        assert found is not None
        assert (found.direction, found.channel, found.at) == ("sent", "mail", at("2026-03-02 08:59"))
        early = draft_facts.contact_since(connection, row, at("2025-11-30"))
        assert early is None


def test_the_draft_itself_is_no_contact(world: World) -> None:
    row = made(world)
    with world.store.write() as connection:
        drafts.move(connection, row.id, S.PLANNED, S.RENDERED, NOW, rfc_id="our@id", token="our-token")
        row = drafts.get(connection, world.owner_id, row.id) or row
    world.later(hours=1)
    when = f"{world.now:%Y-%m-%d %H:%M}"
    world.capture(
        mail("x", when, ALICE, DANA, message_id="our@id"), mail("y", when, ALICE, DANA, draft_token="our-token")
    )
    with world.store.read() as connection:
        assert draft_facts.contact_since(connection, row, world.now) is None


def test_do_not_contact_by_address_domain_person_and_all(world: World) -> None:
    who = world.person()
    for kind, value in (("domain", "example.net"), ("address", DANA), ("person", str(who)), ("everybody", "*")):
        with world.store.write() as connection:
            assert suppression.matching(connection, world.owner_id, who, ["other@elsewhere.org"]) is None
            assert suppression.add(connection, world.owner_id, kind, value, NOW)  # type: ignore[arg-type]
            assert not suppression.add(connection, world.owner_id, kind, value, NOW)  # type: ignore[arg-type]
            rule = suppression.matching(connection, world.owner_id, who, [DANA.upper()])
            assert rule is not None
            assert rule.kind == kind
            assert (suppression.held(connection, world.owner_id) is not None) == (kind == "everybody")
            assert suppression.matching(connection, world.owner_id + 1, who, [DANA]) is None
            assert suppression.remove(connection, world.owner_id, kind, value)  # type: ignore[arg-type]
            assert not suppression.remove(connection, world.owner_id, kind, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "hit"), [("northwind.example.net", True), ("example.net", True), ("wind.example.net", False)]
)
def test_a_domain_covers_what_is_below_it(world: World, rule: str, hit: bool) -> None:
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "domain", rule, NOW)
        assert (suppression.matching(connection, world.owner_id, None, [DANA]) is not None) == hit


def test_targets_are_noted_once_closed_and_opened_again(world: World) -> None:
    with world.store.write() as connection:
        first = targets.add(connection, world.owner_id, "organization", " Acme.COM ", NOW)
        assert first.value == "acme.com"
        assert targets.close(connection, world.owner_id, first.id, NOW)
        assert not targets.close(connection, world.owner_id, first.id, NOW)
        assert targets.listed(connection, world.owner_id) == []
        assert [row.id for row in targets.listed(connection, world.owner_id, closed=True)] == [first.id]
        assert targets.add(connection, world.owner_id, "organization", "acme.com", NOW) == first
        assert targets.find(connection, world.owner_id, "ACME.com") == first
        assert targets.find(connection, world.owner_id + 1, "acme.com") is None
        assert not targets.remove(connection, world.owner_id + 1, first.id)
        assert targets.remove(connection, world.owner_id, first.id)


def test_an_introduction_that_came_about(world: World) -> None:
    carol = "carol@acme.example"
    with world.store.write() as connection:
        target = targets.add(connection, world.owner_id, "organization", "acme.example", NOW)
    row = made(world, kind=DraftKind.INTRO_REQUEST, reason_key="target:1", target_id=target.id)
    with world.store.write() as connection:
        connection.execute(update(draft).where(draft.c.id == row.id).values(state="drafted"))
        drafts.move(connection, row.id, S.DRAFTED, S.SENT, NOW)
    world.later(days=2)
    intro = mail("i", f"{world.now:%Y-%m-%d %H:%M}", f"Dana Reed <{DANA}>", [ALICE, f"Carol Jones <{carol}>"])
    world.capture(intro)
    with world.store.read() as connection:
        assert targets.introductions(connection, world.owner_id, NOW) == []
        (found,) = targets.introductions(connection, world.owner_id, world.now)
    assert (found.target_id, found.introducer_id, found.person_id) == (target.id, world.person(), world.person(carol))
    assert (found.name, found.at) == ("Carol Jones", world.now)
    with world.store.write() as connection:
        targets.close_reached(connection, world.owner_id, world.now)
        (reached,) = targets.listed(connection, world.owner_id, closed=True)
        assert (reached.closed_at, targets.listed(connection, world.owner_id)) == (world.now, [])
        again = targets.add(connection, world.owner_id, "organization", "acme.example", world.now)
        targets.close_reached(connection, world.owner_id, world.now)
        assert targets.listed(connection, world.owner_id) == [again]
