"""Words of strangers made safe: RFC 2047 decoding and the removal of all that is not plain text."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

TEXT_LIMIT = 998
READ_LIMIT = 8192

_REMEMBERED_LENGTH = 256

_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*)?\?([BbQq])\?([^?]*+(?:\?(?!=)[^?]*+){0,20})\?=")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")

# The names mail programs really use, mapped to the superset they mean by it.
_CHARSETS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac_roman",
}
# Not charsets of text, or codecs that run wild on hostile input.
_REFUSED = frozenset({"ascii", "us-ascii", "idna", "punycode", "undefined", "mbcs", "oem"})


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of plain text: no control, bidi or zero-width characters, blanks collapsed, no `=?` left."""
    if text.isprintable() and "  " not in text and "=?" not in text and len(text) < limit:
        return text.strip()
    return clean_carefully(text, limit)


def cleaned(text: str, limit: int = TEXT_LIMIT) -> str:
    """As `clean`, for fields that say the same in many mails."""
    return _remembered(text, limit) if len(text) <= _REMEMBERED_LENGTH else clean(text, limit)


_remembered = lru_cache(maxsize=1024)(clean)


def clean_carefully(text: str, limit: int = TEXT_LIMIT) -> str:
    """As `clean`, for texts of any kind."""
    if not text.isprintable():
        text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))
    text = " ".join(text.split())[:limit]
    return text.replace("=?", "= ?") if "=?" in text else text


def decode_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """An unstructured header value or phrase, its encoded words (RFC 2047) decoded once, then cleaned."""
    return clean(decode_words(text[:READ_LIMIT]) if "=?" in text else text[:READ_LIMIT], limit)


def decode_words(text: str) -> str:
    """Encoded words decoded, blanks between two of them dropped; what cannot be decoded stays as it stood.

    Neighbours of one charset are joined before decoding, since senders cut characters in two.
    """
    return "".join(data if isinstance(data, str) else decode_bytes(data, charset) for charset, data in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, bytes | str]]:
    end, charset, pending = 0, "", b""
    for match in _WORD.finditer(text):
        gap, name = text[end : match.start()], match[1].lower()
        if pending and (name != charset or gap.strip()):
            yield charset, pending
            pending = b""
        if gap.strip() or end == 0:
            yield "", gap
        charset, pending, end = name, pending + _payload(match[2], match[3]), match.end()
    yield charset, pending
    yield "", text[end:]


def _payload(encoding: str, body: str) -> bytes:
    data = body.encode("utf-8", "replace")
    if encoding in "Qq":
        return _HEX.sub(lambda found: bytes((int(found[1], 16),)), data.replace(b"_", b" "))
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def decode_bytes(data: bytes, charset: str = "") -> str:
    """Bytes as text whatever they claim to be: the charset if Python has it, else UTF-8, else Windows-1252."""
    codec = _codec(charset)
    if codec:
        return data.decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    name = charset.lower()
    if name in _REFUSED or "escape" in name:
        return ""
    name = _CHARSETS.get(name, name)
    try:
        b"".decode(name)
        b"x".decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    return name
