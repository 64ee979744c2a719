"""The composition root: settings → an App with its store, its owner and what it is built from. The only wiring."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from agent import clock
from agent.capture import anew
from agent.capture.ledger import Book
from agent.capture.sync import acknowledge, disown
from agent.config import (
    CalDavSource,
    Config,
    ContactsSource,
    FileSource,
    GmailSource,
    GoogleCalendarSource,
    IcsSource,
    ImapSource,
    OutlookCalendarSource,
    SourceSettings,
)
from agent.errors import ConfigError, NotFound
from agent.people.forgetting import Tombstones
from agent.people.normalise import address_key
from agent.store import exclusions, forgetting, forms, owners, people, sources
from agent.store.db import Connection, Store, open_store
from agent.store.migrate import HEAD, current, upgrade
from agent.store.owners import OwnerRow
from agent.store.sources import SourceRow
from agent.templating import Templates
from connectors.base import Source
from connectors.registry import open_source


@dataclass(frozen=True)
class App:
    """Everything a job needs, opened."""

    config: Config
    store: Store
    owner: OwnerRow
    templates: Templates

    def book(self, seen_at: datetime) -> Book:
        """The ledger's rules as they stand: own addresses, exclusions, limits."""
        with self.store.read() as connection:
            return self._book(connection, seen_at)

    def _book(self, connection: Connection, seen_at: datetime) -> Book:
        own = owners.addresses(connection, self.owner.id)
        rules = exclusions.listed(connection, self.owner.id)
        digests = forgetting.digests(connection, self.owner.id)
        capture = self.config.capture
        return Book(
            owner_id=self.owner.id,
            own=own,
            salt=self.owner.salt,
            seen_at=seen_at,
            max_recipients=capture.max_recipients,
            exclude=frozenset(capture.exclude) | {rule.value for rule in rules if rule.kind != exclusions.FOLDER},
            folders=tuple(rule.value for rule in rules if rule.kind == exclusions.FOLDER),
            forgotten=Tombstones(self.owner.salt, digests),
        )

    def fresh_owner(self) -> OwnerRow:
        """The owner as the store has them now."""
        with self.store.read() as connection:
            found = owners.by_id(connection, self.owner.id)
        if found is None:
            raise NotFound(f"There is no owner called {self.owner.name}.")
        return found

    def derived_by(self) -> dict[str, str]:
        """The marks of the rules that everything derived is stored by."""
        with self.store.read() as connection:
            noted = forms.noted(connection, self.owner.id)
        return {kind: mark for kind, mark in noted.items() if kind in anew.DERIVED}

    def opened(self, settings: SourceSettings, seen_at: datetime) -> tuple[SourceRow, Book]:
        """The store's record of a configured source, made when missing, and the book to enter what it holds in."""
        with self.store.write() as connection:
            row = sources.ensure(connection, self.owner.id, settings.name, settings.kind)
            return row, self._book(connection, seen_at)

    def settings_of(self, name: str) -> SourceSettings:
        """A configured source by its name. Raises NotFound, naming those there are."""
        for settings in self.config.sources:
            if settings.name == name:
                return settings
        known = ", ".join(source.name for source in self.config.sources) or "none"
        raise NotFound(f"There is no source called {name!r}.", hint=f"Configured sources: {known}.")


