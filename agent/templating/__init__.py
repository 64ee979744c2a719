"""Templates from disk → text. The owner's folder wins over the shipped one, file by file.

A template is program text, and the owner may get one from anywhere, so it is rendered in a child process under
2 s of processor time and 256 MB (`worker`, `child`): the sandbox of Jinja bars attributes, but neither
`'a' * 10**9` nor two nested loops. Into the child go plain values only, out of it comes text of bounded size.
Text parts refuse None and empty values, and whatever a slip in a template leaves behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from agent.errors import ConfigError
from agent.templating.values import one_line, plain
from agent.templating.worker import WORKER

__all__ = ["TemplateRefused", "Templates", "one_line"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)?")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)?")

Fault = Literal["template", "value"]


class TemplateRefused(ConfigError):
    """Nothing was rendered. `fault`: the template is wrong, or a value it needs is not there."""

    def __init__(self, message: str, *, fault: Fault, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.fault: Fault = fault


class Templates:
    """The message texts of one owner: `<kind>/<part>`, for a language `<language>/<kind>/<part>`."""

    def __init__(self, own: Path | None = None, shipped: Path | None = None) -> None:
        self._roots = [root for root in (own, shipped or _shipped()) if root is not None]

    def text(self, kind: str, part: str, context: Mapping[str, Any], language: str = "") -> str:
        """Render one plain text part, at most 64 KB; a `subject…` comes back as one line.

        Raises TemplateRefused, naming file and line, for a fault in the template or a missing value.
        """
        text = self._render("text", kind, part, context, language)
        text = one_line(text, limit=250) if part.startswith("subject") else _tidy(text)
        if not text.strip():
            path = self._path(kind, part, language)
            raise TemplateRefused(f"{path} renders to nothing.", fault="template", hint="Write some text in it.")
        return text

    def html(self, kind: str, part: str, context: Mapping[str, Any], language: str = "") -> str:
        """Render one HTML part, every value escaped, at most 512 KB. Raises TemplateRefused."""
        return self._render("html", kind, part, context, language)

    def has(self, kind: str, part: str, language: str = "") -> bool:
        """Is there such a template?"""
        return self._find(kind, part, language) is not None

    def where(self, kind: str, part: str, language: str = "") -> Path | None:
        """The file that would be rendered: the owner's where there is one, else the shipped one."""
        return self._find(kind, part, language)

    def kinds(self) -> tuple[str, ...]:
        """Every kind some folder has files for, sorted."""
        folders = (folder for root in self._roots if root.is_dir() for folder in root.iterdir() if folder.is_dir())
        return tuple(sorted({folder.name for folder in folders if any(item.is_file() for item in folder.iterdir())}))

    def _folders(self, kind: str, language: str) -> list[Path]:
        """Roots to look in. A language is used only where it has this kind, and then for all of its parts."""
        if language and LANGUAGE.fullmatch(language):
            inside = [root / language for root in self._roots if (root / language / kind).is_dir()]
            if inside:
                return inside
        return self._roots

    def _find(self, kind: str, part: str, language: str) -> Path | None:
        if not (NAME.fullmatch(kind) and NAME.fullmatch(part)):
            return None
        paths = (root / kind / part for root in self._folders(kind, language))
        return next((path for path in paths if path.is_file()), None)

    def _path(self, kind: str, part: str, language: str) -> Path:
        found = self._find(kind, part, language)
        if found is None:
            places = ", ".join(str(root) for root in self._folders(kind, language))
            hint = f"Put the file {kind}/{part} in one of: {places}."
            raise TemplateRefused(f"There is no template {kind}/{part}.", fault="template", hint=hint)
        return found

    def _render(self, mode: str, kind: str, part: str, context: Mapping[str, Any], language: str) -> str:
        path = self._path(kind, part, language)
        request = {
            "mode": mode,
            "roots": [str(root) for root in self._folders(kind, language)],
            "name": f"{kind}/{part}",
            "context": {str(name): plain(value, str(name)) for name, value in context.items()},
        }
        answer = WORKER.ask(json.dumps(request))
        if "text" in answer:
            return str(answer["text"])
        where = f"{answer.get('file') or path}" + (f", line {answer['line']}" if answer.get("line") else "")
        fault: Fault = "value" if answer.get("fault") == "value" else "template"
        raise TemplateRefused(f"{where}: {answer['error']}.", fault=fault, hint=answer.get("hint", ""))


def _shipped() -> Path:
    here = Path(__file__).resolve().parents[1]
    packed = here / "_data" / "templates"
    return packed if packed.is_dir() else here.parent / "templates"


def _tidy(text: str) -> str:
    lines = [line if line == "-- " else line.rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
