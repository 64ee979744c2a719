"""The life of a draft as a table: from where to where, and why. `drafts.move` obeys it, docs/states.md draws it."""

from __future__ import annotations

from agent.types import DraftState as S

START = ""

EDGES: dict[tuple[str, str], str] = {
    (START, S.PLANNED): "there is a reason to write, and the policy allows it",
    (START, S.REFUSED): "there is a reason to write, but a lasting rule forbids it",
    (S.REFUSED, S.PLANNED): "the rule that forbade it at the start no longer does",
    (S.PLANNED, S.RENDERED): "composed: Message-ID, token, recipient, bytes and digest are fixed from here on",
    (S.PLANNED, S.REFUSED): "a value is missing, the text is not safe, or a rule forbids it by now",
    (S.PLANNED, S.WITHDRAWN): "the two were in touch meanwhile, or the person must not be written to",
    (S.PLANNED, S.DISMISSED): "the owner rejected it",
    (S.PLANNED, S.EXPIRED): "it waited too long to be written",
    (S.PLANNED, S.HELD): "the owner put it on hold",
    (S.RENDERED, S.DRAFTING): "the intention is committed before the mailbox is touched",
    (S.RENDERED, S.WITHDRAWN): "the two were in touch meanwhile, or the person must not be written to",
    (S.RENDERED, S.DISMISSED): "the owner rejected it",
    (S.RENDERED, S.EXPIRED): "it waited too long to be put into the mailbox",
    (S.RENDERED, S.HELD): "the owner put it on hold",
    (S.DRAFTING, S.DRAFTED): "the mailbox said where it lies, or it was found there after a cut",
    (
        S.DRAFTING,
        S.RENDERED,
    ): "the mailbox was away, or after a cut it is not there: judged anew before it is put again",
    (S.DRAFTING, S.REFUSED): "the mailbox said no",
    (S.DRAFTING, S.SENT): "after a cut it was found in Sent: the owner was quicker",
    (S.DRAFTING, S.DISMISSED): "after a cut it was found in the bin: the owner was quicker",
    (S.DRAFTED, S.DRAFTED): "seen edited, missing or back, or contact came in while it is the owner's own by now",
    (S.DRAFTED, S.SENT): "the owner sent it from their own mail program",
    (S.DRAFTED, S.APPROVED): "the owner approved these exact bytes (send mode)",
    (S.DRAFTED, S.DISMISSED): "the owner deleted or rejected it",
    (S.DRAFTED, S.EXPIRED): "it lay there too long; removed unless edited",
    (
        S.DRAFTED,
        S.WITHDRAWN,
    ): "the two were in touch meanwhile, or the person must not be written to; removed, it was untouched",
    (S.DRAFTED, S.HELD): "the owner put it on hold",
    (
        S.APPROVED,
        S.DRAFTED,
    ): "edited, revoked, send mode off, or contact came in: an approval is for bytes and a moment, not for an id",
    (S.APPROVED, S.QUEUED): "the time to undo is over and the policy still allows it",
    (S.APPROVED, S.SENT): "the owner sent it from their own mail program",
    (S.APPROVED, S.DISMISSED): "the owner deleted or rejected it",
    (S.APPROVED, S.WITHDRAWN): "the two were in touch meanwhile, or the person must not be written to; removed",
    (S.APPROVED, S.HELD): "the owner put it on hold",
    (S.QUEUED, S.SENDING): "committed before the connection is opened; safe to repeat",
    (
        S.QUEUED,
        S.DRAFTED,
    ): "edited, revoked, send mode off, or contact came in: an approval is for bytes and a moment, not for an id",
    (S.QUEUED, S.SENT): "the owner sent it from their own mail program",
    (S.QUEUED, S.DISMISSED): "the owner deleted or rejected it",
    (S.QUEUED, S.WITHDRAWN): "the two were in touch meanwhile, or the person must not be written to; removed",
    (S.QUEUED, S.HELD): "the owner put it on hold",
    (S.SENDING, S.COMMITTING): "the server is ready for the text; committed before its first byte",
    (S.SENDING, S.QUEUED): "the server was away or the program died: nothing can have gone out; again later",
    (S.SENDING, S.FAILED): "the server said no, or was away five times",
    (S.COMMITTING, S.SENT): "the server took it",
    (S.COMMITTING, S.QUEUED): "the server said “later”, or the line broke before the end of the text: nothing went out",
    (S.COMMITTING, S.FAILED): "the server said no in so many words: nothing went out",
    (
        S.COMMITTING,
        S.UNKNOWN,
    ): "cut off at the end of the text or after it: it may have gone out; never sent again by the program",
    (S.UNKNOWN, S.SENT): "found in Sent, or an answer or a delivery report names it",
    (S.UNKNOWN, S.ASK): "not found for a day: only the owner can know",
    (S.ASK, S.SENT): "the owner says it went, or it was found after all",
    (S.ASK, S.QUEUED): "the owner says to send it again, under the same Message-ID",
    (S.ASK, S.DISMISSED): "the owner says to let it be",
    (S.FAILED, S.APPROVED): "the owner approved it anew",
    (S.FAILED, S.SENT): "the owner sent it from their own mail program",
    (S.FAILED, S.DISMISSED): "the owner deleted or rejected it",
    (S.FAILED, S.EXPIRED): "it lay there too long; removed unless edited",
    (S.HELD, S.PLANNED): "the owner let it go on; it was not written yet",
    (S.HELD, S.RENDERED): "the owner let it go on; it was not in the mailbox yet",
    (S.HELD, S.DRAFTED): "the owner let it go on; an approval has to be given anew",
    (S.HELD, S.SENT): "the owner sent it from their own mail program",
    (S.HELD, S.DISMISSED): "the owner deleted or rejected it",
    (S.SENT, S.BOUNCED): "a delivery report says that it did not arrive",
    (S.DISMISSED, S.SENT): "the owner sent it after all: its token or Message-ID was seen in Sent",
    (S.EXPIRED, S.SENT): "the owner sent it after all: its token or Message-ID was seen in Sent",
    (S.WITHDRAWN, S.SENT): "the owner sent it after all: its token or Message-ID was seen in Sent",
}

OPEN = frozenset(
    {
        S.PLANNED,
        S.RENDERED,
        S.DRAFTING,
        S.DRAFTED,
        S.APPROVED,
        S.QUEUED,
        S.SENDING,
        S.COMMITTING,
        S.UNKNOWN,
        S.ASK,
        S.FAILED,
        S.HELD,
    }
)
UNREVIEWED = frozenset({S.PLANNED, S.RENDERED, S.DRAFTING, S.DRAFTED})
IN_MAILBOX = frozenset({S.DRAFTED, S.APPROVED, S.QUEUED, S.FAILED, S.HELD})
CLOSED_UNSENT = frozenset({S.DISMISSED, S.EXPIRED, S.WITHDRAWN})


def legal(before: str, after: str) -> bool:
    """Whether the table has this edge."""
    return (before, after) in EDGES
