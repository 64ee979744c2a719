"""An IMAP server of a few folders that misbehaves on demand, for what a real server cannot be made to do.

`spoil[uid]` names what happens when the header of that message is asked for: see the methods of `Spoiled`. Messages in
`stubborn` are spoiled for the bounded last resort too. `intercept` sees every command first and may answer itself.
`later` is called where an answer stands still: at LATER, for as long as that takes, and at HANG and DRIP.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.process import PATIENCE


class HangUp(Exception):
    """Close the connection."""


@dataclass
class Box:
    """One folder: header text by UID."""

    messages: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    uidnext: int = 1
    attributes: str = ""

    def fill(self, *uids: int) -> None:
        """Put a small mail under each of these UIDs."""
        for uid in uids:
            self.messages[uid] = mail(uid)
        self.uidnext = max(self.uidnext, *(uid + 1 for uid in uids))


def mail(uid: int, sender: str = "bob@example.net") -> bytes:
    """A header that tells its UID by its Message-ID."""
    lines = [f"From: Bob <{sender}>", "To: alice@example.org", f"Message-ID: <{uid}@example.net>", "Subject: Hello"]
    return "\r\n".join([*lines, "Date: Mon, 02 Mar 2026 09:00:00 +0000", "", ""]).encode()


class Script:
    """What the server knows and how it misbehaves. `commands` is what it was told, without tags."""

    def __init__(self, capabilities: str = "IMAP4rev1 LIST-STATUS UIDPLUS") -> None:
        self.capabilities = capabilities
        self.boxes: dict[str, Box] = {"INBOX": Box()}
        self.spoil: dict[int, str] = {}
        self.stubborn: set[int] = set()
        self.commands: list[str] = []
        self.intercept: Callable[[str], bytes | None] = lambda _: None
        self.later: Callable[[], object] = lambda: None
        self.greeting = b"* OK ready\r\n"
        self.sessions = 0
        self.port = 0

    def answer(self, command: str, selected: list[str]) -> bytes:
        """All untagged and tagged lines for one command; `TAG` stands for its tag."""
        self.commands.append(command)
        given = self.intercept(command)
        if given is not None:
            return given
        words = command.upper().split()
        verb = " ".join(words[:2] if words[0] == "UID" else words[:1])
        reply = getattr(self, "on_" + verb.lower().replace(" ", "_"), None)
        return b"TAG BAD what?\r\n" if reply is None else reply(command, selected)

    def on_capability(self, _command: str, _selected: list[str]) -> bytes:
        return f"* CAPABILITY {self.capabilities}\r\nTAG OK\r\n".replace("OK\r", "OK done\r").encode()

    def on_login(self, _command: str, _selected: list[str]) -> bytes:
        return b"TAG OK signed in\r\n"

    def on_noop(self, _command: str, _selected: list[str]) -> bytes:
        return b"TAG OK done\r\n"

    def on_idle(self, _command: str, _selected: list[str]) -> bytes:
        return b"+ idling\r\n"

    def on_done(self, _command: str, _selected: list[str]) -> bytes:
        return b"TAG OK done\r\n"

    def on_logout(self, _command: str, _selected: list[str]) -> bytes:
        return b"* BYE so long\r\nTAG OK done\r\n"

    def on_list(self, command: str, _selected: list[str]) -> bytes:
        lines = []
        for name, box in self.boxes.items():
            lines.append(f'* LIST ({box.attributes}) "/" "{name}"\r\n')
            if "STATUS" in command:
                lines.append(self._status(name, box))
        return "".join(lines).encode() + b"TAG OK done\r\n"

    def on_status(self, command: str, _selected: list[str]) -> bytes:
        name = command.split('"')[1]
        return self._status(name, self.boxes[name]).encode() + b"TAG OK done\r\n"

    def _status(self, name: str, box: Box) -> str:
        numbers = f"MESSAGES {len(box.messages)} UIDNEXT {box.uidnext} UIDVALIDITY {box.uidvalidity}"
        return f'* STATUS "{name}" ({numbers})\r\n'

    def on_examine(self, command: str, selected: list[str]) -> bytes:
        name = command.split('"')[1]
        if name not in self.boxes:
            return b"TAG NO [NONEXISTENT] no such folder\r\n"
        selected[:] = [name]
        box = self.boxes[name]
        codes = f"* OK [UIDVALIDITY {box.uidvalidity}] v\r\n* OK [UIDNEXT {box.uidnext}] n\r\n"
        return f"* {len(box.messages)} EXISTS\r\n* 0 RECENT\r\n{codes}TAG OK [READ-ONLY] done\r\n".encode()

    def on_uid_search(self, command: str, selected: list[str]) -> bytes:
        lowest, highest = map(int, re.findall(r"\d+", command)[:2])
        hits = [str(uid) for uid in sorted(self.boxes[selected[0]].messages) if lowest <= uid <= highest]
        return f"* SEARCH {' '.join(hits)}\r\nTAG OK done\r\n".encode()

    def on_uid_fetch(self, command: str, selected: list[str]) -> bytes:
        box = self.boxes[selected[0]]
        bounded = "<0." in command
        wanted = [int(uid) for uid in command.split()[2].split(",")]
        out, end = b"", b"TAG OK done\r\n"
        for number, uid in enumerate(sorted(box.messages), 1):
            if uid in wanted:
                kind = "" if bounded and uid not in self.stubborn else self.spoil.get(uid, "")
                out += Spoiled.line(kind, number, uid, box.messages[uid], bounded=bounded)
                end = ENDS.get(kind, end)
                if kind in {"close", "hang"}:
                    break
        return out + end


ENDS = {"no": b"TAG NO cannot read one of them\r\n", "bad": b"TAG BAD no\r\n", "long": b"TAG OK done\r\nLATER"}


class Spoiled:
    """FETCH responses, good and bad."""

    @staticmethod
    def line(kind: str, number: int, uid: int, raw: bytes, *, bounded: bool) -> bytes:
        """One response. Unknown kinds are a fault of the test."""
        section = "BODY[HEADER]<0>" if bounded else "BODY[HEADER.FIELDS (FROM)]"
        date = "junk" if kind == "date" else "02-Mar-2026 09:00:00 +0000"
        named = "" if kind == "nouid" else f"UID {uid} "
        head = f'* {number} FETCH ({named}RFC822.SIZE {len(raw)} INTERNALDATE "{date}" {section} '.encode()
        if bounded:
            raw = raw[:65536]
        if kind in {"", "no", "bad", "date", "nouid"}:
            return head + f"{{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
        made = {
            "silent": b"",
            "short": head + f"{{{len(raw) - 9}}}\r\n".encode() + raw + b")\r\n",
            "long": head + f"{{{len(raw) + 500}}}\r\n".encode() + raw + b")\r\n",
            "huge": head + b"{99000000000}\r\nFrom",
            "quote": head + b'"an "unescaped" quote")\r\n',
            "nested": f"* {number} FETCH ".encode() + b"(" * 5000 + b"\r\n",
            "bye": b"* BYE out of my sight\r\n",
            "close": b"CLOSE",
            "hang": b"HANG",
            "drip": b"DRIP",
        }
        return made[kind]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        script.sessions += 1
        selected: list[str] = []
        idling = ""
        with suppress(OSError, HangUp):
            self.wfile.write(script.greeting)
            while line := self.rfile.readline():
                tag, _, command = line.decode("latin-1").strip().partition(" ")
                if tag.upper() == "DONE":
                    tag, command = idling, tag
                idling = tag
                self._send(script.answer(command, selected), tag.encode())
                if command.upper() == "LOGOUT":
                    return

    def _send(self, answer: bytes, tag: bytes) -> None:
        """The tag goes in last: imaplib makes it up of four letters, and HANG is one of them."""
        before, found, after = answer.partition(b"LATER")
        if found:
            self.wfile.write(before.replace(b"TAG", tag))
            self.server.script.later()  # type: ignore[attr-defined]
            answer = after
        for word in (b"CLOSE", b"HANG", b"DRIP"):
            before, found, _ = answer.partition(word)
            if found:
                self.wfile.write(before.replace(b"TAG", tag))
                self._misbehave(word)
        self.wfile.write(answer.replace(b"TAG", tag))

    def _misbehave(self, word: bytes) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        if word == b"DRIP":
            self.wfile.write(b"*")
            script.later()
            while not self.server.stopping.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b"*")
        if word == b"HANG":
            script.later()
            with suppress(OSError):
                self.request.settimeout(PATIENCE)
                while self.request.recv(1024):
                    pass
        self.request.shutdown(socket.SHUT_RDWR)
        raise HangUp


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    block_on_close = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.stopping = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what these tests are about."""


@contextmanager
def scripted(**options: str) -> Iterator[Script]:
    """The server, running; `script.port` is where."""
    script = Script(**options)
    with _Server(script) as server:
        script.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield script
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join(5)
