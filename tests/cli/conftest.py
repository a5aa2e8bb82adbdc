"""Runs the program as a user would, in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import click
import pytest

from upscale_connect.cli import run
from upscale_connect.cli.commands import COMMANDS
from upscale_connect.cli.options import json_option


@dataclass(frozen=True, slots=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:
        """The one JSON object on stdout; fails if there is anything else."""
        return json.loads(self.stdout)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """`call("plugins", "--json")` gives exit code, stdout and stderr of one invocation."""

    def invoke(*args: str) -> Result:
        capsys.readouterr()
        exit_code = run(args)
        captured = capsys.readouterr()
        return Result(exit_code, captured.out, captured.err)

    return invoke


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`command(function)` adds a command `act` whose body is `function()`."""

    def add(function: Callable[[], int | None], *options: Callable[[Any], Any], **shape: object) -> None:
        def act(**_options: object) -> int | None:
            return function()

        body = json_option(**shape)(act)
        for option in options:
            body = option(body)
        module = ModuleType("upscale_connect.cli.act")
        vars(module)["act"] = click.command("act")(body)
        monkeypatch.setitem(COMMANDS, "act", "Act")
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return add
