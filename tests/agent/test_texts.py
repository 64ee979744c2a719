"""The owner's own templates: in use, checked, shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import texts
from agent.config import Config, parse
from agent.errors import ConfigError, UsageError
from agent.templating import TemplateRefused
from agent.types import DraftKind
from tests.letters import ALICE, at

NOW = at("2026-03-06 09:00")


def config(folder: Path | None = None) -> Config:
    drafts = {"templates": str(folder)} if folder else {}
    return parse({"owner": {"name": "Alice Lindqvist", "addresses": [ALICE]}, "drafts": drafts}, "of this test")


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_shipped_templates_render_with_everything_and_with_little_known() -> None:
    assert texts.check(config(), NOW) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for ask in (texts.parts, lambda gone: texts.check(gone, NOW)):
        with pytest.raises(ConfigError, match="There is no folder of templates at "):
            ask(config(tmp_path / "nowhere"))


@pytest.mark.parametrize("kind", DraftKind)
def test_every_kind_can_be_shown(kind: DraftKind) -> None:
    (full, bare) = texts.preview(config(), kind.value, NOW)
    assert full[1].text.startswith("Hi Robin,")
    assert bare[1].text.startswith("Hello,")
    assert "None" not in bare[1].text


def test_the_owners_file_wins_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, "reconnect/body.txt", "Ahoy {{ owner_first_name }}\n")
    own = [part for part in texts.parts(config(tmp_path)) if part.own]
    assert [(part.kind, part.part) for part in own] == [("reconnect", "body.txt")]
    assert next(texts.preview(config(tmp_path), "reconnect", NOW))[1].text.strip() == "Ahoy Alice"


def test_a_value_that_may_be_missing_is_told_with_its_occasion(tmp_path: Path) -> None:
    write(tmp_path, "reconnect/body.txt", "Hi {{ first_name }}, about {{ topic }}.\n")
    (fault,) = texts.check(config(tmp_path), NOW)
    assert (fault.kind, fault.occasion) == ("reconnect", "little is known")
    assert "reconnect/body.txt" in fault.problem
    shown = texts.preview(config(tmp_path), "reconnect", NOW)
    assert next(shown)[1].text.startswith("Hi Robin, about")
    with pytest.raises(TemplateRefused, match="missing or empty"):
        next(shown)


def test_a_slip_in_a_template_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "thank_you/body.txt", "Thanks\n{% if contact %}\n")
    faults = texts.check(config(tmp_path), NOW)
    assert {fault.kind for fault in faults} == {"thank_you"}
    assert "thank_you/body.txt" in faults[0].problem


def test_a_language_there_is_none_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no texts in the language 'sv'"):
        texts.preview(config(tmp_path), "reconnect", NOW, "sv")
    write(tmp_path, "sv/reconnect/subject.txt", "Hej\n")
    write(tmp_path, "sv/reconnect/body.txt", "Hej!\n")
    assert next(texts.preview(config(tmp_path), "reconnect", NOW, "sv"))[1].text.strip() == "Hej!"


def test_a_kind_there_is_none_of() -> None:
    with pytest.raises(UsageError, match="no kind of draft called 'begging'"):
        texts.preview(config(), "begging", NOW)
