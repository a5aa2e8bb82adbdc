"""The command that is told when a person is needed."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import World

KEEP = "import sys, pathlib; pathlib.Path('told.json').write_text(sys.stdin.read())"


def told(folder: Path) -> dict[str, Any] | None:
    path = folder / "told.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text())
    path.unlink()
    return found


@pytest.fixture
def notified(world: World) -> World:
    world.config["notify"] = {"command": [sys.executable, "-c", KEEP]}
    return world


def test_a_quiet_run_tells_nobody(notified: World, tmp_path: Path) -> None:
    notified.write_leads(1)
    notified.wait()
    assert told(tmp_path) is None


def test_who_is_needed_is_told_with_the_command_that_goes_on(notified: World, tmp_path: Path) -> None:
    notified.write_leads(1, notified.lead(2, LinkedIn=""))
    notified.wait()
    message = told(tmp_path)
    assert message is not None
    assert (message["schema"], message["exit_code"]) == (1, 3)
    assert [need["what"] for need in message["needs_person"]] == ["records in quarantine"]
    assert message["needs_person"][0]["command"].startswith("upscale-connect quarantine list")


def test_a_sync_that_did_not_end_well_for_26_hours_is_stale(notified: World, tmp_path: Path) -> None:
    notified.write_leads(1)
    notified.wait()
    notified.sandbox.close()
    notified.clock.advance(timedelta(hours=25).total_seconds())
    notified.write_leads(1, 2)
    notified.wait()
    assert "stale_26h" not in (told(tmp_path) or {})
    notified.clock.advance(timedelta(hours=2).total_seconds())
    notified.wait()
    assert (told(tmp_path) or {})["stale_26h"] == ["spring"]


def test_a_sync_that_never_ended_well_is_stale_too(notified: World, tmp_path: Path) -> None:
    """Its file is missing: a passing outage for each single run, and for a person after a day."""
    notified.wait()
    assert (notified.exit_code, told(tmp_path)) == (10, None)
    notified.clock.advance(timedelta(hours=27).total_seconds())
    notified.wait()
    message = told(tmp_path) or {}
    assert message["stale_26h"] == ["spring"]
    (need,) = message["needs_person"]
    assert "there is no such file" in need["what"]
    assert need["command"] == "upscale-connect check spring"


@pytest.mark.parametrize(
    ("change", "exit_code", "what"),
    [
        ({"accounts": {"main": {"api_key": "sandbox-wrong"}}}, 8, "runs stopped: the API does not know this key"),
        ({"syncs": {"spring": {"source": {"plugin": "unheard-of"}}}}, 2, "'unheard-of'"),
        ({"syncs": {"spring": {"map": {"first_name": "Firts"}}}}, 2, "the source has no column 'Firts'"),
    ],
    ids=["wrong key", "no such plugin", "no such column"],
)
def test_an_error_that_lasts_needs_a_person_at_once(
    notified: World, tmp_path: Path, change: Any, exit_code: int, what: str
) -> None:
    merge(notified.config, change)
    notified.write_leads(1)
    report = notified.run()
    (need,) = report.needs_person
    assert (report.exit_code, need.sync, need.command) == (exit_code, "spring", "upscale-connect check spring")
    assert what in need.what
    assert (told(tmp_path) or {})["needs_person"] == report.as_json()["needs_person"]


def merge(target: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and key != "source":
            merge(target[key], value)
        else:
            target[key] = value


def test_only_what_was_asked_for_is_told(notified: World, tmp_path: Path) -> None:
    notified.config["notify"]["on"] = ["stale_26h"]
    notified.write_leads(notified.lead(2, LinkedIn=""))
    notified.wait()
    assert told(tmp_path) is None


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["no-such-program-anywhere"], "could not be started"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with code 3"),
    ],
)
def test_a_command_that_fails_spoils_nothing(
    notified: World, caplog: pytest.LogCaptureFixture, command: list[str], complaint: str
) -> None:
    notified.config["notify"]["command"] = command
    notified.write_leads(1, notified.lead(2, LinkedIn=""))
    notified.wait()
    assert notified.exit_code == 3
    assert complaint in caplog.text
