"""Bytes of a mail read back: what it says, whom it goes to, and whether that is what was meant. Two parsers, pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import BaseHeader
from email.message import EmailMessage, Message
from email.utils import getaddresses
from hashlib import sha256

from agent.errors import NotAllowed
from agent.outreach.page import in_words
from agent.people.normalise import address_key

RECIPIENT_FIELDS = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", "Apparently-To")
MIME_FIELDS = {"mime-version", "content-type", "content-transfer-encoding"}
LONGEST_LINE = 998
_FOLD = re.compile(r"\r?\n[ \t]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says, apart from how it is spelt: servers and mail programs spell it anew."""

    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str
    essence: str


def read(content: bytes) -> Reading:
    """Read one of our drafts as it lies in the mailbox now. Raises NotAllowed where it cannot be read."""
    try:
        message = message_from_bytes(content, policy=policy.default)
        senders = _addresses(message, ("From",))
        recipients = _addresses(message, RECIPIENT_FIELDS)
        subject = _flat(str(message["Subject"] or ""))
        kind = "" if message.get_body(preferencelist=("plain",)) else "\3"  # HTML alone is a mail program's, not ours
        body = kind + "\2".join(_flat(side) for side in _sides(message))
        attached = [f"{name}\2{sha256(payload).hexdigest()}" for name, payload in _attached(message)]
    except Exception as error:  # the standard parser raises whatever it likes on odd input
        what = f"The draft cannot be read ({type(error).__name__})."
        raise NotAllowed(what, hint="Open it in your mail program and send it from there.") from error
    parts = ("\0".join([*senders, "", *sorted(recipients)]), subject, body, *sorted(attached))
    return Reading(senders, recipients, subject, sha256("\1".join(parts).encode("utf-8", "replace")).hexdigest())


def essence(content: bytes) -> str:
    """A digest of what the mail says: equal for two spellings of one draft, different once the owner edited it.

    Bytes that cannot be read are their own essence.
    """
    try:
        return read(content).essence
    except NotAllowed:
        return sha256(content).hexdigest()


def shown(content: bytes) -> tuple[str, str, str]:
    """Recipients, subject and text for the owner to read: all of it, whatever a mail program made of the draft.

    An HTML side is shown where there is no other, and after the text where it says something else; what is attached is
    named. Of bytes that cannot be read, the bytes.
    """
    try:
        message = message_from_bytes(content, policy=policy.default)
        people = ", ".join(str(value) for name in RECIPIENT_FIELDS for value in message.get_all(name, []))
        sides = ["\n".join(text.splitlines()).strip("\n") for text in _sides(message)]
        names = [f"Further: {name}" for name, _ in _attached(message)]
        return people, str(message["Subject"] or ""), "\n\n".join([*_marked(sides), *names]) + "\n"
    except Exception:  # noqa: BLE001 - the standard parser raises whatever it likes on odd input
        return "", "", content.decode("utf-8", "replace")


def check(content: bytes, sender: str, recipient: str, fields: tuple[str, ...] = ()) -> None:
    """Both parsers must find in the bytes this sender, this recipient alone, and no field twice.

    With `fields` these are to be all there are, apart from MIME's own. Raises NotAllowed, saying what is wrong.
    """
    if "@" not in recipient:
        hint = "Put one there in your mail program, or reject the draft."
        raise NotAllowed("The draft goes to nobody: To holds no mail address.", hint=hint)
    _check_lines(content.partition(b"\r\n\r\n")[0])
    expected = {name.lower() for name in fields}
    for parser in (policy.compat32, policy.default):
        message = message_from_bytes(content, policy=parser)
        names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a message has repeated keys
        if len(set(names)) != len(names) or (expected and set(names) - MIME_FIELDS != expected):
            raise NotAllowed(f"The header fields came out as {', '.join(names)}.", hint=_HINT)
        for field, meant, found in (
            ("From", sender, _addresses(message, ("From",))),
            ("To", recipient, _addresses(message, RECIPIENT_FIELDS)),
        ):
            if found != (meant,):
                raise NotAllowed(f"{field} came out as {', '.join(found) or 'nobody'}, not {meant}.", hint=_HINT)


_HINT = "Somebody's name or subject is built to break mail headers. Write to them by hand, if at all."


def _check_lines(head: bytes) -> None:
    for line in head.split(b"\r\n"):
        bad = any((byte < 0x20 and byte != 0x09) or byte >= 0x7F for byte in line)
        if bad or not line.strip() or len(line) > LONGEST_LINE:
            raise NotAllowed("A header line came out broken.", hint=_HINT)


def _addresses(message: Message, names: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for value in (value for name in names for value in message.get_all(name, [])):
        if isinstance(value, BaseHeader):  # as text it would be decoded, and a name could pass for an address
            found += [item.addr_spec for item in getattr(value, "addresses", ())]
        else:
            found += [address for _, address in getaddresses([_FOLD.sub(" ", str(value))])]
    return tuple(address_key(address) for address in found if address)


def _sides(message: EmailMessage) -> list[str]:
    """The text, and after it the HTML side where it has other words; the HTML side alone where there is no text."""
    plain, html = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    texts = [str(plain.get_content())] if plain is not None else []
    page = in_words(str(html.get_content())) if html is not None else ""
    return texts if texts and _same(texts[0], page) else [*texts, *([page] if html is not None else [])]


def _same(text: str, page: str) -> bool:
    return not page or _SPACE.sub("", text) == _SPACE.sub("", page)


def _marked(sides: list[str]) -> list[str]:
    return sides if len(sides) < 2 else [sides[0], "[Its HTML side says something else:]", *sides[1:]]


def _attached(message: EmailMessage) -> list[tuple[str, bytes]]:
    """What there is besides text and HTML side: a name, and the bytes."""
    bodies = [message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")]
    rest = [part for part in message.walk() if not part.is_multipart() and not any(part is body for body in bodies)]
    payloads = [(part, part.get_payload(decode=True)) for part in rest]
    return [(_name(part), payload) for part, payload in payloads if isinstance(payload, bytes)]


def _name(part: EmailMessage) -> str:
    """A file by its name; further text, as some programs put it behind a picture, is its own."""
    plain = part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"
    return part.get_filename() or (str(part.get_content()).strip() if plain else part.get_content_type())


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
