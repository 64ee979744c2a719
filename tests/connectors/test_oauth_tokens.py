"""Kept sign-ins: whole or not at all, for nobody else's eyes, and never outside their folder."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from connectors.errors import AuthFailed, Refused, Unavailable, Unsupported
from connectors.oauth.tokens import FileTokens, KeyringTokens, TokenStore, open_tokens
from tests.house.source import ROOT

SAVING = """
import os, sys
from pathlib import Path
from connectors.oauth.tokens import FileTokens
tokens = FileTokens(Path(sys.argv[1]))
{}
"""
CRASH = {
    "before the bytes are on the disk": "os.fsync = lambda _: os._exit(9)",
    "before the file has its name": "os.replace = lambda *_: os._exit(9)",
}


class Memory(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class PlaintextKeyring(Memory):
    """As keyrings.alt has one."""

    __module__ = "keyrings.alt.file"


def child(folder: Path, script: str) -> subprocess.Popen[bytes]:
    """Another process at work on the folder."""
    return subprocess.Popen([sys.executable, "-c", SAVING.format(script), str(folder)], cwd=ROOT)


@pytest.fixture
def memory() -> Iterator[Memory]:
    """The system's keyring is this one."""
    before = keyring.get_keyring()
    backend = Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(params=["file", "keyring"])
def tokens(request: pytest.FixtureRequest, tmp_path: Path, memory: Memory) -> TokenStore:
    """Each kind of store."""
    return open_tokens(request.param, tmp_path / "tokens")


def test_what_is_saved_is_loaded_until_it_is_forgotten(tokens: TokenStore) -> None:
    assert tokens.load("work") is None
    tokens.save("work", {"refresh": "ä", "n": 1})
    tokens.save("old mail", {"refresh": "other"})
    tokens.save("work", {"refresh": "b"})
    assert tokens.load("work") == {"refresh": "b"}
    tokens.forget("work")
    tokens.forget("work")
    assert tokens.load("work") is None
    assert tokens.load("old mail") == {"refresh": "other"}


def test_only_the_owner_can_read_file_and_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "tokens"
    before = os.umask(0)
    try:
        FileTokens(folder).save("work", {"a": 1})
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path)
    tokens.save("work", {"a": 1})
    tokens.path("work").chmod(0o640)
    with pytest.raises(AuthFailed, match="can be read by others") as caught:
        tokens.load("work")
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_broken_file_asks_for_a_new_sign_in(tmp_path: Path, content: bytes) -> None:
    tokens = FileTokens(tmp_path)
    tokens.save("work", {"a": 1})
    tokens.path("work").write_bytes(content)
    with pytest.raises(AuthFailed) as caught:
        tokens.load("work")
    assert "weaktie auth work" in caught.value.hint


@pytest.mark.parametrize("moment", CRASH)
def test_a_crash_leaves_the_token_before(tmp_path: Path, moment: str) -> None:
    tokens = FileTokens(tmp_path)
    tokens.save("work", {"version": 1})
    crashed = child(tmp_path, f"{CRASH[moment]}\ntokens.save('work', {{'version': 2}})")
    assert crashed.wait(60) == 9
    assert tokens.load("work") == {"version": 1}
    tokens.save("work", {"version": 3})
    assert tokens.load("work") == {"version": 3}
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "work.json"]


def test_two_processes_never_leave_half_a_token(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path)
    tokens.save("work", {"of": 0, "filling": ""})
    writing = "for n in range(150): tokens.save('work', {{'of': {0}, 'filling': '{0}' * (n * 100)}})"
    children = [child(tmp_path, writing.format(number)) for number in (1, 2)]
    while any(one.poll() is None for one in children):
        found = tokens.load("work")
        assert found is not None
        assert set(found["filling"]) <= {str(found["of"])}
    assert [one.returncode for one in children] == [0, 0]


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_no_name_leads_out_of_the_folder_or_to_another_account(one: str, other: str) -> None:
    tokens = FileTokens(Path("/nowhere/tokens"))
    try:
        paths = [tokens.path(name) for name in (one, other, "../x", "/etc/passwd", "..", "a\0b")]
    except Refused:
        return
    assert {Path(os.path.normpath(path)).parent for path in paths} == {tokens.folder}
    assert (paths[0] == paths[1]) == (one == other)


@pytest.mark.parametrize("name", ["", "x" * 300])
def test_what_cannot_be_a_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        FileTokens(tmp_path).save(name, {})


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be kept"):
        FileTokens(tmp_path / "file" / "tokens").save("work", {})


@pytest.mark.parametrize("backend", [NoKeyring, PlaintextKeyring])
def test_a_keyring_that_keeps_nothing_secret_is_refused(memory: Memory, backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(Unsupported, match="keeps") as caught:
        KeyringTokens()
    assert "file" in caught.value.hint


def test_a_locked_keyring_is_a_trouble_that_passes(memory: Memory) -> None:
    tokens = KeyringTokens()
    memory.locked = True
    with pytest.raises(Unavailable, match="work"):
        tokens.load("work")
