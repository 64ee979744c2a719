"""Streams of one file a message: what was read is remembered exactly, in five bytes a file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from connectors.base import Batch, Json
from connectors.files.reading import BATCH
from connectors.records import Malformed, Record

WIDTH = 5
"""Bytes of a digest: the chance that one of 100,000 files hides another is 1 in 10 million for each new file."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that holds one message. `key` changes when the content does, `ref` is what records call it."""

    key: str
    ref: str
    path: Path


class Seen:
    """A set of keys that fits into a cursor."""

    def __init__(self, digests: Iterable[bytes] = ()) -> None:
        self._digests = set(digests)

    @classmethod
    def of(cls, cursor: Json) -> Seen:
        """What a cursor holds; an unreadable one holds nothing, and all is read again."""
        try:
            packed = base64.b64decode(cursor["seen"], validate=True)
        except (KeyError, TypeError, ValueError):
            return cls()
        return cls(packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH))

    def json(self) -> Json:
        """The cursor."""
        return {"seen": base64.b64encode(b"".join(sorted(self._digests))).decode("ascii")}

    def __contains__(self, key: str) -> bool:
        return _digest(key) in self._digests

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, key: str) -> None:
        """From now on `key` is in it."""
        self._digests.add(_digest(key))

    def forget_others(self, keys: Iterable[str]) -> None:
        """Keeps only what is in `keys`: files that are gone need no memory."""
        self._digests &= {_digest(key) for key in keys}


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogateescape"), digest_size=WIDTH).digest()


def poll_listed(
    stream: str, listed: Sequence[Listed], cursor: Json, read: Callable[[Listed], Record | None]
) -> Iterator[Batch]:
    """Batches of what in `listed`, newest first, the cursor does not know.

    `read` may answer None for a file without a message. A file that vanished meanwhile is left for the next poll;
    one that cannot be opened is told once and tried again every time.
    """
    seen = Seen.of(cursor)
    fresh = [each for each in listed if each.key not in seen]
    if fresh:
        seen.forget_others(key for each in listed for key in (each.key, _unreadable(each)))
    for start in range(0, len(fresh), BATCH):
        before = len(seen)
        records = tuple(_read(stream, fresh[start : start + BATCH], seen, read))
        if len(seen) > before:
            yield Batch(stream, records, seen.json(), expected=len(fresh))


def _read(
    stream: str, chunk: Iterable[Listed], seen: Seen, read: Callable[[Listed], Record | None]
) -> Iterator[Record]:
    for each in chunk:
        try:
            record = read(each)
        except FileNotFoundError:
            continue
        except OSError as error:
            if _unreadable(each) not in seen:
                seen.add(_unreadable(each))
                yield Malformed(each.ref, stream, f"The file cannot be read: {error.strerror or type(error).__name__}.")
            continue
        seen.add(each.key)
        if record is not None:
            yield record


def _unreadable(each: Listed) -> str:
    return f"{each.key}\0unreadable"
