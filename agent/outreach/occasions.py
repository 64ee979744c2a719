"""The occasions of one owner at one instant, from the store: what `suggest` makes plans of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from agent.outreach.suggest import THANK_DAYS, CardMet, FirstMeeting, Occasions, Thanks, Way
from agent.people.normalise import organization
from agent.store import cards, people, targets
from agent.store import occasions as store_occasions
from agent.store.db import Connection
from agent.store.owners import OwnerRow
from agent.store.targets import Target
from agent.ties import giving
from agent.ties.listing import with_last_mail
from agent.ties.paths import Path, paths
from agent.ties.view import Tie
from agent.types import TieState

MEETING_DAYS = timedelta(days=10)
WAYS_EACH = 5
EVENING = timedelta(hours=18)


def occasions(
    connection: Connection,
    owner: OwnerRow,
    everyone: Sequence[Tie],
    zone: tzinfo,
    as_of: datetime,
    *,
    about: Collection[int] | None = None,
) -> Occasions:
    """Everything that could be a reason to write, as of `as_of`; `about`: of no ties but those to these people.

    `everyone`: all of the owner's ties, read at that instant (`ties.listing.ties_at`).
    """
    open_targets = targets.listed(connection, owner.id)
    goodwill = goodwill_of(connection, owner.id, as_of) if open_targets else {}
    met = store_occasions.first_meetings(connection, owner.id, as_of - MEETING_DAYS, as_of)
    ways = [way for target in open_targets for way in _ways(connection, owner, target, everyone, as_of, goodwill)]
    thanks = [
        Thanks(item.introducer_id, item.message_id, item.name, item.at)
        for item in targets.introductions(connection, owner.id, as_of)
        if as_of - item.at <= timedelta(days=THANK_DAYS)
    ]
    carded = {card.person_id for card in cards.handed(connection, owner.id, as_of - MEETING_DAYS, as_of)}
    wanted = carded | {m.person_id for m in met} | {w.introducer_id for w in ways} | {t.person_id for t in thanks}
    chosen = [tie for tie in everyone if tie.person_id in wanted or tie.reading.state is TieState.FADING]
    chosen = [tie for tie in chosen if about is None or tie.person_id in about]
    return Occasions(
        as_of=as_of,
        zone=zone,
        ties=tuple(with_last_mail(connection, owner.id, chosen, as_of)),
        meetings=tuple(FirstMeeting(m.person_id, m.message_id, m.title, m.at) for m in met),
        cards=tuple(_cards(connection, owner.id, as_of)),
        ways=tuple(ways),
        thanks=tuple(thanks),
        first_report_at=owner.first_report_at,
    )


def _cards(connection: Connection, owner_id: int, as_of: datetime) -> Iterator[CardMet]:
    """The cards of the last days, each with the event it came from: the latest that began within 18 hours before."""
    events = store_occasions.events(connection, owner_id, as_of - MEETING_DAYS - EVENING, as_of)
    for card in cards.handed(connection, owner_id, as_of - MEETING_DAYS, as_of):
        before = [title for title, at in events if at <= card.noted <= at + EVENING]
        title = before[-1] if before else ""
        yield CardMet(card.person_id, card.name, card.address, organization(card.address), title, card.noted)


def ways_to(
    connection: Connection,
    owner_id: int,
    wanted: str,
    ties: Iterable[Tie],
    as_of: datetime,
    goodwill: Mapping[int, float] | None = None,
) -> list[Path]:
    """Paths to an organization (domain or its first label) or to a person (name or address), the best first.

    Among equals whom the owner gave to comes first, and whom they asked lately later (`goodwill_of`); a full give or
    ask doubles or halves the score, and nobody is left out.
    """
    found = paths(connection, owner_id, reached(connection, owner_id, wanted), ties, as_of)
    asked = {path.introducer.person_id for path in found}
    given = goodwill_of(connection, owner_id, as_of, asked) if goodwill is None else goodwill
    shares = {who: 2.0 ** max(-1.0, min(1.0, given.get(who, 0.0))) for who in asked}
    return sorted(found, key=lambda path: (not path.direct, -path.score * shares[path.introducer.person_id]))


def goodwill_of(
    connection: Connection, owner_id: int, as_of: datetime, people: Collection[int] | None = None
) -> Mapping[int, float]:
    """Person → the figure to order by when somebody is to be asked (`ties.giving.order`); of all, or of `people`."""
    return giving.order(giving.entries(connection, owner_id, as_of, people), as_of)


def reached(connection: Connection, owner_id: int, wanted: str) -> list[int]:
    """The people a target stands for: those at the organization, else those whose name or address matches."""
    if "@" in wanted:
        return people.search(connection, owner_id, wanted)
    firm = organization(wanted) or wanted
    return people.at_organization(connection, owner_id, firm) or people.search(connection, owner_id, wanted)


def _ways(
    connection: Connection,
    owner: OwnerRow,
    target: Target,
    ties: Sequence[Tie],
    as_of: datetime,
    goodwill: Mapping[int, float],
) -> list[Way]:
    """Ways that lead through somebody else; whom the owner knows there already needs no introduction."""
    found = ways_to(connection, owner.id, target.value, ties, as_of, goodwill)
    if any(path.direct for path in found):
        return []
    return [as_way(target, path) for path in found[:WAYS_EACH]]


def as_way(target: Target, path: Path) -> Way:
    """A path as the ask wants it."""
    return Way(target.id, target.value, path.introducer.person_id, path.person, path.evidence)
