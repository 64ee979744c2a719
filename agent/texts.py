"""The owner's own templates: which files are in use, whether each renders, and what it looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.app import own_templates
from agent.config import Config
from agent.errors import ConfigError, NotAllowed, UsageError, told
from agent.jobs.drafts import Written, composed
from agent.outreach.compose import Style
from agent.outreach.preview import made_up
from agent.templating import TemplateRefused, Templates
from agent.types import DraftKind

MISSING = "There is no such folder of templates, so the usual text would be used."
PARTS = ("subject.txt", "body.txt", "body.html")


@dataclass(frozen=True, slots=True)
class Part:
    """One template file in use; `own` when it is the owner's. `language` is empty for the usual one."""

    language: str
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
    """Every template of a draft that is in use, by language."""
    templates, folder = _templates(config), own_templates(config)
    wanted = [(language, kind.value, part) for language in languages(config) for kind in DraftKind for part in PARTS]
    found = [(*names, templates.where(names[1], names[2], names[0])) for names in wanted]
    return [
        Part(language, kind, part, path, own=folder is not None and path.is_relative_to(folder))
        for language, kind, part, path in found
        if path
    ]


def languages(config: Config) -> list[str]:
    """The languages drafts are written in, the usual one first."""
    return list(dict.fromkeys([config.drafts.language, *sorted(config.drafts.languages.values())]))


def check(config: Config, now: datetime) -> list[Fault]:
    """Render every kind on made-up occasions, with everything known and with little; what goes wrong."""
    faults = []
    templates = _templates(config)
    for language in languages(config):
        faults += [Fault(kind, f"the language is {language}", MISSING) for kind in _untold(templates, language)]
        for occasion, plan in made_up(now, config.owner.zone):
            kind = plan.kind.value
            try:
                composed(config, templates, plan, now, Style(language, config.drafts.html))
            except (TemplateRefused, NotAllowed) as error:
                faults.append(Fault(kind, occasion, told(error)))
    return faults


def preview(config: Config, kind: str, now: datetime, language: str | None = None) -> Iterator[tuple[str, Written]]:
    """(occasion, letter) of one kind, in the usual language unless one is named; what can be shown comes first.

    Raises UsageError for a kind or language there is none of, TemplateRefused on the way.
    """
    if language and len(_untold(_templates(config), language)) == len(DraftKind):
        hint = f"Put them into {language}/<kind>/ in the folder that drafts.templates names."
        raise UsageError(f"There are no texts in the language {language!r}.", hint=hint)
    style = Style(config.drafts.language if language is None else language, config.drafts.html)
    chosen = [(occasion, plan) for occasion, plan in made_up(now, config.owner.zone) if plan.kind.value == kind]
    if not chosen:
        known = ", ".join(kind.value for kind in DraftKind)
        raise UsageError(f"There is no kind of draft called {kind!r}.", hint=f"There are {known}.")
    templates = _templates(config)
    return ((occasion, composed(config, templates, plan, now, style)) for occasion, plan in chosen)


def _untold(templates: Templates, language: str) -> list[str]:
    """Kinds that there are no texts of in this language."""
    kinds = [kind.value for kind in DraftKind] if language else []
    return [kind for kind in kinds if templates.where(kind, "body.txt", language) == templates.where(kind, "body.txt")]


def _templates(config: Config) -> Templates:
    folder = own_templates(config)
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"There is no folder of templates at {folder}.", hint="Make it, or set drafts.templates.")
    return Templates(folder)
