"""Address fields: what is in them, by whichever way they are read, and when two readers would disagree."""

from __future__ import annotations

from email import utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mime_address import (
    NO_ADDRESS,
    TOO_DEEP,
    TWO_READINGS,
    is_ambiguous,
    normalise_address,
    parse_addresses,
    parse_carefully,
    parse_common,
)

NOTES = "IMCEANOTES-+22Sukaly+2C+20Bruce+22+20+3Cbruce+2Esukaly+40cinergy+2Ecom+3E+40ENRON@ENRON.com"


def pairs(value: str) -> list[tuple[str, str]]:
    return [(box.name, box.address) for box in parse_addresses(value).mailboxes]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bob@example.net", [("", "bob@example.net")]),
        ("Bob Baker <Bob@Example.NET>", [("Bob Baker", "bob@example.net")]),
        ('"Baker, Bob" <bob@example.net>, al@example.com', [("Baker, Bob", "bob@example.net"), ("", "al@example.com")]),
        (r'"Bob \"Bobby\" Baker" <bob@example.net>', [('Bob "Bobby" Baker', "bob@example.net")]),
        ("'Bob Baker' <bob@example.net>", [("Bob Baker", "bob@example.net")]),
        ('"bob@example.net" <bob@example.net>', [("", "bob@example.net")]),
        ("Bob@Example.net <bob@example.net>", [("", "bob@example.net")]),
        ("<bob@example.net>", [("", "bob@example.net")]),
        ("bob@example.net (Bob Baker)", [("Bob Baker", "bob@example.net")]),
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [("Pete", "pete@silly.test")]),
        ("A Group(Some people):Al <al@example.com>, joe@b.example;", [("Al", "al@example.com"), ("", "joe@b.example")]),
        ("undisclosed-recipients:;", []),
        ("Undisclosed recipients: ;, bob@example.net", [("", "bob@example.net")]),
        ("", []),
        (" , ,", []),
        ("<@relay.example,@hub.example:bob@example.net>", [("", "bob@example.net")]),
        ("jdoe@test   . example", [("", "jdoe@test.example")]),
        ('"john doe"@example.org', [("", '"john doe"@example.org')]),
        ("joe@[192.0.2.1]", [("", "joe@[192.0.2.1]")]),
        ("bob@example.net.", [("", "bob@example.net")]),
        ("<mailto:bob@example.net>", [("", "bob@example.net")]),
        ("mailto:bob@example.net", [("", "bob@example.net")]),
        ("'bob@example.net'; 'al@example.com'", [("", "bob@example.net"), ("", "al@example.com")]),
        ("Baker, Bob <bob@example.net>, al@example.com", [("Baker, Bob", "bob@example.net"), ("", "al@example.com")]),
        ("=?utf-8?Q?Baker,_Bob?= <bob@example.net>", [("Baker, Bob", "bob@example.net")]),
        ('"=?utf-8?Q?B=C3=B6b?=" <bob@example.net>', [("Böb", "bob@example.net")]),
        ("Böb Bäker <bob@bücher.example>", [("Böb Bäker", "bob@bücher.example")]),
        ("Bob [Acme] <bob@example.net>", [("Bob [Acme]", "bob@example.net")]),
        ("Bob <bob+news@example.net>", [("Bob", "bob+news@example.net")]),
        ("Bob <f..calger@enron.com>", [("Bob", "f..calger@enron.com")]),
        (f'"Sukaly, Bruce" <{NOTES}>', [("Sukaly, Bruce", "bruce.sukaly@cinergy.com")]),
        ("IMCEAEX-_O=ENRON_CN=SCRANDA@enron.com", [("", "imceaex-_o=enron_cn=scranda@enron.com")]),
        ("IMCEANOTES-+3D+3Fb+00@x+2Ecom@y.com", []),
        ("IMCEANOTES-+3D+3Fb+40x+2Ecom@y.com", [("", "imceanotes-+3d+3fb+40x+2ecom@y.com")]),
    ],
)  # fmt: skip
def test_what_is_in_a_field(value: str, found: list[tuple[str, str]]) -> None:
    assert pairs(value) == found


