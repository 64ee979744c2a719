"""A real Dovecot, run by an ordinary user from a folder of its own, on free loopback ports.

Every user name exists and signs in with the same password, so each test takes an account nobody used before.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.servers.process import PATIENCE, listens, make_certificate, need, reserved_port, soon, wait_until

PASSWORD = "correct-horse"
INSTALL = "apt-get install dovecot-imapd"

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = weaktie-{port}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_max_userip_connections = 100
mail_fsync = never
mail_location = {location}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  service_count = 0
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}
"""

OAUTH = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {told}
}}
"""


class Server:
    """The Dovecot process. `account()` gives a fresh mailbox on it. `tokeninfo`: where it asks about access tokens."""

    def __init__(self, folder: Path, port: int, tls_port: int, location: str, tokeninfo: str) -> None:
        self._program = need("dovecot", INSTALL)
        self.folder = folder
        self.port, self.tls_port = port, tls_port
        self.certificate, key = make_certificate(folder)
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._configuration = folder / "dovecot.conf"
        values = {"folder": folder, "port": self.port, "tls_port": self.tls_port, "location": location}
        values |= {"certificate": self.certificate, "key": key, "password": PASSWORD}
        values |= {"user": self._owner.pw_name, "uid": self._owner.pw_uid, "gid": self._owner.pw_gid}
        group = grp.getgrgid(self._owner.pw_gid).gr_name
        self._configuration.write_text(CONFIGURATION.format(**values, group=group))
        if tokeninfo:
            self._take_tokens(tokeninfo)
        (folder / "home").mkdir()
        self.give_away()
        self._process: subprocess.Popen[bytes] | None = None

    def _take_tokens(self, tokeninfo: str) -> None:
        told = self.folder / "oauth2.conf"
        told.write_text(f"tokeninfo_url = {tokeninfo}\nusername_attribute = email\ntimeout_msecs = 5000\n")
        with self._configuration.open("a") as configuration:
            configuration.write(OAUTH.format(told=told))

    def give_away(self) -> None:
        """As root, sign-in breaks: the folder and the process belong to an ordinary user."""
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def start(self) -> None:
        """Start, and return when it signs somebody in."""
        command = [*self._as_owner(), self._program, "-c", str(self._configuration), "-F"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            wait_until(self._signs_in, self._process, "Dovecot")
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.log()}") from None

    def _signs_in(self) -> bool:
        try:
            with IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=PATIENCE) as client:
                client.login("somebody", PASSWORD)
        except (IMAPClientError, OSError):
            return False
        return True

    def _as_owner(self) -> list[str]:
        """How to run as that user, and to end when these tests are killed."""
        setpriv = need("setpriv", "apt-get install util-linux")
        if os.geteuid() != 0:
            return [setpriv, "--pdeathsig=TERM"]
        who = [f"--reuid={self._owner.pw_uid}", f"--regid={self._owner.pw_gid}", "--clear-groups"]
        return [setpriv, *who, "--pdeathsig=TERM"]

    def kill(self) -> None:
        """End it as a crash would, with the children that serve connections; safe to call twice.

        Each child has the port open, and ends in its own time.
        """
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
            assert soon(lambda: not listens(self.port)), "Dovecot outlives SIGKILL"

    def log(self) -> str:
        """What it wrote to its log."""
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else "(no log)"

    def account(self, name: str = "") -> Account:
        """An account; without a name one that nobody used before."""
        return Account(self, name or f"user-{uuid.uuid4().hex[:12]}")


class Account:
    """One mailbox on the server, and a second mail program looking at it."""

    def __init__(self, server: Server, username: str) -> None:
        self.server = server
        self.username = username
        self.host = "127.0.0.1"
        self.port, self.tls_port = server.port, server.tls_port
        self.ca_file = server.certificate
        self._client: IMAPClient | None = None

    @staticmethod
    def password() -> str:
        """The password, as settings hand it over: on demand."""
        return PASSWORD

    def settings(self, **changed: Any) -> dict[str, Any]:
        """Keyword settings for a source or outlet, in plain text over loopback."""
        usual = {"host": self.host, "port": self.port, "tls": "none"}
        return {**usual, "username": self.username, "password": self.password, "timeout": PATIENCE, **changed}

    @property
    def client(self) -> IMAPClient:
        """A signed-in client, kept open."""
        if self._client is None:
            self._client = IMAPClient(self.host, port=self.port, ssl=False, timeout=PATIENCE)
            self._client.login(self.username, PASSWORD)
        return self._client

    def deliver(self, raw: bytes, folder: str = "INBOX", when: datetime | None = None, *flags: str) -> int:
        """Put a message into a folder, which is created if need be; its UID."""
        try:
            answer = self.client.append(folder, raw, flags, when)
        except IMAPClientError:
            with suppress(IMAPClientError):  # another client may have made it in between
                self.client.create_folder(folder)
            answer = self.client.append(folder, raw, flags, when)
        return int(answer.split(b"]")[0].split()[-1])

    def create(self, *folders: str) -> None:
        """Make folders."""
        for folder in folders:
            self.client.create_folder(folder)

    def rename(self, old: str, new: str) -> None:
        """Rename a folder; its UIDVALIDITY stays."""
        self.client.rename_folder(old, new)

    def recreate(self, folder: str) -> None:
        """Delete a folder and make an empty one of the same name: a new UIDVALIDITY."""
        self.client.delete_folder(folder)
        self.client.create_folder(folder)

    def renumber(self, folder: str) -> None:
        """The same messages under a new UIDVALIDITY, as after a server lost its index."""
        home = self.server.folder / "home" / self.username / "Maildir"
        place = home if folder == "INBOX" else home / folder
        numbers = place / "dovecot-uidlist"
        before = re.match(r"3 V(\d+) ", numbers.read_text()) if numbers.exists() else None
        for path in place.glob("dovecot*"):
            if not path.name.startswith("dovecot-uidvalidity"):  # that is the account's next number
                path.unlink()
        if before:  # left to itself, Dovecot takes the time, and gives the same number again within a second
            numbers.write_text(f"3 V{int(before[1]) + 1} N1\n")
            self.server.give_away()
        self.close()

    def messages(self, folder: str) -> list[bytes]:
        """The content of every message in a folder, oldest first."""
        self.client.select_folder(folder, readonly=True)
        uids = self.client.search(["UNDELETED"])
        told = self.client.fetch(uids, ["BODY.PEEK[]"])
        self.client.unselect_folder()
        return [bytes(told[uid][b"BODY[]"]) for uid in uids]

    def flags(self, folder: str) -> list[set[str]]:
        """The flags of every message in a folder, oldest first, without the session's own Recent."""
        self.client.select_folder(folder, readonly=True)
        told = self.client.fetch(self.client.search(["ALL"]), ["FLAGS"])
        self.client.unselect_folder()
        return [{flag.decode() for flag in told[uid][b"FLAGS"]} - {"\\Recent"} for uid in sorted(told)]

    def close(self) -> None:
        """Sign the second mail program out."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (IMAPClientError, OSError):
                client.shutdown()


@contextmanager
def running(location: str = "maildir:~/Maildir:LAYOUT=fs", tokeninfo: str = "") -> Iterator[Server]:
    """A server of one's own, for tests that kill it. `tokeninfo`: where it asks about access tokens."""
    folder = Path(tempfile.mkdtemp(prefix="weaktie-dovecot-"))
    folder.chmod(0o755)
    try:
        with reserved_port() as port, reserved_port() as tls_port:
            server = Server(folder, port, tls_port, location, tokeninfo)
            try:
                server.start()
                yield server
            finally:
                server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
