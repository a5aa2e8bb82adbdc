"""Runs the program as a user would, in this process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from upscale_connect.cli import run
from upscale_connect.cli.commands import COMMANDS
from upscale_connect.cli.options import json_option
from upscale_connect.sandbox import Sandbox


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


CONFIGURATION = """\
version: 1
accounts:
  main:
    api_key: {key}
    base_url: {url}
    batch_size: {batch_size}
    poll: {{first_seconds: {poll}, factor: 1, max_seconds: 60}}
{account}
syncs:
  spring:
    customer: acme
    campaign: s1
    source: {{plugin: csv, path: leads.csv, output: {output}}}
    map:
      automation_tool_lead_id: ID
      first_name: First name
      last_name: Last name
      lead_company: Company
      lead_linkedin: {linkedin}
    request: {{proposition_company_name: Acme, proposition_company_url: https://acme.example}}
    messages: {messages}
{more}
    limits: {{hold_above: {hold_above}}}
    sinks: {sinks}
"""
HEADER = "ID,First name,Last name,Company,LinkedIn"


class Workspace:
    """The current folder, with leads and a configuration that points to a sandbox of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.folder = Path.cwd()
        self.ledger = self.folder / "upscale-connect.db"
        self.output = self.folder / "leads.messages.csv"

    def write_leads(self, *rows: str) -> None:
        (self.folder / "leads.csv").write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")

    def write_config(self, **values: object) -> None:
        known: dict[str, object] = {
            "key": "sandbox-valid",
            "url": self.sandbox.base_url,
            "batch_size": 25,
            "poll": 0.05,
            "account": "",
            "linkedin": "LinkedIn",
            "hold_above": 1000,
            "output": "leads.messages.csv",
            "messages": "[connection_request, first_follow_up]",
            "sinks": "{back: source}",
            "more": "",
        }
        text = CONFIGURATION.format(**known | values)
        (self.folder / "upscale-connect.yaml").write_text(text, encoding="utf-8")


def make_row(number: int, slug: str = "") -> str:
    return f"{number},Ann{number},Lee,Foo Ltd,https://www.linkedin.com/in/{slug or f'ann-{number}'}"


@pytest.fixture
def rows() -> Callable[..., list[str]]:
    """`rows(3)` gives the rows of three leads."""
    return lambda count, start=1: [make_row(number) for number in range(start, start + count)]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Two leads, and a sandbox that has every message at once."""
    with Sandbox(delay=0) as sandbox:
        made = Workspace(sandbox)
        made.write_leads(make_row(1), make_row(2))
        made.write_config()
        yield made


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start("sync", "--wait")` starts the program as a process of its own; one that still runs is killed."""
    started: list[subprocess.Popen[str]] = []

    def launch(*args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "upscale_connect", *args]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=pipe, text=True, encoding="utf-8")
        started.append(process)
        return process

    yield launch
    for process in started:
        process.kill()
        process.communicate()
