"""Who is a person, told from all their mail and all that went to them."""

from __future__ import annotations

from typing import Any

from agent.people.judge import PersonFacts, PersonRole, judge_person
from agent.types import Kind


def role(address: str, name: str = "", **facts: Any) -> PersonRole:
    names = (name,) if name else ()
    kinds = facts.setdefault("from_kinds", {})
    facts.setdefault("messages", sum(kinds.values()))
    facts.setdefault("subjects_distinct", facts["messages"])
    facts.setdefault("ever_sender", bool(kinds))
    return judge_person(PersonFacts((address,), names, **facts)).role


def test_who_writes_by_hand_and_is_written_to_is_a_person() -> None:
    verdict = judge_person(
        PersonFacts(("bob@northwind.example",), from_kinds={Kind.PERSON: 1}, sent_to=1, sent_days=1, ever_sender=True)
    )
    assert verdict.role is PersonRole.PERSON
    assert verdict.reasons == ("you have written to each other",)


def test_the_owner_is_the_owner() -> None:
    assert role("alice@lindqvist.example", own=True, from_kinds={Kind.PERSON: 9}) is PersonRole.SELF


def test_a_machine_is_one_only_if_all_its_mail_is() -> None:
    kinds = {Kind.BULK: 40, Kind.AUTOMATED: 2}
    assert role("northwind@northwind.example", from_kinds=kinds) is PersonRole.MACHINE
    assert role("northwind@northwind.example", from_kinds={**kinds, Kind.PERSON: 1}) is PersonRole.PERSON


def test_vacation_notices_and_invitations_make_nobody_a_machine() -> None:
    kinds = {Kind.AUTO_REPLY: 2, Kind.CALENDAR: 3}
    assert role("bob@northwind.example", from_kinds=kinds, sent_to=4, sent_days=3) is PersonRole.PERSON


def test_an_answering_ticket_system_stays_a_machine() -> None:
    facts: dict[str, Any] = {"from_kinds": {Kind.AUTOMATED: 6}, "sent_to": 6, "sent_days": 6}
    assert role("helpdesk@northwind.example", "Northwind Helpdesk", **facts) is PersonRole.MACHINE
    assert role("noreply@northwind.example", "Bob Baker", **facts) is PersonRole.MACHINE


def test_a_recruiter_behind_a_mass_mailer_whom_the_owner_writes_to_is_a_person() -> None:
    facts: dict[str, Any] = {"from_kinds": {Kind.BULK: 3}, "sent_to": 2, "sent_days": 2}
    assert role("carol@talents.example", "Carol Chen", **facts) is PersonRole.PERSON
    assert role("newsletter@talents.example", "Carol Chen", **facts) is PersonRole.MACHINE
    assert role("carol@talents.example", "Carol Chen", from_kinds={Kind.BULK: 3}) is PersonRole.MACHINE


def test_an_address_that_asks_not_to_be_answered_is_never_a_person() -> None:
    both: dict[str, Any] = {"from_kinds": {Kind.PERSON: 3}, "sent_to": 3, "sent_days": 3}
    assert role("no-reply@northwind.example", "Bob Baker", **both) is PersonRole.MACHINE


def test_a_robots_address_behind_which_somebody_answers_is_a_person() -> None:
    both: dict[str, Any] = {"from_kinds": {Kind.AUTOMATED: 5, Kind.PERSON: 1}, "sent_to": 2, "sent_days": 2}
    assert role("alerts@northwind.example", "Bob Baker", **both) is PersonRole.PERSON
    assert role("alerts@northwind.example", "Northwind", **both) is PersonRole.MACHINE


