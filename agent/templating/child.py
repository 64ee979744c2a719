"""What runs in the child: a sandboxed Jinja under limits of time, memory and size. Requests in, JSON lines out."""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agent.templating.values import one_line, revive

SECONDS = 2.0
MEMORY_BYTES = 256 * 1024 * 1024
CAPS = {"text": 64 * 1024, "html": 512 * 1024}
LEFTOVERS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|\bNone\b|\bTODO\b|\bUndefined\b")
MARK = "\ue000"  # a private-use character: keeps a stranger's "TODO" apart from one the template left behind


class _Missing(Exception):
    """A value that the template prints is None or empty."""


class _TooBig(Exception):
    """More output than a mail part may have."""


class _Leftover(Exception):
    """Something in the output shows that the template is not finished."""


def serve() -> None:
    """Answer requests, one JSON line each, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with suppress(ValueError, OSError):  # a system without this limit still has the one on time
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _reply({"ready": True})
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        answer = answer_to(json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        _reply(answer)


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """`{"text"}`, or `{"error", "file", "line", "fault", "hint"}`. Never raises: a template may fail in any way."""
    try:
        return {"text": _render(request)}
    except Exception as error:  # noqa: BLE001  # the boundary: template code can raise whatever it likes
        return _told(error, request["roots"])


def _render(request: dict[str, Any]) -> str:
    mode = request["mode"]
    environment = _environment(mode, tuple(request["roots"]))
    context = revive(request["context"])
    template = environment.get_template(request["name"])
    if mode == "html":
        return _capped(template.generate(context), CAPS[mode])
    text = _capped(template.generate(_marked(context)), CAPS[mode])
    found = LEFTOVERS.search(text)
    if found:
        raise _Leftover(_blame(template, found[0]))
    return text.replace(MARK, "")


@cache
def _environment(mode: str, roots: tuple[str, ...]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(roots, encoding="utf-8-sig"),
        undefined=StrictUndefined,
        autoescape=mode == "html",
        finalize=_blank if mode == "html" else _filled,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.pop("lipsum")
    environment.filters["line"] = one_line
    return environment


def _filled(value: Any) -> Any:
    if value is None or not str(value).strip():
        raise _Missing
    return value


def _blank(value: Any) -> Any:
    return "" if value is None else value


def _capped(pieces: Iterable[str], limit: int) -> str:
    kept, size = [], 0
    for piece in pieces:
        size += len(piece.encode("utf-8", "replace"))
        if size > limit:
            raise _TooBig(f"it is longer than {limit // 1024} KB")
        kept.append(piece)
    return "".join(kept).encode("utf-8", "replace").decode()


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        return LEFTOVERS.sub(lambda found: found[0][0] + MARK + found[0][1:], value.replace(MARK, ""))
    if isinstance(value, list):
        return [_marked(item) for item in value]
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    return value


def _blame(template: Template, leftover: str) -> str:
    return f"it leaves {leftover!r} in the text of {template.name}"


def _told(error: Exception, roots: list[str]) -> dict[str, Any]:
    file, line = _where(error, roots)
    fault = "value" if isinstance(error, _Missing) else "template"
    return {"error": _words(error, file, line), "file": file, "line": line, "fault": fault, "hint": _hint(error)}


def _where(error: Exception, roots: list[str]) -> tuple[str, int]:
    if isinstance(error, TemplateSyntaxError):
        return error.filename or "", error.lineno
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(frame.filename.startswith(root) for root in roots):
            return frame.filename, frame.lineno or 0
    return "", 0


def _words(error: Exception, file: str, line: int) -> str:
    if isinstance(error, _Missing):
        return f"a value is missing or empty in {_source_line(file, line)!r}"
    if isinstance(error, TemplateNotFound):
        return f"it includes {str(error)!r}, which is not there"
    if isinstance(error, MemoryError):
        return "it needs too much memory"
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    if isinstance(error, _TooBig | _Leftover | TemplateError):
        return str(error).rstrip(".") or type(error).__name__
    return f"{type(error).__name__}: {one_line(str(error), 200)}"


def _source_line(file: str, line: int) -> str:
    try:
        return one_line(Path(file).read_text("utf-8-sig").splitlines()[line - 1], 120)
    except (OSError, IndexError, UnicodeDecodeError):
        return "a line"


def _hint(error: Exception) -> str:
    if isinstance(error, _Missing):
        return "Put {% if … %} around it, where the text makes sense without it."
    if isinstance(error, UndefinedError):
        return "docs/templates.md names the values each kind of message gets."
    return "Correct the template; nothing was written meanwhile."


def _reply(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
