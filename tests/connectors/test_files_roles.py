"""What a folder is for, by its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.roles import NAMES, decode_name, fold, role_of, role_of_label
from connectors.records import Role

SEEN = {
    Role.INBOX: ["INBOX", "Inbox.mbox", "Posteingang", "Boîte de réception", "Входящие", "notes_inbox", "收件箱"],
    Role.SENT: [
        "Sent", "Sent.mbox", ".Sent", "INBOX.Sent", "INBOX/Sent Items", "[Gmail]/Sent Mail", "sent_items",
        "_sent_mail", "'sent mail", "sent-mail", "sent-mail-jan-2001", "Sent 2019", "Sent/2019/Acme", "Sent.sbd/2019",
        "Gesendet", "Gesendete Objekte", "[Google Mail]/Gesendet", "Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s",
        "Enviados", "Posta inviata", "Verzonden items", "Itens Enviados", "Skickat", "Elementy wysłane", "Wysłane",
        "送信済みアイテム", "已发送", "寄件備份", "보낸편지함", "Отправленные",
        "Sent Messages.mbox/mbox", r"Top\Sent Items",
    ],
    Role.DRAFTS: ["Drafts", "[Gmail]/Drafts", "Entw&APw-rfe", "Brouillons", "Borradores", "Bozze", "下書き", "草稿箱"],
    Role.JUNK: ["Junk", "Junk E-mail", "Spam", "[Gmail]/Spam", "Courrier indésirable", "Spamverdacht", "迷惑メール"],
    Role.TRASH: ["Trash", "deleted_items", "Deleted Messages", "Papierkorb", "Corbeille", "Kosz", "ゴミ箱", "Trash/x"],
    Role.ARCHIVE: ["Archive", "all_documents", "[Gmail]/All Mail", "Alle Nachrichten"],
    Role.OTHER: [
        "", ".", "Projects", "INBOX/Projects", "inbox/rto_west", "Sent to Bob", "Presented", "discussion_threads",
        "Drafting Committee", "Spamalot", "&-", "2019", "mbox",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "role"), [(name, role) for role, names in SEEN.items() for name in names])
def test_a_folder_is_known_by_its_name(name: str, role: Role) -> None:
    assert role_of(name) is role


def test_no_name_stands_for_two_roles() -> None:
    listed = [(fold(word), role) for role, words in NAMES.items() for word in set(words.split("|"))]
    roles: dict[str, set[Role]] = {}
    for word, role in listed:
        roles.setdefault(word, set()).add(role)
    assert {word: found for word, found in roles.items() if len(found) > 1} == {}


def test_a_label_is_taken_as_a_whole() -> None:
    assert role_of_label("Gesendet") is Role.SENT
    assert role_of_label("Work/Sent") is Role.OTHER


def test_modified_utf7_is_read_and_broken_runs_are_left_alone() -> None:
    assert decode_name("R&-D") == "R&D"
    assert decode_name("&ZeVnLIqe-") == "日本語"
    assert decode_name("&AA0ACg-") == "&AA0ACg-"
    assert decode_name("Q&A") == "Q&A"


@given(st.text())
def test_any_name_has_a_role(name: str) -> None:
    assert role_of(name) in Role
