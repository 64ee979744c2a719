"""What could not be read is told, accounted for, tried again, and then forgotten as a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.imap import session
from tests.conftest import START, Clock
from tests.servers.imap_script import Script, scripted
from tests.system.world import World


@pytest.fixture
def script(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(session, "PAUSES", (0.0, 0.0))
    with scripted() as server:
        server.boxes["INBOX"].fill(*range(1, 12))
        world.configure(mail=world._mail().replace(f"port = {world.mail.port}", f"port = {server.port}"))
        yield server


def audited(world: World) -> Any:
    ran = world.weaktie("audit", "--json")
    (found,) = ran.json["sources"]
    return found


def unreadable(world: World) -> list[str]:
    ran = world.weaktie("doctor", "--json")
    return [finding["detail"] for finding in ran.json["findings"] if finding["what"] == "unreadable"]


@pytest.mark.server
def test_a_message_set_aside_is_read_when_the_server_can_and_told_no_more(
    world: World, script: Script, clock: Clock
) -> None:
    script.spoil, script.stubborn = {6: "close"}, {6}
    assert world.weaktie("sync").code == 0
    script.spoil = {}
    assert (audited(world)["quarantined"], len(unreadable(world))) == (1, 1)
    clock.move_to(START + timedelta(minutes=16))
    assert world.weaktie("sync").code == 0
    assert (audited(world)["quarantined"], unreadable(world)) == (0, [])
    assert audited(world)["missing"] == []


@pytest.mark.server
def test_a_folder_renumbered_all_the_time_is_told_and_accounted_for(world: World, script: Script, clock: Clock) -> None:
    for hour in range(9):
        clock.move_to(START + timedelta(hours=hour))
        script.boxes["INBOX"].uidvalidity += 1
        assert world.weaktie("sync").code == 0
    fetched = len([command for command in script.commands if "FETCH" in command])
    assert fetched == 6
    (told,) = unreadable(world)
    assert "renumbered this folder" in told
    assert (audited(world)["quarantined"], audited(world)["missing"]) == (11, [])
    clock.move_to(START + timedelta(hours=40))
    assert world.weaktie("sync").code == 0
    assert (audited(world)["quarantined"], unreadable(world)) == (0, [])
