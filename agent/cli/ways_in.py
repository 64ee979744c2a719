"""Signing in by browser or code at Google and Microsoft: what it costs, and how to get an app of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.cli.providers import Provider
from agent.cli.questions import Questions

GOOGLE_CHOICE = """
There are two ways in:

  password  An app password for IMAP. Two minutes; it does not expire. It opens the whole mailbox, reading and writing,
            to whoever has it, and it is kept on this machine. It gives no calendar: that has a secret address.
  oauth     A sign-in by browser, with an app of your own at Google. A quarter of an hour, once. Permissions are
            narrow (headers only, if drafts and reports are off) and can be withdrawn in your Google account.
            While the app is "in testing" Google ends the sign-in every 7 days; publishing the app ends that.
"""

GOOGLE_STEPS = """
An OAuth client of your own (weaktie ships none, so nobody stands between you and Google):

  1. console.cloud.google.com: make a project, called weaktie or as you like.
  2. APIs & Services, Library: enable the Gmail API and the Google Calendar API.
  3. Google Auth Platform, Get started: a name and your address. Audience: Internal if your firm uses Google Workspace,
     otherwise External.
  4. External only: Audience, Publish app. Left in testing, every sign-in ends after 7 days. Google shows a warning
     that it has not verified the app when you sign in: it is yours, so go on.
  5. Clients, Create client, type Desktop app, then Download JSON. Keep the file where only you can read it.

What weaktie will ask you for when you sign in, and why:

  gmail.metadata               the headers of your mail, where neither drafts nor reports go into this mailbox
  gmail.readonly               in place of that, to recognise its own drafts and reports again
  gmail.compose                to leave drafts; Google has no permission for drafts without sending
  gmail.insert                 to put the weekly report into your INBOX
  calendar.events.readonly     whom you met
  calendar.calendarlist.readonly   which calendars you have
"""

MICROSOFT_CHOICE = """
The way in is a sign-in with a code that you enter in any browser, through an app registration of your own. It takes a
quarter of an hour, once; in a firm an administrator may have to agree. It ends when it is not used for 90 days, when
your password changes, or when the firm's rules say so: weaktie tells you then, and `weaktie auth` mends it.
"""

MICROSOFT_STEPS = """
An app registration of your own (weaktie ships none, so nobody stands between you and Microsoft):

  1. entra.microsoft.com, Applications, App registrations, New registration. A personal account needs a directory for
     that; a free Azure account brings one.
  2. A name, and who may use it: accounts in your organization only, or, for outlook.com and the like, any
     organizational directory and personal Microsoft accounts.
  3. Authentication: add the platform Mobile and desktop applications with the redirect http://localhost, and set
     Allow public client flows to Yes.
  4. API permissions, Add, Microsoft Graph, Delegated:
       IMAP.AccessAsUser.All   to read the headers of your mail, and to leave drafts and reports in your mailbox
       Calendars.Read          whom you met
       SMTP.Send               only if you turn on sending
  5. Overview: copy the Application (client) ID.
"""


def by_browser(questions: Questions, provider: Provider) -> bool:
    """Whether the owner signs in so. Where passwords are not taken, there is nothing to choose."""
    if not provider.app_password:
        questions.tell(f"{provider.advice}\n{MICROSOFT_CHOICE}")
        return True
    questions.tell(GOOGLE_CHOICE)
    return questions.text("auth", "Which way (password or oauth)", default="password") == "oauth"


def oauth_sources(questions: Questions, address: str, provider: Provider) -> list[dict[str, Any]]:
    """Mail and calendar, as the file will name them."""
    make = _google if provider.oauth == "google" else _microsoft
    mail, calendar = make(questions, address, provider)
    wanted = questions.yes("calendar", "Read your calendars there too?", default=True)
    return [mail, calendar] if wanted else [mail]


def _google(questions: Questions, address: str, _provider: Provider) -> tuple[dict[str, Any], dict[str, Any]]:
    questions.tell(GOOGLE_STEPS)
    file = str(Path(questions.text("client_file", "The file you downloaded")).expanduser())
    account = {"client_file": file, "account": address}
    return {"name": "mail", "kind": "gmail", **account}, {"name": "calendar", "kind": "google_calendar", **account}


def _microsoft(questions: Questions, address: str, provider: Provider) -> tuple[dict[str, Any], dict[str, Any]]:
    questions.tell(MICROSOFT_STEPS)
    client = questions.text("client_id", "Application (client) ID")
    personal = address.rpartition("@")[2].partition(".")[0] in {"outlook", "hotmail", "live", "msn"}
    usual = "consumers" if personal else "common"
    tenant = questions.text("tenant", "Tenant: your organization's domain, or", default=usual)
    account = {"username": address, "client_id": client, "tenant": tenant}
    mail = {"name": "mail", "kind": "imap", "host": provider.host, "auth": "oauth", "provider": "microsoft", **account}
    return mail, {"name": "calendar", "kind": "outlook_calendar", **account}
