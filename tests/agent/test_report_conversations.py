"""Three people to talk to today, a reason each, and nobody twice within the cool-down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from agent.report.conversations import Pool, laid_out, today, within_cool_down
from agent.templating import Templates
from agent.ties.giving import Owed, Pair
from agent.ties.view import EPOCH
from agent.types import Standing, Wish
from tests.agent.report_sample import AS_OF, FADING, ZONE, tie

TIES = tuple(tie(number, person) for number, person in enumerate(FADING))
BOB, DANA, RAVI, ERIN = TIES[:4]
POOL = Pool(AS_OF, ZONE, TIES)
FULL = replace(
    POOL,
    owed=(Owed(BOB.person_id, "Re: The harbour study", AS_OF - timedelta(days=4)),),
    signals={DANA.person_id: ("They write from a new address, at Puerto Analytics.",)},
    pairs=(Pair(RAVI.person_id, ERIN.person_id, "lidar", 3.0),),
)


def named(pool: Pool) -> list[tuple[int, str]]:
    return [(talk.person_id, talk.reason) for talk in today(pool).talks]


def test_one_of_each_kind_before_a_second_of_any() -> None:
    assert named(FULL) == [(BOB.person_id, "owed"), (DANA.person_id, "signal"), (RAVI.person_id, "introduce")]


def test_without_other_reasons_those_with_most_to_lose() -> None:
    worst = sorted(TIES, key=lambda tie: (-tie.reading.lost, tie.person_id))[:3]
    assert named(POOL) == [(tie.person_id, "fading") for tie in worst]


def test_nobody_twice_and_nobody_within_the_cool_down() -> None:
    twice = replace(
        POOL,
        owed=(Owed(BOB.person_id, "The harbour study", AS_OF - timedelta(days=4)),),
        signals={BOB.person_id: ("A new job, it seems.",)},
    )
    assert [who for who, _ in named(twice)].count(BOB.person_id) == 1
    first = today(POOL).people
    second = today(replace(POOL, lately=frozenset(first))).people
    assert not set(first) & set(second)


def test_whom_the_owner_dropped_or_snoozed_or_wrote_in_vain_is_not_named() -> None:
    snoozed = Wish(snoozed_from=AS_OF - timedelta(days=1), snoozed_until=AS_OF + timedelta(days=1))
    today_ = AS_OF.toordinal() - EPOCH.toordinal()
    vain = replace(ERIN, unanswered=(today_ - 150, today_ - 120, today_ - 90))
    hidden = (
        replace(BOB, wish=Wish(Standing.DROPPED)),
        replace(DANA, wish=snoozed),
        replace(RAVI, colleague=True),
        vain,
    )
    owed = tuple(Owed(tie.person_id, "", AS_OF - timedelta(days=4)) for tie in hidden)
    assert today(replace(POOL, ties=hidden, owed=owed)).talks == ()


def test_the_cool_down_counts_from_the_mail() -> None:
    mails = [(AS_OF - timedelta(days=40), (1, 2)), (AS_OF - timedelta(days=5), (2, 3))]
    assert within_cool_down(mails, AS_OF - timedelta(days=30)) == {2, 3}


def test_the_mail_says_whom_and_why_in_both_parts() -> None:
    pool = replace(POOL, owed=(Owed(BOB.person_id, "Re: The harbour study", AS_OF - timedelta(days=4)),))
    mail = laid_out(today(pool), Templates(None))

    assert mail.subject.startswith("Today: Bob Hale, ")
    for part in (mail.text, mail.html):
        assert "Bob Hale" in part
        assert "The harbour study" in part
        assert "you have not answered" in " ".join(part.split())
    assert max(map(len, mail.text.splitlines())) <= 72
    assert "http" not in mail.html.replace("http-equiv", "")


def test_a_day_without_anybody_says_so() -> None:
    nothing = today(replace(POOL, ties=()))
    assert (nothing.talks, nothing.subject) == ((), "Nobody waits for a word from you today")