def open_app(config: Config, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> App:
    """Open the store of a configuration, bring it up to date and know the owner.

    `alone()` is entered where the schema changes or something is derived anew, for nobody else may be at work on the
    store then; who holds it already needs none.
    """
    store = open_store(config.database.address)
    try:
        return _brought_up_to_date(config, store, alone)
    except BaseException:
        store.close()
        raise


def _brought_up_to_date(config: Config, store: Store, alone: Callable[[], AbstractContextManager[None]]) -> App:
    if current(store) != HEAD:
        with alone():
            upgrade(store)
    with store.write() as connection:
        owner = _owner_meant(connection, config)
    app = App(config, store, owner, Templates(own_templates(config)))
    now = clock.now()
    changed = acknowledge(store, app.book(now), map(address_key, config.owner.addresses))
    changed += disown(store, app.book(now), map(address_key, config.owner.not_mine))
    if changed or anew.stale(store, app.book(now)):
        with alone():
            if not anew.keep_derived(store, app.book(now), now):
                anew.settle(store, app.book(now), now)
    return app


def _owner_meant(connection: Connection, config: Config) -> OwnerRow:
    """The owner of this name; else of the name before, who is renamed; else a new one.

    Raises ConfigError where it may be another owner of the database.
    """
    name, bearers = config.owner.name, owners.bearing(connection, set(map(address_key, config.owner.addresses)))
    known = owners.by_name(connection, name) or owners.by_name(connection, config.owner.formerly)
    if known is not None:
        _refuse_namesake(connection, known, bearers, config)
        if known.name != name:
            owners.rename(connection, known.id, name)
    elif bearers:
        raise ConfigError(
            f"The database holds an address of this configuration as that of somebody not called {name}.",
            hint="If that is you under another name, set owner.formerly to the name before. If it is somebody else, "
            "leave out of owner.addresses what is not yours alone.",
        )
    return owners.ensure(connection, name)


def _refuse_namesake(connection: Connection, owner: OwnerRow, bearers: Iterable[OwnerRow], config: Config) -> None:
    """Owners are told apart by name: what is stored under it may be another person's of a team.

    Raises ConfigError where not one address of this owner is in the configuration, and people are known under their
    name or its addresses are another owner's.
    """
    given = {address_key(address) for address in (*config.owner.addresses, *config.owner.not_mine)}
    known = owners.addresses(connection, owner.id)
    if known and given.isdisjoint(known) and (any(bearers) or people.anybody(connection, owner.id)):
        raise ConfigError(
            f"The database holds the ties of a {owner.name} with other addresses than those of this configuration.",
            hint="If that is somebody else, give yourself another owner.name. If it is you, keep one of those in "
            "owner.addresses, or name it in owner.not_mine where it never was yours.",
        )


def open_configured(settings: SourceSettings, zone: str, as_of: datetime, barred: Iterable[str] = ()) -> Source:
    """The connector of a configured source; nothing is contacted yet."""
    return opener(settings, zone, as_of, barred)()


def opener(settings: SourceSettings, zone: str, as_of: datetime, barred: Iterable[str] = ()) -> partial[Source]:
    """How to open it, here or in another process. `barred`: folders and labels not to look into, besides the settings'.

    Calendars are not told: one that a source no longer reads counts as gone there, with all that was held in it.
    """
    told = _arguments(settings, zone, as_of)
    if isinstance(settings, ImapSource | FileSource | GmailSource):
        name = "folders_exclude" if isinstance(settings, ImapSource) else "exclude"
        told[name] = (*told[name], *barred)
    return partial(open_source, settings.kind, **told)


def _arguments(settings: SourceSettings, zone: str, as_of: datetime) -> dict[str, Any]:
    if isinstance(settings, ImapSource):
        plain = settings.model_dump(include={"host", "port", "tls", "username", "timeout"})
        return {
            **plain,
            **settings.way_in(),
            "folders_exclude": settings.exclude_folders,
            "ca_file": settings.ca_file or None,
            "as_of": as_of,
        }
    if isinstance(settings, FileSource):
        return {"path": Path(settings.path).expanduser(), "exclude": settings.exclude_folders}
    if isinstance(settings, ContactsSource):
        return {"path": Path(settings.path).expanduser()}
    if isinstance(settings, IcsSource):
        path = Path(settings.path).expanduser() if settings.path else None
        return {"path": path, "url": settings.url or None, "zone": zone, "as_of": as_of, "name": settings.name}
    if isinstance(settings, GmailSource | GoogleCalendarSource):
        return _google(settings, zone, as_of)
    return _outlook(settings, as_of) if isinstance(settings, OutlookCalendarSource) else _caldav(settings, zone, as_of)


def _google(settings: GmailSource | GoogleCalendarSource, zone: str, as_of: datetime) -> dict[str, Any]:
    told = {**settings.reach(), "account": settings.account, "as_of": as_of}
    if isinstance(settings, GmailSource):
        return {**told, "exclude": settings.exclude_labels}
    return {**told, "calendars": settings.calendars, "exclude": settings.exclude_calendars, "zone": zone}


def _outlook(settings: OutlookCalendarSource, as_of: datetime) -> dict[str, Any]:
    return {
        "token": settings.microsoft(settings.scope).token,
        "graph": settings.graph,
        "calendars": settings.calendars,
        "exclude": settings.exclude_calendars,
        "as_of": as_of,
        "timeout": settings.timeout,
        "ca_file": settings.ca_file or None,
    }


def _caldav(settings: CalDavSource, zone: str, as_of: datetime) -> dict[str, Any]:
    return {
        "url": settings.url,
        "username": settings.username,
        "password": settings.reveal,
        "calendars": settings.calendars,
        "exclude": settings.exclude_calendars,
        "zone": zone,
        "as_of": as_of,
        "timeout": settings.timeout,
        "ca_file": settings.ca_file or None,
    }


def own_templates(config: Config) -> Path | None:
    """The owner's folder of templates, where they have one."""
    return Path(config.drafts.templates).expanduser() if config.drafts.templates else None
