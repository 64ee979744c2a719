"""The twelve bugs that systems like this one really had (research: safety.md §6), as changes of our own source.

Each names the tests that must fail once it is planted. `tests/house/test_mutants.py` keeps the places up to date.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, the text `old`, which stands there exactly once, becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """What is wrong, where, and the smallest part of the suite that is to notice (arguments of pytest)."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


BUGS = (
    Bug(
        "cursor first: the place in the folder is stored before the mail it stands for",
        (
            Edit(
                "agent/capture/sync.py",
                "            with store.write(repeatable=True, adding=given.adds_only) as connection:\n"
                "                stream_row =",
                "            with store.write() as connection:\n"
                "                early = sources.stream_id(connection, row.id, batch.stream)\n"
                "                sources.save_cursor(connection, early, batch.cursor)\n"
                "            with store.write(repeatable=True, adding=given.adds_only) as connection:\n"
                "                stream_row =",
            ),
        ),
        ("tests/system/test_crash_points.py",),
    ),
    Bug(
        "retry after DATA: a line cut in the text counts as nothing sent",
        (Edit("agent/outreach/outbox.py", "        if gate.passed:\n", "        if False:\n"),),
        ("tests/agent/test_outreach_crash.py", "-k", "undisturbed or cut_line"),
    ),
    Bug(
        "no bisect: one message that cannot be fetched takes its whole page with it",
        (
            Edit(
                "connectors/imap/reader.py",
                "            return self.read(uids[:half], tries=1) + self.read(uids[half:], tries=1)\n",
                '            return [self._malformed(uid, f"a page of {2 * half} failed") for uid in uids]\n',
            ),
        ),
        ("tests/connectors/test_imap_trouble.py", "-k", "one_bad_message"),
    ),
    Bug(
        "modseq only: the server's latest word decides how far we have read, not what was read",
        (
            Edit(
                "connectors/imap/source.py",
                "cursor = advanced(cursor, uids, reached, down=down)\n",
                "cursor = advanced(cursor, uids, reached, down=down)\n"
                "            cursor = Cursor(box.uidvalidity, self._session.open(b'INBOX').uidnext - 1, cursor.low)\n",
            ),
        ),
        ("tests/system/test_mailbox_changes.py", "-k", "comes_while_a_folder_is_read"),
    ),
    Bug(
        "SEARCH ALL: every UID of a folder is asked for in one line",
        (
            Edit(
                "connectors/imap/reader.py",
                'client.search_uids(f"UID {lowest}:{highest}")',
                'client.search_uids("ALL")',
            ),
        ),
        ("tests/connectors/test_imap_known.py",),
    ),
    Bug(
        "substring: a server's search for a Message-ID is believed",
        (
            Edit(
                "connectors/outlets/ours.py",
                "(self.message_id and self.message_id in ids)",
                "(self.message_id and self.message_id.lower() in ' '.join(ids).lower())",
            ),
        ),
        ("tests/connectors/test_outlets_imap.py", "-k", "only_the_exact_id"),
    ),
    Bug(
        "no re-parse: what was serialised is put into the mailbox unread",
        (
            Edit(
                "agent/outreach/compose.py",
                "    check(content, writer.address, address, tuple(name for name, _ in head))\n",
                "",
            ),
        ),
        ("tests/agent/test_outreach_compose.py", "-k", "read_again"),
    ),
    Bug(
        "approval by INBOX: a mail that bears the draft's token approves it",
        (
            Edit(
                "agent/outreach/observe.py",
                "        sent = self._sent(row, copies)\n",
                "        if row.state is S.DRAFTED and self.mailbox.find(row.rfc_id, row.token, (Role.INBOX,)):\n"
                '            word = {"approved_digest": row.digest, "approved_by": "mail", "approved_at": self.now}\n'
                '            self._move(row, S.APPROVED, "approved by mail", [], **word)\n'
                "            return\n"
                "        sent = self._sent(row, copies)\n",
            ),
        ),
        ("tests/agent/test_outreach_forged.py",),
    ),
    Bug(
        "no re-check at send: a do-not-contact rule after the approval changes nothing",
        (
            Edit(
                "agent/outreach/outbox.py",
                "    rule = draft_facts.forbidden(connection, row)\n    facts =",
                "    rule = None\n    facts =",
            ),
            Edit(
                "agent/outreach/outbox.py",
                "            rule = draft_facts.forbidden(connection, row)\n            if rule",
                "            rule = None\n            if rule",
            ),
        ),
        ("tests/agent/test_outreach_outbox.py", "-k", "do_not_contact"),
    ),
    Bug(
        "naive times: the machine's own time zone is taken for UTC",
        (
            Edit(
                "connectors/mime_date.py",
                "        return datetime.fromisoformat(text).astimezone(UTC)\n",
                "        return datetime.fromisoformat(text).astimezone().replace(tzinfo=UTC)\n",
            ),
        ),
        ("tests/connectors/test_imap_known.py",),
    ),
    Bug(
        "draft retry: what may have been stored is stored again without a look",
        (
            Edit(
                "agent/outreach/review.py",
                "    copies = look(mailbox, row, EVERYWHERE)\n    state:",
                "    copies = Copies()\n    state:",
            ),
            Edit("agent/outreach/review.py", "import EVERYWHERE, look,", "import EVERYWHERE, Copies, look,"),
        ),
        ("tests/agent/test_outreach_review.py", "-k", "lost_answer"),
    ),
    Bug(
        "idle spin: a server that hangs up during IDLE is asked again at once, for ever",
        (
            Edit(
                "connectors/imap/idle.py",
                "            stop.wait(min(FIRST_PAUSE * 2 ** min(breaks, 10), LONGEST_PAUSE))\n",
                "",
            ),
        ),
        ("tests/connectors/test_imap_idle.py", "-k", "always_breaks"),
    ),
)