def test_robots_without_a_single_telling_field_are_told_by_what_they_do() -> None:
    same: dict[str, Any] = {"from_kinds": {Kind.PERSON: 17}, "subjects_distinct": 1}
    assert role("ecenter@williams.example", **same) is PersonRole.MACHINE
    blast: dict[str, Any] = {"from_kinds": {Kind.PERSON: 6}, "median_recipients": 200.0}
    assert role("outlookteam@northwind.example", **blast) is PersonRole.MACHINE
    assert role("ecenter@williams.example", **same, sent_to=2, sent_days=2) is PersonRole.PERSON
    assert role("bob.baker@williams.example", "Bob Baker", **same) is PersonRole.PERSON


def test_one_mail_to_a_robot_by_mistake_does_not_make_it_a_person() -> None:
    once: dict[str, Any] = {"from_kinds": {Kind.PERSON: 9}, "sent_to": 1, "sent_days": 1}
    assert role("ecenter@williams.example", "Williams", subjects_distinct=2, **once) is PersonRole.MACHINE
    assert role("fool@motleyfool.example", "The Motley Fool", **once) is PersonRole.MACHINE
    assert role("post@motley.example", median_recipients=50.0, **once) is PersonRole.MACHINE


def test_who_answers_is_no_robot_however_dull_the_subjects() -> None:
    once: dict[str, Any] = {"from_kinds": {Kind.PERSON: 9}, "sent_to": 1, "sent_days": 1, "answers": 1}
    assert role("ecenter@williams.example", "Williams", subjects_distinct=2, **once) is PersonRole.PERSON
    assert role("kwampa01@mail.example", subjects_distinct=2, median_recipients=50.0, **once) is PersonRole.PERSON


def test_who_writes_of_many_things_is_no_robot_though_never_answering() -> None:
    once: dict[str, Any] = {"from_kinds": {Kind.PERSON: 9}, "sent_to": 1, "sent_days": 1}
    assert role("ed@tanous.example", "Ed Tanous", **once) is PersonRole.PERSON
    assert role("kwampa01@yahoo.com", "Yahoo Joe", **once) is PersonRole.PERSON
    assert role("kwampa01@mail.example", **once) is PersonRole.PERSON


def test_lists_are_told_by_what_others_say_of_them() -> None:
    assert role("birds@northwind.example", list_role=3, sent_to=40, sent_days=30) is PersonRole.LIST
    assert role("birds@northwind.example", delivered_via_senders=4) is PersonRole.LIST
    assert role("birds@northwind.example", delivered_via_senders=1) is PersonRole.PERSON
    written: dict[str, Any] = {
        "from_kinds": {Kind.PERSON: 2},
        "sent_to": 2,
        "delivered_via_senders": 4,
    }
    assert role("carol@northwind.example", **written) is PersonRole.PERSON


def test_lists_are_told_by_their_names_when_they_never_wrote() -> None:
    for address in (
        "devel@lists.example",
        "rrga-l@northwind.example",
        "dl-trading@northwind.example",
        "all.hands@a.example",
    ):
        assert role(address, sent_to=5, sent_days=5) is PersonRole.LIST, address
    assert role("birds@northwind.example", "Bird Watchers Mailing List", sent_to=5) is PersonRole.LIST
    frank: dict[str, Any] = {"from_kinds": {Kind.PERSON: 1}, "sent_to": 1}
    assert role("rowand.list@gmail.com", "Frank Rowand", **frank) is PersonRole.PERSON


def test_a_list_that_rewrites_senders_is_no_person() -> None:
    names = ("'Bob Baker' via Birds", "'Carol Chen' via Birds")
    facts = PersonFacts(("birds@northwind.example",), names, {Kind.PERSON: 2}, sent_to=3, ever_sender=True)
    assert judge_person(facts).role is PersonRole.LIST


def test_a_desk_is_a_person_only_with_a_persons_name_and_the_owners_own_mail() -> None:
    both: dict[str, Any] = {"from_kinds": {Kind.PERSON: 2}, "sent_to": 2, "sent_days": 2}
    assert role("info@northwind.example", "Northwind", **both) is PersonRole.ROLE
    assert role("info@northwind.example", "Anna Bell", **both) is PersonRole.PERSON
    assert role("info@northwind.example", "Anna Bell", from_kinds={Kind.PERSON: 2}) is PersonRole.ROLE


