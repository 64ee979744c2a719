"""Schema upgrades through alembic's API; a store of a newer weaktie is refused, never guessed at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from agent.errors import StoreError
from agent.store.db import Store
from agent.store.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0011"
_REVISION = (
    "CREATE TABLE alembic_version ("
    "version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def upgrade(store: Store) -> None:
    """Bring the schema to this version, in one transaction. Raises StoreError for a newer one."""
    at = current(store)
    if at == HEAD:
        return
    if at is None:
        _create(store)
        return
    if at > HEAD:
        hint = "Install the newer weaktie again."
        raise StoreError(f"The database was made by a newer weaktie (schema {at}, this one knows {HEAD}).", hint=hint)
    migrate(store)


def migrate(store: Store, to: str = HEAD) -> None:
    """The schema revision by revision, as a store made by an older weaktie goes."""
    from alembic import command

    with store.write() as connection:
        settings = _settings()
        settings.attributes["connection"] = connection
        command.upgrade(settings, to)


def _create(store: Store) -> None:
    """The schema as it is now, without the way to it: alembic takes longer to load than this takes."""
    with store.write() as connection:
        metadata.create_all(connection, checkfirst=False)
        connection.execute(text(_REVISION))
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def current(store: Store) -> str | None:
    """The revision of the schema, None for an empty database."""
    with store.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def _settings() -> Config:
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return settings
