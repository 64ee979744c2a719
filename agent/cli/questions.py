"""Questions to the owner, or what the command line answers in their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

import click


@dataclass
class Questions:
    """What to ask, or what was answered on the command line. `asks` is False where nobody can be asked."""

    given: dict[str, str] = field(default_factory=dict)
    asks: bool = True

    def text(self, name: str, question: str, default: str | None = None, *, hidden: bool = False) -> str:
        """An answer. Raises UsageError where it is missing and nobody can be asked."""
        if self.given.get(name):
            return self.given[name]
        if self.asks:
            return str(click.prompt(question, default=default, hide_input=hidden)).strip()
        return default if default is not None else self._missing(name)

    def yes(self, name: str, question: str, *, default: bool) -> bool:
        """Yes or no; the default where nobody can be asked."""
        if name in self.given:
            return bool(self.given[name])
        return click.confirm(question, default=default) if self.asks else default

    def tell(self, words: str = "") -> None:
        """Words for somebody who reads along."""
        if self.asks:
            click.echo(words)

    def _missing(self, name: str) -> NoReturn:
        from agent.errors import UsageError

        raise UsageError(f"--non-interactive needs --{name.replace('_', '-')}.")
