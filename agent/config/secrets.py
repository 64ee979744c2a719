"""Secrets by reference: read from outside the file at the moment they are needed."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agent.errors import ConfigError

SECRET_SECONDS = 30
_REVEALED: set[str] = set()
Tls = Literal["tls", "starttls", "none"]
Text = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Section(BaseModel):
    """A table of the file: frozen, strictly typed, and without options that do not exist."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""A list of texts in the file."""


class Secret(Section):
    """A password by reference: exactly one of an environment variable, a file, or a command's first line."""

    password_env: str = ""
    password_file: str = ""
    password_command: Texts = ()

    @model_validator(mode="after")
    def _at_most_one(self) -> Secret:
        given = [name for name in ("password_env", "password_file", "password_command") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"give only one of {', '.join(given)}")
        return self

    def reveal(self) -> str:
        """The password itself, read at the moment it is needed. Raises ConfigError when it cannot be had."""
        if self.password_env:
            return _noted(_from_environment(self.password_env))
        if self.password_file:
            return _noted(_from_file(Path(self.password_file).expanduser()))
        if self.password_command:
            return _noted(_from_command(self.password_command))
        raise ConfigError("No password is configured.", hint="Set password_env, password_file or password_command.")


def revealed() -> frozenset[str]:
    """Every password this process has read, so that no log shows one."""
    return frozenset(_REVEALED)


def _noted(secret: str) -> str:
    _REVEALED.add(secret)
    return secret


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"The environment variable {name} holds no password.", hint=f"Set {name} and run again.")
    return value


def _from_file(path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise ConfigError(f"The password file {path} can be read by others.", hint=f"chmod 600 {path}")
        return _first_line(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise ConfigError(f"The password file {path} cannot be read: {what}.", hint="Check the path.") from error


def _from_command(argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=SECRET_SECONDS, check=True, text=True)
        return _first_line(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = f"The password command {argv[0]!r} gave no password: {_failed(error)}."
        raise ConfigError(told, hint="Run it by hand.") from error


def _first_line(text: str) -> str:
    """Raises ValueError where it is empty."""
    line = text.partition("\n")[0].rstrip("\r")
    if not line:
        raise ValueError("its first line is empty")
    return line


def _failed(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"it ended with {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took longer than {SECRET_SECONDS} seconds"
    return getattr(error, "strerror", None) or str(error)
