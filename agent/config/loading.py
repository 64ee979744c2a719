"""The whole of config.toml: read, checked with every problem told at once, and shown without secrets."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError, field_validator, model_validator

from agent.config.secrets import Section
from agent.config.sections import DIRS, Capture, Conversations, Database, Drafts, Owner, Programme, Report, Run, Send
from agent.config.sources import FileSource, GmailSource, ImapSource, SourceSettings
from agent.errors import ConfigError
from connectors.oauth import microsoft

MailboxSettings = ImapSource | FileSource | GmailSource
"""A source that can be written into: an account, or a Maildir."""

OTHERWISE = "{msg}"
WORDS = {
    "extra_forbidden": "there is no such option",
    "missing": "it is missing",
    "greater_than": "it should be more than {gt:g}",
    "greater_than_equal": "it should be {ge} or more",
    "less_than_equal": "it should be {le:g} or less",
    "union_tag_invalid": "there is no kind {tag!r}; the kinds are {expected_tags}",
    "union_tag_not_found": "it has no kind",
    "int_type": "it should be a whole number",
    "int_parsing": "it should be a whole number",
    "int_from_float": "it should be a whole number",
    "bool_type": "it should be true or false",
    "bool_parsing": "it should be true or false",
    "string_type": "it should be a text in quotes",
    "tuple_type": 'it should be a list, like ["one", "two"]',
    "model_type": "it should be a table, in single brackets",
    "model_attributes_type": "each should be a table",
    "dict_type": "it should be a table, like {{ name = 30 }}",
    "string_pattern_mismatch": "it should be an https address",
    "string_too_short": "it is empty",
    "too_short": "it is empty",
}
"""Kinds of problems, by pydantic's names, in the words of this program."""


class Config(Section):
    """All of config.toml."""

    owner: Owner
    sources: tuple[SourceSettings, ...] = ()
    database: Database = Database()
    capture: Capture = Capture()
    drafts: Drafts = Drafts()
    report: Report = Report()
    programme: Programme = Programme()
    conversations: Conversations = Conversations()
    run: Run = Run()
    send: Send = Send()

    @field_validator("sources", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(value)
        raise ValueError("each is a table of its own, in double brackets: [[sources]]")

    @model_validator(mode="after")
    def _names(self) -> Config:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {', '.join(twice)}; names must differ")
        for option, wanted in (
            ("drafts.mailbox", self.drafts.mailbox),
            ("report.mailbox", self.report.mailbox),
        ):
            if wanted and wanted not in names:
                raise ValueError(f"{option} names {wanted!r}, which is not a source")
        if self.send.auth == "oauth" and self.sending_account() is None:
            raise ValueError('send.auth = "oauth" needs send.account: the name of an imap source that signs in so too')
        if self.send.enabled and not self.send.host and not isinstance(self.mailbox(self.drafts.mailbox), GmailSource):
            raise ValueError("send.enabled needs send.host, unless drafts go into a source of kind gmail")
        return self

    def mailbox(self, wanted: str = "") -> MailboxSettings | None:
        """The source of this name if it can be written into; without a name the first that can."""
        boxes = [source for source in self.sources if isinstance(source, ImapSource | FileSource | GmailSource)]
        able = [box for box in boxes if box.kind in ("imap", "gmail", "maildir")]
        return next((box for box in able if box.name == (wanted or box.name)), None)

    def sending_account(self) -> ImapSource | None:
        """The source whose sign-in [send] uses; None where it has a password of its own."""
        for source in self.sources:
            if isinstance(source, ImapSource) and source.name == self.send.account and source.auth == "oauth":
                return source if self.send.auth == "oauth" else None
        return None

    def way_out(self) -> dict[str, Any]:
        """What the way out is given to sign in with: `password` or `token`; all it needs where it is Gmail's own."""
        through = None if self.send.host else self.mailbox(self.drafts.mailbox)
        if isinstance(through, GmailSource):
            return through.reach()
        account = self.sending_account()
        return {"token": account.token(microsoft.SMTP)} if account else {"password": self.send.reveal}


def default_path() -> Path:
    """$WEAKTIE_CONFIG, else config.toml in the user's configuration folder."""
    return Path(os.environ.get("WEAKTIE_CONFIG") or Path(DIRS.user_config_dir) / "config.toml")


def load(path: Path) -> Config:
    """Read and check one file. Raises ConfigError listing every problem in it."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no configuration at {path}.", hint="Run `weaktie init`.") from error
    except OSError as error:
        hint = "Check its permissions, or name another file with --config."
        raise ConfigError(f"The configuration {path} cannot be read: {error.strerror}.", hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "It is a text in UTF-8; config.example.toml shows how it is written."
        raise ConfigError(f"The configuration {path} is not valid TOML: {error}.", hint=hint) from error
    return parse(data, str(path))


def parse(data: dict[str, Any], origin: str) -> Config:
    """Settings from an already decoded table; `origin` names it in messages."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = tuple(_problem(item, data) for item in error.errors())
        plural = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        hint = "Compare with config.example.toml; `weaktie config check` checks again."
        raise ConfigError(f"The configuration {origin} has {plural}.", problems, hint=hint) from error


def shown(config: Config) -> dict[str, Any]:
    """The settings in force, for `config show`: references to secrets stay, user information in URLs goes."""
    table = config.model_dump(mode="json")
    table["database"]["url"] = _redacted(config.database.address)
    table["run"]["ping"] = _host_only(config.run.ping)
    for source in table["sources"]:
        if source.get("url"):
            source["url"] = _redacted(source["url"])
    return table


def _host_only(url: str) -> str:
    scheme, sep, rest = url.partition("://")
    return f"{scheme}{sep}{rest.partition('/')[0]}/***" if url else ""


def _problem(item: Any, data: dict[str, Any]) -> str:
    place: list[str] = []
    here: Any = data
    for step in item["loc"]:
        if isinstance(here, dict) and here.get("kind") == step:
            continue  # the discriminator of a source is not part of the path the owner wrote
        place.append(f"[{step}]" if isinstance(step, int) else f".{step}")
        here = _inside(here, step)
    where = "".join(place).lstrip(".")
    what = WORDS.get(item["type"], OTHERWISE).format(**item.get("ctx", {}), msg=_plain(item["msg"]))
    return f"{where}: {what}" if where else what


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "it should be")


def _inside(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return None


def _redacted(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme, sep, _ = head.partition("://")
    bare, query, _ = (f"{scheme}{sep}***@{tail}" if at and sep else url).partition("?")
    return f"{bare}?***" if query else bare
