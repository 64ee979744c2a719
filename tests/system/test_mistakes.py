"""What a user gets wrong: a clear message with the next step, the right exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.servers.process import reserved_port
from tests.system.test_whole_loop import populate
from tests.system.world import Ran, World

pytestmark = pytest.mark.server


def told(ran: Ran, code: int, *words: str) -> None:
    """It ended with this code and said these words, with a next step, on standard error."""
    assert ran.code == code, ran
    for word in words:
        assert word in ran.err
    assert "→" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", [("sync",), ("doctor",), ("run", "--once")])
def test_a_wrong_password(world: World, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    wrong = world.folder / "wrong"
    wrong.write_text("guess\n")
    wrong.chmod(0o600)
    world.config.write_text(
        world.config.read_text().replace('password_env = "MAIL_PASSWORD"', f'password_file = "{wrong}"')
    )
    ran = world.weaktie(*command)
    assert ran.code == 5, ran
    assert "Traceback" not in ran.err + ran.out
    assert "password" in (ran.err + ran.out).lower()


def test_a_refused_sign_in_is_not_tried_again_within_the_hour(world: World, clock: Clock) -> None:
    world.config.write_text(world.config.read_text().replace(world.mail.username, ""))
    first = world.weaktie("run", "--once")
    again = world.weaktie("run", "--once")
    assert first.code != 0
    assert again.code == 0 or "sign" not in again.err


@pytest.mark.parametrize("command", [("sync",), ("run", "--once")])
def test_no_network(world: World, command: tuple[str, ...]) -> None:
    with reserved_port() as port:
        world.configure(mail=world._mail().replace(f"port = {world.mail.port}", f"port = {port}"))
        ran = world.weaktie(*command)
    told(ran, 75, "127.0.0.1")
    assert ran.err.count("refused the connection") == 1


def test_an_unreadable_configuration(world: World) -> None:
    world.config.write_text("[owner\n")
    ran = world.weaktie("sync")
    assert ran.code == 4
    assert str(world.config) in ran.err
    assert "Traceback" not in ran.err


def test_a_configuration_that_is_not_there(world: World) -> None:
    world.config.unlink()
    told(world.weaktie("ties"), 4, "weaktie init")


def test_every_problem_of_a_configuration_is_told_at_once(world: World) -> None:
    text = world.config.read_text().replace("tls = ", "tsl = ") + "[report]\nweekday = 'Montag'\n"
    world.config.write_text(text)
    ran = world.weaktie("config", "check")
    told(ran, 4, "sources[0].tsl: there is no such option", "report.weekday")


def test_an_empty_mailbox(world: World) -> None:
    assert world.weaktie("sync").out == "mail: 0 new, 0 counted as contact, 0 left out\n"
    assert "No such ties yet" in world.weaktie("ties").out
    ran = world.weaktie("run", "--once")
    assert (ran.code, ran.err) == (0, "")


def test_nobody_of_that_name(world: World) -> None:
    told(world.weaktie("why", "Nobody"), 1, "Nobody")


def test_try_on_nothing_of_use(world: World, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("shopping list")
    told(world.weaktie("try", str(tmp_path / "nowhere")), 1, "There is nothing at")
    told(world.weaktie("try", str(tmp_path / "notes.txt")), 2, "holds no mail")


def test_the_configuration_is_shown_without_secrets(world: World) -> None:
    shown = world.weaktie("config", "show").out
    assert "sources[0].password_env = 'MAIL_PASSWORD'" in shown
    assert "correct-horse" not in shown


def test_a_drafts_folder_that_is_not_there(world: World, clock: Clock) -> None:
    populate(world)
    assert world.weaktie("run", "--once").code == 0
    text = world.config.read_text()
    world.config.write_text(text.replace('tls = "none"\n', 'tls = "none"\ndrafts_folder = "Nowhere"\n', 1))
    clock.advance(days=2)
    told(world.weaktie("run", "--once"), 3, "drafts: ", "Nowhere")
    looked = world.weaktie("doctor")
    assert looked.code == 1
    assert "Nowhere" in looked.out
    world.config.write_text(text)
    clock.advance(days=1)
    assert world.weaktie("run", "--once").code == 0
    assert len(world.mail.messages("Drafts")) == 1
