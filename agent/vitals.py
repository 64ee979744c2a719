"""Signs of life: the log, as text or as JSON and without secrets, and the address that is told of every round."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from agent.config import secrets
from connectors.errors import ConnectorError
from connectors.fetch import fetch

HIDDEN = "***"
SHORTEST = 4
PING_SECONDS = 10.0
PING_BYTES = 65_536
_PATTERNS = (
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), HIDDEN),  # user:password@host
    (re.compile(r"(?i)\b(bearer|basic|xoauth2|oauthbearer)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),  # a JSON Web Token (RFC 7519)
    (
        re.compile(
            r"(?i)\b(access_token|refresh_token|client_secret|code|password)([\"']?\s*[=:]\s*[\"']?)[^\s&,'\"}]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
)
log = logging.getLogger(__name__)


def redacted(text: str) -> str:
    """A text without passwords: those this process has read, and whatever looks like one."""
    for secret in sorted(secrets.revealed(), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class TextLines(logging.Formatter):
    """`WARNING agent.daemon: what happened`, without secrets."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One record as text; a traceback follows on lines of its own."""
        return redacted(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` (ISO 8601, UTC), `level`, `logger`, `message`, and `error` for a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as one line."""
        row = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            row["error"] = redacted(self.formatException(record.exc_info))
        return json.dumps(row, ensure_ascii=False)


def start_log(form: str, level: str) -> None:
    """Log to standard error as `text` or `json`, at a level such as `WARNING`; an unknown one counts as that."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    known = logging.getLevelNamesMapping()
    logging.basicConfig(handlers=[handler], level=known.get(level.upper(), logging.WARNING))


def ping(url: str, *, ok: bool) -> None:
    """GET the address after a round of work, with `/fail` behind its path where something failed.

    The protocol of healthchecks.io and its likes. What watches over the program must not stop it: a failure is
    logged, without the path, which is a secret.
    """
    try:
        fetch(url if ok else _failing(url), allow_private=True, limit=PING_BYTES, seconds=PING_SECONDS)
    except ConnectorError as error:
        log.warning("The address of [run] ping was not told: %s", error)


def _failing(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
