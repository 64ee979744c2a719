"""One message file judged by itself, without a store or a configuration: the same judgement that capture makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from agent.capture.classify import classify
from agent.types import Kind
from connectors.files.mbox_scan import separators, starts_as_mbox
from connectors.files.reading import READ_LIMIT, to_record
from connectors.records import Malformed, Role

ONLY_FIRST = "the file holds several messages; this is the verdict on the first"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the message in a file is, and why."""

    path: Path
    kind: Kind
    reasons: tuple[str, ...]


def judge_file(path: Path) -> Judged:
    """The verdict on one message file; a leading mbox separator may stand in it. Bad files are `unreadable`."""
    try:
        if not path.is_file() and path.exists():
            return _unreadable(path, f"it is {'a folder' if path.is_dir() else 'a pipe or device'}, not a file")
        with path.open("rb") as file:
            raw = file.read(READ_LIMIT)
    except OSError as error:
        return _unreadable(path, f"the file cannot be read: {error.strerror or type(error).__name__}")
    if not raw.strip():
        return _unreadable(path, "the file is empty")
    first, more = _first(raw)
    record = to_record(first, ref=path.name, folder="", role=Role.OTHER)
    if isinstance(record, Malformed):
        return _unreadable(path, record.reason)
    verdict = classify(record)
    return Judged(path, verdict.kind, verdict.reasons + ((ONLY_FIRST,) if more else ()))


def _first(raw: bytes) -> tuple[bytes, bool]:
    """The first message of a mailbox file, and whether there are more; any other file is one message."""
    if not starts_as_mbox(raw):
        return raw, False
    starts = list(islice(_starts(raw), 2))
    return (raw[: starts[1]], True) if len(starts) > 1 else (raw, False)


def _starts(raw: bytes) -> Iterator[int]:
    return separators(lambda offset, length: raw[offset : offset + length], 0, len(raw))


def _unreadable(path: Path, reason: str) -> Judged:
    return Judged(path, Kind.UNREADABLE, (reason,))
