"""`auth`: sign in by browser or code for a source that takes no password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import opened, the_config

if TYPE_CHECKING:
    from agent.config import Config, GoogleAccount, ImapSource, MicrosoftAccount, SourceSettings


@click.command()
@click.argument("name")
@click.option("--browser/--code", default=None, help="In a browser on this machine, or with a code on any other.")
@click.option("--forget", is_flag=True, help="Only forget the sign-in that is kept here.")
def auth(name: str, browser: bool | None, forget: bool) -> None:
    """Sign in for the source NAME at Google or Microsoft. The sign-in is kept for later."""
    from agent.config import Keeping
    from agent.errors import UsageError

    config = the_config()
    settings = next((source for source in config.sources if source.name == name), None)
    way = way_of(config, settings) if settings else None
    if way is None or not isinstance(settings, Keeping):
        able = ", ".join(source.name for source in config.sources if way_of(config, source)) or "none"
        what = f"The source {name!r} signs in by password." if settings else f"There is no source called {name!r}."
        raise UsageError(what, hint=f"Sources that sign in by browser or code: {able}.")
    if forget:
        settings.token_store().forget(name)
        click.echo(f"The sign-in for {name} is forgotten here. Withdraw it at your provider too.")
        return
    user = way(browser)
    _wake(name)
    click.echo(f"Signed in for {name}{f' as {user}' if user else ''}. Next: `weaktie sync {name}`.")


Way = Callable[["bool | None"], str]
"""Signs in, by browser, by code, or (None) as suits the provider; gives who signed in, where that is told."""


def way_of(config: Config, settings: SourceSettings) -> Way | None:
    """How a source's sign-in begins; None for sources without one."""
    from agent.config import GoogleAccount, ImapSource, OutlookCalendarSource
    from agent.config.signing_in import GOOGLE_MAIL
    from agent.outreach.settings import google_scopes
    from connectors.oauth.microsoft import IMAP, SMTP

    if isinstance(settings, OutlookCalendarSource):
        return partial(_microsoft, settings, (settings.scope,))
    if isinstance(settings, GoogleAccount):
        return partial(_google, settings, google_scopes(config, settings), settings.account)
    if not isinstance(settings, ImapSource) or settings.auth == "password":
        return None
    if settings.provider == "google":
        return partial(_google, settings, (GOOGLE_MAIL,), settings.username)
    sends = config.send.enabled and config.sending_account() == settings
    return partial(_microsoft, settings, (IMAP, SMTP) if sends else (IMAP,))


def _microsoft(settings: MicrosoftAccount, scopes: tuple[str, ...], browser: bool | None) -> str:
    account = settings.microsoft(*scopes)
    return account.by_browser(click.echo) if browser else account.by_device(click.echo)


def _google(settings: GoogleAccount | ImapSource, scopes: Sequence[str], account: str, browser: bool | None) -> str:
    from agent import clock
    from agent.config import google_sign_in

    google, now = google_sign_in(), clock.now()
    client = google.client_config(Path(settings.client_file).expanduser())
    click.echo(f"Google will ask whether weaktie may: {', '.join(scopes)}. Leave every box ticked.")
    if browser is False:
        token = google.authorize_by_hand(client, scopes, now, _elsewhere, account=account)
    else:
        token = google.authorize_loopback(client, scopes, now, account=account)
    settings.token_store().save(settings.name, token)
    return ""


def _elsewhere(address: str) -> str:
    click.echo(f"Open this address in a browser, anywhere:\n\n{address}\n")
    click.echo("At the end the browser fails to open a page: copy the whole address it shows then.")
    return str(click.prompt("Address"))


def _wake(name: str) -> None:
    """A source that paused for its sign-in is due again."""
    from agent import clock
    from agent.jobs import capture, pace

    with opened() as app:
        pace.wake(app, capture.job_of(app.settings_of(name)), clock.now())


COMMANDS = [auth]
