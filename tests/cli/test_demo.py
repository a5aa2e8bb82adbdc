"""`upscale-connect demo`: a newcomer's first minute, with nothing but the program."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.cli.demo_leads import write_leads

if TYPE_CHECKING:
    from tests.cli.conftest import Result

FOLDER = Path("upscale-connect-demo")


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect.cli.demo.DELAY", 0.0)


def test_it_shows_everything_and_can_be_repeated(call: Callable[..., Result]) -> None:
    for _ in range(2):
        result = call("demo")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "read        25 records: 23 new, 1 duplicate, 1 quarantined" in result.stdout
        assert "credits     46 at most" in result.stdout
        assert "messages    42 received, 4 failed" in result.stdout
        assert result.stdout.count("[sandbox]") == 10
        for command in ("init leads.csv", "plan", "sync"):
            assert f"\n   upscale-connect {command} " in result.stdout
        for name in ("leads.csv", "leads.messages.csv", "upscale-connect.yaml", "demo.db"):
            assert (FOLDER / name).is_file()
            assert f"\n   {name} " in result.stdout
    with (FOLDER / "leads.messages.csv").open(encoding="utf-8", newline="") as file:
        statuses = Counter(row["upscale_status"] for row in csv.DictReader(file))
    assert statuses == {"delivered": 21, "failed": 2, "duplicate": 1, "quarantined": 1}


@pytest.mark.usefixtures("_hurry")
def test_the_commands_that_it_names_work_as_they_stand(call: Callable[..., Result]) -> None:
    result = call("demo")
    named = re.findall(r"upscale-connect (-c \S+ \w+(?: \w+)* demo)\b", result.stdout)
    assert len(named) == 2
    assert [call(*command.split()).exit_code for command in named] == [0, 0]


@pytest.mark.usefixtures("_hurry")
def test_its_ledger_answers_the_other_commands(call: Callable[..., Result]) -> None:
    call("demo", "trial")
    config = "trial/upscale-connect.yaml"
    assert "42 ready, 4 failed" in call("-c", config, "status").stdout
    assert "leads.csv:15" in call("-c", config, "todo").stdout
    assert call("-c", config, "explain", "D-001").exit_code == 0


@pytest.mark.parametrize("name", ["leads.csv", "upscale-connect.yaml"])
@pytest.mark.usefixtures("_hurry")
def test_what_a_person_wrote_is_never_replaced(call: Callable[..., Result], name: str) -> None:
    call("demo", "trial")
    path = Path("trial") / name
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = {file.name: file.read_bytes() for file in Path("trial").iterdir()}
    result = call("demo", "trial")
    assert result.exit_code == 2
    assert name in result.stderr
    assert {file.name: file.read_bytes() for file in Path("trial").iterdir()} == before


def test_a_foreign_folder_is_left_alone(call: Callable[..., Result]) -> None:
    Path("mine").mkdir()
    (Path("mine") / "leads.csv").write_text("a,b\n", encoding="utf-8")
    assert call("demo", "mine").exit_code == 2
    assert [file.name for file in Path("mine").iterdir()] == ["leads.csv"]
    Path("file").write_text("", encoding="utf-8")
    assert call("demo", "file").exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs some variables for its sockets")
def test_it_needs_no_variable_of_the_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "upscale_connect", "demo"], env={}, capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_its_people_and_companies_cannot_be_real() -> None:
    rows = list(csv.DictReader(write_leads().splitlines()))
    assert len(rows) == 25
    for row in rows:
        assert re.fullmatch(r"https://[a-z-]+\.example", row["Website"])
        assert re.fullmatch(r"(https://www\.linkedin\.com/in/[a-z]+-[a-z]+-\d{4}(-noweb)?)?", row["LinkedIn"])
