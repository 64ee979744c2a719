"""The lines the owner wrote in a reply: without the quoted report, attributions and the signature. Pure.

Text parts count before HTML ones. Whatever cannot be read gives no lines; nothing here raises for what a mail holds.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from html.parser import HTMLParser

LARGEST = 1024 * 1024
MOST_LINES = 500
_BLOCKS = frozenset(
    {"address", "article", "body", "br", "div", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "hr", "html", "li", "ol"}
    | {"p", "pre", "section", "table", "td", "th", "tr", "ul"}
)
_UNSEEN = frozenset({"blockquote", "head", "script", "style", "title", "template"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr"})
_QUOTES = re.compile(r"quote|moz-cite-prefix|moz-signature|gmail_signature", re.IGNORECASE)
# A signature, a ruler, an original message, the first line of a report of ours, or a header written out.
_END = re.compile(
    r"--$|_{5,}$|-{3,}.*-{3,}$|weaktie(?:$|\s·)"
    r"|\*?(?:From|Von|De|Da|Van|Från|Fra|Od|Lähettäjä|Expéditeur|Remitente)\s?:\*?\s",
    re.IGNORECASE,
)
_WROTE = re.compile(r"(?:On|Am|Le|El|Il|Op|Den|Em|W dniu|Dne)\b", re.IGNORECASE)


def own_lines(content: bytes) -> list[str]:
    """What stands in the reply and is the owner's own, line by line; empty for what is too large or cannot be read."""
    if len(content) > LARGEST:
        return []
    try:
        return _own(_text(message_from_bytes(content, policy=compat32)))[:MOST_LINES]
    except Exception:  # noqa: BLE001 - the boundary to bytes anybody may have shaped: a bad mail holds no orders
        return []


def _text(mail: Message) -> str:
    parts = [part for part in mail.walk() if not part.is_multipart() and part.get_content_disposition() != "attachment"]
    plain = [_decoded(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    return "\n".join(_from_html(_decoded(part)) for part in parts if part.get_content_type() == "text/html")


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        return payload.decode("utf-8", "replace")


def _own(text: str) -> list[str]:
    """The lines down to the signature or to a quotation that is not marked, without those that are."""
    lines = [line.replace("\u00a0", " ").strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    kept: list[str] = []
    number = 0
    while number < len(lines) and not _END.match(lines[number]):
        length = _attribution(lines[number : number + 4])
        if length and not _is_quoted(lines[number + length : number + length + 1]):
            break
        if not length and not _is_quoted(lines[number : number + 1]):
            kept.append(lines[number])
        number += length or 1
    return kept


def _attribution(lines: list[str]) -> int:
    """How many lines an attribution takes that begins here: `On … wrote:`, folded at times; 0 where none does.

    In a language unknown here it is a line that ends in a colon before a quotation.
    """
    ends = next((number for number, line in enumerate(lines[:3], 1) if line.endswith(":")), 0)
    known = _WROTE.match(lines[0]) or (ends == 1 and _is_quoted(lines[1:2]))
    return ends if known else 0


def _is_quoted(lines: list[str]) -> bool:
    return bool(lines) and lines[0].startswith(">")


def _from_html(html: str) -> str:
    page = _Page()
    page.feed(html)
    page.close()
    return "".join(page.text)


class _Page(HTMLParser):
    """The text of a page, a line a block, without what mail programs mark as quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; a quotation is not seen until it ends."""
        if tag in _BLOCKS:
            self.text.append("\n")
        marks = " ".join(value or "" for name, value in attrs if name in {"class", "id", "type"})
        if tag not in _VOID and (self._unseen or tag in _UNSEEN or _QUOTES.search(marks)):
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Out of what is not seen, where this closes it."""
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        if tag in _BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        """Text, where it is the owner's; line ends in the source are blanks."""
        if not self._unseen:
            self.text.append(" ".join(data.split("\n")))