@pytest.mark.parametrize(
    ("value", "found", "defect"),
    [
        ("Thome, Stephen </O=ENRON/OU=NA/CN=RECIPIENTS/CN=Sthome>", [], NO_ADDRESS),
        ("root", [], NO_ADDRESS),
        ("Mail Delivery System <>", [], NO_ADDRESS),
        ("a@b@c", [], NO_ADDRESS),
        ("'gill@example.com, kiran@example.com", ["kiran@example.com"], NO_ADDRESS),
        ("bo\u202eb@example.com", [], NO_ADDRESS),
        (f"{'x' * 400}@example.com", [], NO_ADDRESS),
        ("=?utf-8?Q?bob=40example.com?=", [], NO_ADDRESS),
        ("bob@example.net al@example.com", ["bob@example.net", "al@example.com"], TWO_READINGS),
        ("Bob <bob@example.net> Al <al@example.com>", ["bob@example.net", "al@example.com"], TWO_READINGS),
        ("Bob Baker bob@example.net", ["bob@example.net"], "address without brackets"),
        ("Bob <bob@example.net, al@example.com", ["bob@example.net", "al@example.com"], "bracket not closed"),
        (f"{'(' * 2_000}a@b.example", [], TOO_DEEP),
    ],
)
def test_what_is_dropped_is_told(value: str, found: list[str], defect: str) -> None:
    read = parse_addresses(value)
    assert [box.address for box in read.mailboxes] == found
    assert defect in read.defects


@pytest.mark.parametrize(
    "value",
    [
        "a@good.example <b@evil.example>",
        "a@good.example b@evil.example",
        "<a@good.example(>,<b@evil.example)>",
        f"{'(' * 2_000}a@good.example",
        "a@good.example" + " (x)" * 1_000,
    ],
)
def test_two_readings_of_one_sender_are_noticed(value: str) -> None:
    assert is_ambiguous(value)


@pytest.mark.parametrize(
    "value",
    [
        '"ceo@good.example" <b@evil.example>',
        "bob@example.net <bob@example.net>",
        "Baker, Bob <bob@example.net>",
        "=?utf-8?Q?Baker,_Bob?= <bob@example.net>",
        "bob@example.net (Bob Baker)",
        "Mail Delivery System <>",
        "",
        f"Bruce <{NOTES}>",
    ],
)
def test_odd_but_clear_senders_are_clear(value: str) -> None:
    assert not is_ambiguous(value)


LENIENT = {"strict": False} if getattr(utils, "supports_strict_parsing", False) else {}
ATOMS = st.text("abcXYZ019.-_+'", min_size=1, max_size=8)
ADDRESSES = st.builds(
    lambda local, domain, top: f"{local}@{domain}.{top}", ATOMS, ATOMS, st.sampled_from(["com", "example"])
)
NAMES = st.text("abcÄ '.-!?=_[]", max_size=12)
COMMON = st.one_of(
    ADDRESSES,
    st.builds(lambda name, address: f"{name} <{address}>", NAMES, ADDRESSES),
    st.builds(lambda name, address: f'"{name}" <{address}>', st.text("abc ,@.<>()':;", max_size=12), ADDRESSES),
)


@given(st.lists(COMMON, min_size=1, max_size=5).map(", ".join))
def test_the_fast_way_gives_what_the_careful_way_gives(value: str) -> None:
    fast = parse_common(value)
    if fast is not None:
        assert fast == parse_carefully(value)


@given(st.text("ab@.,;:<>()\"' \\=?[]\n", max_size=40))
def test_the_fast_way_is_right_or_silent_on_noise(value: str) -> None:
    fast = parse_common(value)
    if fast is not None:
        assert fast == parse_carefully(value)


@given(st.lists(COMMON, min_size=1, max_size=5).map(", ".join))
def test_the_standard_library_finds_the_same_addresses_where_the_fast_way_does(value: str) -> None:
    fast = parse_common(value)
    if fast is not None:
        theirs = [address.lower() for _, address in utils.getaddresses([value], **LENIENT) if "@" in address]
        assert [box.address for box in fast.mailboxes] == theirs


@given(st.one_of(st.text(max_size=80), st.text("ab@.,;:<>()\"' \\=?[]\n", max_size=80)))
def test_every_address_that_comes_out_is_one(value: str) -> None:
    for box in parse_addresses(value).mailboxes:
        assert box.address == box.address.lower()
        assert box.address.isprintable()
        assert "@" in box.address
        assert normalise_address(box.address) == box.address
        assert box.name != box.address
