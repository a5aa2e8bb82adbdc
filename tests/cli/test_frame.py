"""The frame: help and version, the table of commands, what starting costs."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from upscale_connect.cli import VERSION, main
from upscale_connect.cli.commands import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Result

ROOT = Path(__file__).parents[2]
HEAVY = {
    "pydantic", "requests", "urllib3", "pluggy", "yaml", "rich", "flask", "waitress", "dotenv", "sqlite3",
    "importlib.metadata", "logging", "upscale_connect_csv",
}  # fmt: skip


def imported_by(*args: str) -> set[str]:
    """Every module that a fresh interpreter imports for a call of the program."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "upscale_connect", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_starting_imports_nothing_heavy(option: str) -> None:
    modules = imported_by(option)
    assert "upscale_connect.cli" in modules
    packages = {".".join(module.split(".")[:length]) for module in modules for length in (1, 2)}
    assert not packages & HEAVY
    assert not modules & {f"upscale_connect.cli.{name}" for name in COMMANDS}


def test_version_does_not_even_need_click() -> None:
    assert "click" not in imported_by("--version")


def test_version_is_that_of_the_project(call: Callable[..., Result]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    for args in (["--version"], ["-c", "x.yaml", "--version"]):
        result = call(*args)
        assert (result.exit_code, result.stdout) == (0, f"upscale-connect {VERSION}\n")


def test_help_lists_every_command_in_order(call: Callable[..., Result]) -> None:
    result = call("--help")
    section = result.stdout.partition("Commands:\n")[2]
    assert result.exit_code == 0
    assert [line.split()[0] for line in section.splitlines()] == list(COMMANDS)


def test_without_a_command_the_help_goes_to_stderr(call: Callable[..., Result]) -> None:
    result = call()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_table_tells_what_the_command_says_of_itself(name: str) -> None:
    command = getattr(importlib.import_module(f"upscale_connect.cli.{name}"), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example(name: str, call: Callable[..., Result]) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    assert f"upscale-connect {name}" in result.stdout.partition("Example")[2]


def test_help_of_a_command_imports_nothing_heavy() -> None:
    assert not {module.partition(".")[0] for module in imported_by("plugins", "--help")} & (HEAVY - {"logging"})


def test_main_exits_with_the_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["upscale-connect", "snyc"])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    assert "did you mean `upscale-connect sync`?" in capsys.readouterr().err


def test_completion_is_clicks_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_UPSCALE_CONNECT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "upscale-connect plug")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        main([])
    assert "plain,plugins" in capsys.readouterr().out
