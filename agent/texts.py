"""The owner's own templates: which files are in use, whether each renders, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.app import own_templates
from agent.config import Config
from agent.errors import NotAllowed, UsageError
from agent.jobs.drafts import Written, composed
from agent.outreach.preview import made_up
from agent.templating import TemplateRefused, Templates
from agent.types import DraftKind

PARTS = ("subject.txt", "body.txt", "body.html")


@dataclass(frozen=True, slots=True)
class Part:
    """One template file in use; `own` when it is the owner's."""

    kind: str
    part: str
    path: Path
    own: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template, and on which occasion it showed."""

    kind: str
    occasion: str
    problem: str


def parts(config: Config) -> list[Part]:
    """Every template of a draft that is in use."""
    templates, folder = _templates(config), own_templates(config)
    found = [(kind.value, part, templates.where(kind.value, part)) for kind in DraftKind for part in PARTS]
    return [
        Part(kind, part, path, own=folder is not None and path.is_relative_to(folder))
        for kind, part, path in found
        if path
    ]


def check(config: Config, now: datetime) -> list[Fault]:
    """Render every kind on made-up occasions, with everything known and with little; what goes wrong."""
    faults = []
    for occasion, plan in made_up(now, config.owner.zone):
        try:
            composed(config, _templates(config), plan, now)
        except (TemplateRefused, NotAllowed) as error:
            faults.append(Fault(plan.kind.value, occasion, f"{error} {error.hint}".strip()))
    return faults


def preview(config: Config, kind: str, now: datetime) -> list[tuple[str, Written]]:
    """(occasion, letter) of one kind. Raises UsageError for a kind there is none of, TemplateRefused."""
    chosen = [(occasion, plan) for occasion, plan in made_up(now, config.owner.zone) if plan.kind.value == kind]
    if not chosen:
        known = ", ".join(kind.value for kind in DraftKind)
        raise UsageError(f"There is no kind of draft called {kind!r}.", hint=f"There are {known}.")
    return [(occasion, composed(config, _templates(config), plan, now)) for occasion, plan in chosen]


def _templates(config: Config) -> Templates:
    return Templates(own_templates(config))
