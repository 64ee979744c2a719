"""Marks of the form in which what is derived was stored, so that a newer weaktie derives it anew and no other does."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from sqlalchemy import select

from agent.store.db import Connection
from agent.store.schema import form
from agent.store.upsert import upsert


def noted(connection: Connection, owner_id: int) -> dict[str, str]:
    """Kind of what is derived → the mark it was stored under."""
    rows = connection.execute(select(form.c.kind, form.c.mark).where(form.c.owner_id == owner_id))
    return {row.kind: row.mark for row in rows}


def note(connection: Connection, owner_id: int, kind: str, mark: str) -> None:
    """All that is stored of this kind has this form now."""
    statement = upsert(connection, form, ("owner_id", "kind"), lambda new: {"mark": new["mark"]})
    connection.execute(statement, [{"owner_id": owner_id, "kind": kind, "mark": mark}])


def of_source(*modules: ModuleType, libraries: tuple[str, ...] = ()) -> str:
    """A mark of what judges: the text of modules, and of all in packages; and the versions of libraries, by name.

    It changes too often (with a comment) and never too seldom: nobody has to think of it when a rule or table changes.
    """
    digest = sha256()
    for module in modules:
        place = Path(str(module.__file__))
        for file in sorted(place.parent.glob("*.py")) if place.name == "__init__.py" else [place]:
            digest.update(file.read_bytes())
    for library in libraries:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()[:16]
