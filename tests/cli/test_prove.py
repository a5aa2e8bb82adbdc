"""`upscale-connect prove`: a person's own configuration, and nothing of it touched."""

from __future__ import annotations

import functools
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from upscale_connect.proof import rounds
from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

NUMBER = {"type": "integer", "minimum": 0}
COUNTS = ("rounds", "kills", "faults", "in_doubt", "paid_twice", "lost", "wrong_row")
SOURCE = {
    "sync": {"type": "string"},
    "records": NUMBER,
    "leads": NUMBER,
    "counted": NUMBER,
    "counted_all": {"type": "boolean"},
    "types_left_out": {"type": "array", "items": {"type": "string"}},
}
BROKEN = {"round": NUMBER, "what": {"type": "array", "items": {"type": "string"}}, "folder": {"type": "string"}}


def exactly(properties: dict[str, object], **more: object) -> dict[str, object]:
    whole = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**whole, "required": list(properties), **more}


SCHEMA = exactly(
    {
        "schema": {"const": 1},
        "seed": {"type": "integer"},
        "sources": {"type": "array", "items": exactly(SOURCE)},
        **dict.fromkeys(COUNTS, NUMBER),
        "broken": {"anyOf": [{"type": "null"}, exactly(BROKEN)]},
        "exit_code": NUMBER,
    }
)


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_WORKERS", 1)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, here and in other processes."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def files(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in workspace.folder.iterdir() if path.is_file()}


def test_nothing_of_a_person_is_touched_or_left(
    call: Callable[..., Result], workspace: Workspace, rows: Callable[..., list[str]], temporary: Path
) -> None:
    workspace.write_leads(*rows(5))
    workspace.write_config(sinks="{back: source, file: {plugin: csv, path: sent.csv}}", batch_size=2)
    before = files(workspace)
    result = call("prove", "--minutes", "0.0001", "--leads", "4", "--seed", "7")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "seed        7\n" in result.stdout
    assert "source      spring: 4 of 5 records, 4 of them leads\n" in result.stdout
    _, rounds_, blank, verdict = result.stdout.rpartition("source")[2].splitlines()[:4]  # then doubts, if any
    assert re.fullmatch(r"rounds      [1-9]\d*, with \d+ faults of the API", rounds_)
    assert re.fullmatch(r"\d+ kills, 0 paid twice, 0 lost, 0 on a wrong row", verdict)
    assert blank == ""
    assert files(workspace) == before
    assert list(temporary.iterdir()) == []
    assert workspace.sandbox.state.requests == []


def test_what_is_wrong_is_told_and_kept(
    call: Callable[..., Result], workspace: Workspace, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (sys.executable, "-c", "raise SystemExit(1)")
    monkeypatch.setattr(rounds, "Proof", functools.partial(rounds.Proof, program=program))
    result = call("prove", "--json")
    assert result.exit_code == 1
    jsonschema.validate(result.data, SCHEMA)
    folder = Path(result.data["broken"]["folder"])
    assert folder.is_relative_to(temporary)
    assert sorted(path.name for path in temporary.iterdir()) == [folder.parent.name]
    assert (folder / "upscale-connect.yaml").exists()
    assert json.loads((folder / rounds.REPORT).read_text(encoding="ascii"))["round"] == 0
    assert "Error: before anything was disturbed: a run ended with exit code 1" in result.stderr
    assert f"kept in {folder}. It holds your leads" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["autumn"], "no sync is called 'autumn'"),
        (["--kills", "0"], "--kills"),
        (["--minutes", "0"], "--minutes"),
        (["-c", "none.yaml"], "none.yaml"),
    ],
)
def test_what_cannot_be_meant_so(
    call: Callable[..., Result], workspace: Workspace, temporary: Path, arguments: list[str], words: str
) -> None:
    result = call("prove", *arguments, "--json")
    assert (result.exit_code, result.data["rounds"], result.data["broken"]) == (2, 0, None)
    assert words in result.stderr
    assert list(temporary.iterdir()) == []


def test_a_file_without_a_lead_proves_nothing(
    call: Callable[..., Result], workspace: Workspace, temporary: Path
) -> None:
    workspace.write_leads("1,,,,")
    result = call("prove")
    assert result.exit_code == 2
    assert "Error: nothing is bought with this configuration" in result.stderr
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send a signal to another process alone")
def test_ctrl_c_shows_what_was_seen_and_leaves_nothing(
    start: Callable[..., subprocess.Popen[str]], workspace: Workspace, temporary: Path
) -> None:
    process = start("prove", "--minutes", "9", "--json")
    while not list(temporary.glob("*/round-1")):
        assert process.poll() is None
        threading.Event().wait(0.02)
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    jsonschema.validate(json.loads(stdout), SCHEMA)
    assert list(temporary.iterdir()) == []


def test_a_key_of_its_own_for_each_account() -> None:
    with Sandbox(delay=0) as sandbox:
        sandbox.state.add_key("one more")
        assert sandbox.state.credits("one more").left is None
        sandbox.state.reset()
        assert "one more" not in sandbox.state.key_names
