"""A person's configuration with leads of their own, and what a proof makes of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import upscale_connect_csv
from upscale_connect import hookimpl
from upscale_connect.config import Config, Ledger, load_config
from upscale_connect.contracts import Sink, Source
from upscale_connect.engine import open_services
from upscale_connect.proof.recording import Recording, record_sync
from upscale_connect.registry import Registry

SECRET = "canary-of-a-key"
CONFIG = """\
version: 1
accounts:
  main:
    api_key: {secret}
    callback_url: https://hooks.example.com/{secret}
    batch_size: 2
    extra_message_types: [breakup]
ledger: mine.db
notify: {{command: [./tell-{secret}.sh]}}
syncs:
  spring:
    account: main
    customer: acme
    campaign: 's1 $${{A}}'
    source: {source}
    map:
      automation_tool_lead_id: ID
      first_name: First
      last_name: {{first_of: [Surname, Last]}}
      lead_company: {{template: "{{Company}} Ltd"}}
      lead_linkedin: LinkedIn
    request: {{proposition_company_name: Acme, proposition_company_url: https://acme.example, extra: {{a: {secret}}}}}
    messages: {messages}
    sinks: {sinks}
{more}"""
HEADER = "ID,First,Last,Surname,Company,LinkedIn,Note"


def make_row(number: int) -> str:
    return f'L-{number},Ann{number},Lee,,Foo {number},https://www.linkedin.com/in/ann-{number},"äh, {number}"'


class Home:
    """A person's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = Registry()
        self.registry.register(upscale_connect_csv, name="csv")

    def offer(self, *classes: type[Source[Any]] | type[Sink[Any]]) -> None:
        """Install a plugin with these sources and sinks."""

        class Plugin:
            @hookimpl
            def lead_sources(self) -> list[type[Any]]:
                return [one for one in classes if issubclass(one, Source)]

            @hookimpl
            def message_sinks(self) -> list[type[Any]]:
                return [one for one in classes if issubclass(one, Sink)]

        self.registry.register(Plugin(), name="own")

    def write(self, leads: int = 3, **values: object) -> Config:
        known: Mapping[str, object] = {
            "secret": SECRET,
            "source": "{plugin: csv, path: leads.csv}",
            "messages": "[connection_request]",
            "sinks": "{back: source}",
            "more": "",
        }
        rows = [make_row(number) for number in range(1, leads + 1)]
        (self.folder / "leads.csv").write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")
        path = self.folder / "upscale-connect.yaml"
        path.write_text(CONFIG.format(**{**known, **values}), encoding="utf-8")
        return load_config(path, environ={})

    def record(self, config: Config, limit: int = 50) -> list[Recording]:
        apart = config.model_copy(update={"ledger": Ledger(path=self.folder / "none.db")})
        with open_services(apart, read_only=True, registry=self.registry) as services:
            return [record_sync(services, sync, limit) for sync in config.syncs.values()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], tuple[str, ...]]:
    """`program(before, after)`: the real one, with Python of ours that runs before and after it in its folder."""

    def make(before: str = "", after: str = "") -> tuple[str, ...]:
        path = tmp_path / "program.py"
        path.write_text(
            "import json, pathlib, sqlite3, sys\n"
            "from upscale_connect.cli import run\n"
            f"{before}\ncode = run(sys.argv[1:])\n{after}\nsys.exit(code)\n",
            encoding="utf-8",
        )
        return sys.executable, str(path)

    return make
