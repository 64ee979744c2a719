"""The owner's wishes of each tie, as they stand and as they stood before the last change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, true

from agent.store.db import Connection, insert_ignore
from agent.store.schema import tag, wish
from agent.store.upsert import upsert
from agent.types import NO_WISH, Standing, Wish

COLUMNS = ("standing", "snoozed_from", "snoozed_until", "every_days", "goal", "resumed_at")
INSTANTS = ("snoozed_from", "snoozed_until", "resumed_at")


def listed(connection: Connection, owner_id: int) -> dict[int, Wish]:
    """Person → wish, for everybody of whom the owner ever said something."""
    return _read(connection, owner_id, true(), true())


def of(connection: Connection, owner_id: int, person_id: int) -> Wish:
    """The wish for one person."""
    found = _read(connection, owner_id, wish.c.person_id == person_id, tag.c.person_id == person_id)
    return found.get(person_id, NO_WISH)


def hidden(connection: Connection, owner_id: int) -> frozenset[int]:
    """People who are dropped or private."""
    return frozenset(who for who, found in listed(connection, owner_id).items() if found.hidden)


def save(connection: Connection, owner_id: int, person_id: int, new: Wish, at: datetime) -> None:
    """The wish from now on; the one before is remembered for `undo`."""
    before = of(connection, owner_id, person_id)
    if new != before:
        _write(connection, owner_id, person_id, new, at, as_json(before))


def undo(connection: Connection, owner_id: int, person_id: int, at: datetime) -> bool:
    """Back to the wish before the last change (again: forth); False where nothing was ever changed."""
    same = (wish.c.owner_id == owner_id, wish.c.person_id == person_id)
    before = connection.scalar(select(wish.c.before).where(*same))
    if before is None:
        return False
    save(connection, owner_id, person_id, from_json(before), at)
    return True


def put_back(connection: Connection, owner_id: int, person_id: int, stored: dict[str, Any], at: datetime) -> None:
    """The wish as `as_json` gave it, with nothing before it."""
    _write(connection, owner_id, person_id, from_json(stored), at, None)


def hand_over(connection: Connection, owner_id: int, gone: int, kept: int, at: datetime) -> None:
    """What was wished of a person holds for the one they were merged into."""
    one, other = of(connection, owner_id, kept), of(connection, owner_id, gone)
    if other != NO_WISH:
        _write(connection, owner_id, kept, one.joined(other), at, as_json(one))


def share(connection: Connection, owner_id: int, person_id: int, fresh: int, at: datetime) -> None:
    """Somebody split off stays as hidden as they were."""
    found = of(connection, owner_id, person_id)
    if found.hidden:
        save(connection, owner_id, fresh, Wish(standing=found.standing), at)


def as_json(found: Wish) -> dict[str, Any]:
    """A wish as plain values: instants in ISO 8601."""
    values = asdict(found) | {"standing": found.standing.value, "tags": list(found.tags)}
    return values | {name: _iso(getattr(found, name)) for name in INSTANTS}


def from_json(values: dict[str, Any]) -> Wish:
    """The wish of plain values."""
    instants = {name: datetime.fromisoformat(values[name]) if values[name] else None for name in INSTANTS}
    return Wish(**values | instants | {"standing": Standing(values["standing"]), "tags": tuple(values["tags"])})


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read(
    connection: Connection, owner_id: int, which: ColumnElement[bool], tagged: ColumnElement[bool]
) -> dict[int, Wish]:
    query = select(wish.c.person_id, *(wish.c[name] for name in COLUMNS)).where(wish.c.owner_id == owner_id, which)
    found = {who: Wish(Standing(standing), *rest) for who, standing, *rest in connection.execute(query)}
    tags: dict[int, list[str]] = defaultdict(list)
    rows = select(tag.c.person_id, tag.c.tag).where(tag.c.owner_id == owner_id, tagged).order_by(tag.c.tag)
    for who, name in connection.execute(rows):
        tags[who].append(name)
    return found | {who: replace(found.get(who, NO_WISH), tags=tuple(names)) for who, names in tags.items()}


def _write(
    connection: Connection, owner_id: int, person_id: int, new: Wish, at: datetime, before: dict[str, Any] | None
) -> None:
    values = {name: getattr(new, name) for name in COLUMNS} | {"standing": new.standing.value}
    values |= {"changed_at": at, "before": before}
    statement = upsert(connection, wish, ("owner_id", "person_id"), lambda row: {name: row[name] for name in values})
    connection.execute(statement, [{"owner_id": owner_id, "person_id": person_id, **values}])
    connection.execute(delete(tag).where(tag.c.owner_id == owner_id, tag.c.person_id == person_id))
    rows = [{"owner_id": owner_id, "person_id": person_id, "tag": name} for name in new.tags]
    if rows:
        connection.execute(insert_ignore(connection, tag), rows)
