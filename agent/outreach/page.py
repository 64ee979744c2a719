"""The words of an HTML side, a line a block, as somebody reads them who sees it. Pure."""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "body",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
    }
    | {"html", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_UNSEEN = frozenset({"head", "script", "style", "title", "template"})


def in_words(html: str) -> str:
    """Its text, with blank lines as in a letter. Markup that is none is text."""
    page = _Page()
    page.feed(html)
    page.close()
    lines = [" ".join(line.split()) for line in "".join(page.text).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip("\n")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's
        """A block begins a line."""
        self._unseen += tag in _UNSEEN
        self.text.append("\n" if tag in _BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        """A block ends a line."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        self.text.append("\n" if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        """Line ends in the source are blanks."""
        if not self._unseen:
            self.text.append(data.replace("\n", " "))
