"""Business cards and contact lists: vCard and CSV files, one of them or a folder that files are dropped into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from connectors.base import Batch, Cursors, Health, Stream, counted
from connectors.errors import NotFound
from connectors.files import contacts_csv, vcard
from connectors.files.reading import shown
from connectors.records import ContactRecord, Malformed

READERS = {".vcf": vcard.cards, ".vcard": vcard.cards, ".csv": contacts_csv.rows}
FILE_LIMIT = 64 * 1_048_576


class ContactsSource:
    """People from the files at `path`. See connectors.base.Source for the contract: a stream is a file.

    A file that changed is read again from its start. An entry is noted at the time it says itself (REV), else at the
    time of its file: a card is written down on the evening one meets.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """The files that are new or changed, each whole."""
        for file in self._files():
            name = shown(file.name)
            try:
                stat, content = file.stat(), _content(file)
            except OSError as error:
                bad = Malformed("file", name, f"The file cannot be read: {error.strerror}.")
                yield Batch(name, (bad,), cursors.get(name))
                continue
            cursor = {"digest": sha256(content).hexdigest()}
            if cursor != cursors.get(name):
                noted = datetime.fromtimestamp(int(stat.st_mtime), UTC)
                yield Batch(name, tuple(_entries(file, content, noted)), cursor, restart=name in cursors)

    def check(self) -> Health:
        """Look at the files."""
        files = self._files()
        others = [file for file in _inside(self.path) if file not in files]
        streams = tuple(Stream(shown(file.name)) for file in files)
        warnings = (f"{counted(len(others), 'file')} passed over: no vCard or CSV.",) if others else ()
        return Health(f"Contacts in {self.path}: {counted(len(files), 'file')}.", streams, warnings)

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self) -> list[Path]:
        if not self.path.exists():
            raise NotFound(f"There is nothing at {self.path}.", hint="Make the folder, or check the path.")
        return [file for file in _inside(self.path) if file.suffix.lower() in READERS]


def _inside(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(FILE_LIMIT)


def _entries(file: Path, content: bytes, noted: datetime) -> Iterator[ContactRecord | Malformed]:
    for entry in READERS[file.suffix.lower()](content, shown(file.name)):
        yield replace(entry, noted=entry.noted or noted) if isinstance(entry, ContactRecord) else entry