def test_one_address_under_which_many_write_is_a_desk() -> None:
    names = ("Bob Baker", "Carol Chen-Diaz", "Erik Fjord", "Anna Bell")
    facts = PersonFacts(("desk7@northwind.example",), names, {Kind.PERSON: 9}, sent_to=3, ever_sender=True)
    assert judge_person(facts).role is PersonRole.ROLE


def test_a_person_of_several_addresses_is_a_machine_only_if_every_address_is() -> None:
    both = PersonFacts(("noreply@northwind.example", "bob@northwind.example"), from_kinds={Kind.PERSON: 1}, sent_to=1)
    assert judge_person(both).role is PersonRole.PERSON


def test_the_reason_says_what_is_known() -> None:
    met = judge_person(PersonFacts(("bob@northwind.example",), met=2))
    wrote = judge_person(PersonFacts(("bob@northwind.example",), from_kinds={Kind.PERSON: 1}))
    silent = judge_person(PersonFacts(("bob@northwind.example",), sent_to=1, sent_days=1))
    assert met.reasons == ("you have met",)
    assert wrote.reasons == ("mail from them reads as written by a person",)
    assert silent.reasons == ("nothing says that a program or a list is behind the address",)


def test_somebody_met_is_a_person_though_a_mass_mailer_sends_their_mail() -> None:
    bulk: dict[str, Any] = {"from_kinds": {Kind.BULK: 3}}
    assert role("carol@talents.example", "Carol Chen", met=1, **bulk) is PersonRole.PERSON
    assert role("carol@talents.example", "Talents", met=1, **bulk) is PersonRole.MACHINE


def test_a_newsletters_address_that_nobody_answers_is_a_machine_whatever_its_subjects() -> None:
    mails: dict[str, Any] = {"from_kinds": {Kind.PERSON: 9}}
    assert role("news@northwind.example", **mails) is PersonRole.MACHINE
    assert role("news@northwind.example", **mails, sent_to=1) is not PersonRole.MACHINE


def test_repeating_oneself_under_ones_own_name_is_no_crime() -> None:
    same: dict[str, Any] = {"from_kinds": {Kind.PERSON: 17}, "subjects_distinct": 1}
    assert role("rickerts@williams.example", "Jay Rickerts", **same) is PersonRole.PERSON
    assert role("jay.rickerts@williams.example", **same) is PersonRole.PERSON
    assert role("ecenter@williams.example", "Jay Rickerts", **same) is PersonRole.MACHINE
    assert role("ecenter@williams.example", "Williams eCenter", **same) is PersonRole.MACHINE


def test_a_program_that_writes_in_others_names_is_told_by_its_own() -> None:
    assert role("gerrit@project.example", "Brad Bishop (Code Review)", sent_to=2, sent_days=2) is PersonRole.MACHINE
    assert role("gerrit@project.example", "Gerrit de Vries", sent_to=2, sent_days=2) is PersonRole.PERSON


def test_an_address_that_bears_the_owners_name_is_the_owners() -> None:
    mine: dict[str, Any] = {"owner_names": ("Alice Lindqvist", "alice"), "sent_to": 9, "sent_days": 9}
    assert role("alicel@work.example", "Lindqvist, Alice", **mine) is PersonRole.SELF
    assert role("alicel@work.example", "Alice", **mine) is PersonRole.PERSON
    assert role("bob@work.example", "Bob Lindqvist", **mine) is PersonRole.PERSON
    assert role("alicel@work.example", "Lindqvist, Alice", sent_to=9, sent_days=9) is PersonRole.PERSON
    names = ("Alice Lindqvist", "Dana Lindqvist")
    assert judge_person(PersonFacts(("family@work.example",), names, **mine)).role is PersonRole.PERSON
