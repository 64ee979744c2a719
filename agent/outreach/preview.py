"""Made-up occasions for each kind of draft, for owners who write their own templates. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from agent.outreach.suggest import FirstMeeting, Occasions, Plan, Thanks, Way, reconnect, suggest
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.reading import read
from agent.ties.view import LastMail, Tie, day_of, fractional_day

NAME, ADDRESS, FIRM = "Robin Ekström", "robin@northlight.example", "northlight.example"
QUIET_DAYS, USUAL_DAYS, TIMES = 120, 30, 12


def made_up(as_of: datetime, zone: tzinfo) -> list[tuple[str, Plan]]:
    """(what is special, plan) of every kind: once with all that can be known, once with as little as can be."""
    full = _tie(
        as_of, LastMail("letter@northlight.example", "Re: Drawings for the pier", as_of - timedelta(QUIET_DAYS))
    )
    bare = replace(full, last_mail=None, name=NAME.rsplit(maxsplit=1)[-1], organization=None)
    return [
        *(("everything is known", plan) for plan in _plans(full, as_of, zone, "Harbour evening", "Alex Moreau")),
        *(("little is known", plan) for plan in _plans(bare, as_of, zone, "", "")),
    ]


def _plans(tie: Tie, as_of: datetime, zone: tzinfo, title: str, contact: str) -> list[Plan]:
    met = as_of - timedelta(days=4)
    occasions = Occasions(
        as_of=as_of,
        zone=zone,
        ties=(replace(tie, last_contact=met),),
        meetings=(FirstMeeting(1, 1, title, met),),
        ways=(Way(1, "harbourworks.example", 1, contact, ""),),
        thanks=(Thanks(1, 2, contact, met),),
        first_report_at=as_of - timedelta(days=60),
    )
    wanted = {plan.kind: plan for plan in [*suggest(occasions), reconnect(tie, as_of, asked=True)]}
    return list(wanted.values())


def _tie(as_of: datetime, last: LastMail) -> Tie:
    rhythm = _rhythm(day_of(as_of) - QUIET_DAYS)
    return Tie(
        person_id=1,
        name=NAME,
        addresses=(ADDRESS,),
        organization=FIRM,
        colleague=False,
        reading=read(rhythm, fractional_day(as_of)),
        last_contact=as_of - timedelta(days=QUIET_DAYS),
        sent=rhythm.sent,
        received=rhythm.received,
        meetings=rhythm.met,
        last_mail=last,
    )


def _rhythm(last_day: int) -> Rhythm:
    rhythm = fold(Contact(last_day - USUAL_DAYS * number, 1, 1, 0) for number in range(TIMES))
    if rhythm is None:
        raise ValueError("a rhythm needs contact")
    return rhythm
