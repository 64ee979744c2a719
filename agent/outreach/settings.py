"""config.toml's words in the terms of outreach."""

from __future__ import annotations

from datetime import time

from agent.config import Config, Drafts, GmailSource, GoogleAccount, MailboxSettings, Owner, Send
from agent.errors import ConfigError
from agent.outreach.compose import Style, Writer
from agent.outreach.policy import Limits, SendLimits


def writer_of(owner: Owner) -> Writer:
    """The owner as the one who writes, from their first address."""
    return Writer(owner.name, owner.addresses[0], owner.signature, owner.zone)


def limits_of(drafts: Drafts) -> Limits:
    """How little is enough."""
    return Limits(
        days_between=drafts.days_between,
        max_new_per_week=drafts.max_new_per_week,
        max_unreviewed=drafts.max_unreviewed,
        start_after_hours=drafts.start_after_hours,
        days_between_at_firm=drafts.days_between_at_firm,
        asks_per_month=drafts.max_asks_per_month,
        days_between_asks=drafts.days_between_asks,
    )


def style_of(drafts: Drafts, address: str) -> Style:
    """How what goes to this address is written."""
    return Style(drafts.language_for(address), drafts.html)


def send_limits_of(send: Send) -> SendLimits:
    """When and how much may go out."""
    return SendLimits(send.max_per_day, time.fromisoformat(send.quiet_from), time.fromisoformat(send.quiet_until))


def google_scopes(config: Config, settings: GoogleAccount) -> tuple[str, ...]:
    """The permissions a source of Google's needs, and no more: to read header fields alone, unless it is written into.

    Gmail has none for drafts without sending; that weaktie does not send is weaktie's promise, not Google's.
    """
    if not isinstance(settings, GmailSource):
        return ("calendar.events.readonly", "calendar.calendarlist.readonly")
    drafts = config.drafts.enabled and config.mailbox(config.drafts.mailbox) == settings
    reports = config.report.enabled and config.mailbox(config.report.mailbox) == settings
    if not (drafts or reports):
        return ("gmail.metadata",)
    return ("gmail.readonly", *(["gmail.compose"] if drafts else []), *(["gmail.insert"] if reports else []))


def lacking(config: Config, settings: GoogleAccount) -> tuple[str, ...]:
    """Permissions that are needed and were not given when the owner signed in; none where nobody has yet."""
    token = settings.token_store().load(settings.name)
    if token is None:
        return ()
    given = {str(scope).rpartition("/")[2] for scope in token.get("scopes") or ()}
    given |= {"gmail.metadata"} if "gmail.readonly" in given else set()
    return tuple(scope for scope in google_scopes(config, settings) if scope not in given)


def mailbox_of(config: Config, wanted: str = "") -> MailboxSettings:
    """The source that drafts and reports are put into: the one named, else the first mailbox that can be written.

    Raises ConfigError where there is none.
    """
    found = config.mailbox(wanted)
    if found is not None:
        return found
    what = f"The source {wanted!r} cannot hold drafts." if wanted else "No source can hold drafts."
    way = "Drafts and reports go into a source of kind 'imap', 'gmail' or 'maildir'"
    raise ConfigError(what, hint=f"{way}; without one set enabled = false in [drafts] and [report].")
