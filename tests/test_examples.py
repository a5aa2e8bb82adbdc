"""The programs and the plugin in docs/examples run as they stand, against the sandbox."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from upscale_connect import Context, Delivery, Found, Lead, Record, WriteResult, load_config
from upscale_connect.clock import SystemClock
from upscale_connect.engine import Options, open_services, run_syncs, select_syncs
from upscale_connect.http import repeatable_session
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox
from upscale_connect.testing import run_checks

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
PLUGIN = EXAMPLES / "upscale-connect-jsonl"
TOKEN = "a-token-that-nobody-may-see"

SPRING = """\
version: 1
accounts:
  main: {{api_key: {key}, base_url: "{base_url}", poll: {{first_seconds: 0.01}}}}
syncs:
  spring:
    customer: customer_12345
    campaign: campaign_67890
    source: {{plugin: csv, path: leads.csv}}
    map: {{first_name: First, last_name: Last, lead_company: Company, lead_linkedin: LinkedIn}}
    request: {{proposition_company_name: Acme, proposition_company_url: https://www.acmecorp.com}}
    messages: [connection_request]
"""
LEADS = """\
First,Last,Company,LinkedIn
Ada,Invented,First Company,https://www.linkedin.com/in/ada-invented-example
Ben,Invented,,https://www.linkedin.com/in/ben-invented-example
"""


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(delay=0) as started:
        yield started


@pytest.fixture
def spring(sandbox: Sandbox) -> Callable[..., str]:
    """Writes leads and their configuration; gives its name."""

    def write(key: str = "sandbox-valid") -> str:
        Path("leads.csv").write_text(LEADS, encoding="utf-8")
        text = SPRING.format(key=key, base_url=sandbox.base_url)
        Path("spring.yaml").write_text(text, encoding="utf-8")
        return "spring.yaml"

    return write


@pytest.fixture
def trial(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The plugin's own example, in a folder of its own; polls fast, and has a second sink."""
    folder = tmp_path / "trial"
    folder.mkdir()
    shutil.copy(PLUGIN / "leads.jsonl", folder)
    text = (PLUGIN / "example.yaml").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8765/api/v2", sandbox.base_url).replace(
        "first_seconds: 1", "first_seconds: 0.01"
    )
    (folder / "example.yaml").write_text(text, encoding="utf-8")
    return folder / "example.yaml"


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("upscale_connect_jsonl")


@pytest.fixture
def registry(plugin: ModuleType) -> Registry:
    found = Registry.discover()
    record = found.register(plugin, name="jsonl", distribution="upscale-connect-jsonl", version="0.1.0")
    assert record.error is None
    return found


class Receiver(ThreadingHTTPServer):
    """Keeps what is PUT to it and answers with `statuses`, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Putter)
        self.stored: dict[str, Any] = {}
        self.tokens: set[str | None] = set()
        self.statuses: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/leads/"


class Putter(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, Receiver)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        if status == 204:
            self.server.stored[self.path] = body
        self.server.tokens.add(self.headers["Authorization"])
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(config: Path, registry: Registry) -> Any:
    """One run that waits; what `--json` shows of its only sync."""
    loaded = load_config(config)
    with open_services(loaded, registry=registry) as services:
        return run_syncs(services, select_syncs(loaded, None), Options(wait=True)).as_json()["syncs"][0]


def outbox(config: Path) -> list[Any]:
    text = (config.parent / "messages.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def send_to_web(config: Path, receiver: Receiver) -> None:
    """Let the sync write to `receiver` as well."""
    (config.parent / ".env").write_text(f"JSONL_TOKEN={TOKEN}\n", encoding="utf-8")
    sink = f"      web: {{plugin: jsonl-web, url: {receiver.url!r}, token: '${{JSONL_TOKEN}}'}}\n"
    config.write_text(config.read_text(encoding="utf-8") + sink, encoding="utf-8")


# What authors of plugins test with


def test_a_whole_sync_in_a_test(tmp_path: Path) -> None:
    load_example("test_portal").test_a_message_arrives(tmp_path)


# The library's examples


def test_run_sync(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_example("run_sync").main(spring(), "spring") == 3
    printed = capsys.readouterr().out
    assert "spring: 2 records read, 1 of them new" in printed
    assert "1 messages, 1 credits" in printed
    assert "back: 1 leads written, 0 failed" in printed
    assert "1 records in quarantine; next: upscale-connect" in printed
    assert "delivered" in Path("leads.messages.csv").read_text(encoding="utf-8")


def test_run_sync_again_buys_nothing(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    main = load_example("run_sync").main
    name = spring()
    main(name)
    assert main(name) == 0
    assert "0 messages, 0 credits" in capsys.readouterr().out.partition("next:")[2]


def test_run_sync_shows_why_a_sync_stopped(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_example("run_sync").main(spring("sandbox-revoked")) == 8
    assert "stopped: the API key has been revoked" in capsys.readouterr().out


def test_run_sync_shows_what_is_wrong_before_it_starts(
    spring: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    main = load_example("run_sync").main
    assert main(spring(), "sprung") == 2
    assert "no sync is called 'sprung'" in capsys.readouterr().err
    assert main("nowhere.yaml") == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_read_configuration(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    main = load_example("read_configuration").main
    assert main(spring()) == 0
    assert capsys.readouterr().out == "spring: connection_request from csv to back, paid by main\n"
    Path("wrong.yaml").write_text("version: 1\nsinc: {}\n", encoding="utf-8")
    assert main("wrong.yaml") == 2
    assert "wrong.yaml:2" in capsys.readouterr().out


def test_use_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("UPSCALE_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("UPSCALE_API_KEY", "sandbox-valid")
    main = load_example("use_client").main
    assert main(pause=0) == 0
    assert "lead_1, connection_request: [sandbox]" in capsys.readouterr().out
    monkeypatch.setenv("UPSCALE_API_KEY", "sandbox-no-credits")
    assert main(pause=0) == 7
    assert "top up" in capsys.readouterr().err


# The plugin


def test_the_plugin_is_found_and_works_as_an_installed_one(trial: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    """Discovered by its metadata, in a process of its own, beside a broken one."""
    site = tmp_path / "site"
    install(site, "upscale-connect-jsonl", "jsonl = upscale_connect_jsonl")
    install(site, "upscale-connect-broken", "broken = nowhere_to_be_found")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(PLUGIN)]), "PYTHONUTF8": "1"}

    listed = call(trial.parent, environment, "-m", "upscale_connect", "plugins", "--json")
    plugins = {plugin["name"]: plugin for plugin in json.loads(listed)["plugins"]}
    assert plugins["jsonl"]["distribution"] == "upscale-connect-jsonl"
    assert plugins["jsonl"]["sources"] == ["jsonl"]
    assert plugins["jsonl"]["sinks"] == ["jsonl", "jsonl-web"]
    assert plugins["broken"]["state"] == "failed"

    call(trial.parent, environment, str(EXAMPLES / "run_sync.py"), "example.yaml")
    assert {entry["key"].rpartition("/")[2] for entry in outbox(trial)} == {"a-1", "a-2"}


def install(site: Path, name: str, entry_point: str) -> None:
    """What pip leaves of an editable installation: the metadata."""
    folder = site / f"{name.replace('-', '_')}-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(f"[upscale_connect]\n{entry_point}\n", encoding="utf-8")


def call(folder: Path, environment: dict[str, str], *command: str) -> str:
    """Exit code 3 says that there is a new record in quarantine, which the example has on purpose."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def test_its_metadata_is_what_the_test_installs() -> None:
    import tomllib

    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["name"], project["version"]) == ("upscale-connect-jsonl", "0.1.0")
    assert project["entry-points"]["upscale_connect"] == {"jsonl": "upscale_connect_jsonl"}


def test_a_line_that_is_no_record_is_counted(trial: Path, registry: Registry) -> None:
    result = run(trial, registry)
    assert result["records"] == result["records"] | {"read": 3, "new": 2, "quarantined": 1}
    assert result["sinks"]["outbox"]["written"] == 2


def test_a_second_run_reads_and_writes_nothing(trial: Path, registry: Registry, sandbox: Sandbox) -> None:
    run(trial, registry)
    before = (trial.parent / "messages.jsonl").read_bytes()
    requests = len(sandbox.state.requests)
    result = run(trial, registry)
    assert result["records"]["read"] == 0
    assert (trial.parent / "messages.jsonl").read_bytes() == before
    assert len(sandbox.state.requests) == requests


def test_one_more_line_is_one_more_lead(trial: Path, registry: Registry) -> None:
    run(trial, registry)
    lead = {"id": "a-3", "first": "Cyd", "last": "Invented", "company": "Third", "linkedin": "linkedin.com/in/cyd-ie"}
    with (trial.parent / "leads.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(lead) + "\n")
    result = run(trial, registry)
    assert result["records"]["new"] == 1
    assert [entry["key"].rpartition("/")[2] for entry in outbox(trial)] == ["a-1", "a-2", "a-3"]


def test_a_run_that_dies_after_writing_writes_nothing_twice(
    trial: Path, registry: Registry, plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = plugin.JsonlSink
    write = sink.write

    def die(self: Any, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for _ in write(self, deliveries):
            raise RuntimeError("a power cut")
        yield from ()

    def be_dead(self: Any, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        if any(delivery.receipt for delivery in deliveries):
            raise RuntimeError("still no power")
        return iter(())

    with monkeypatch.context() as patch:
        patch.setattr(sink, "write", die)
        patch.setattr(sink, "find", be_dead)
        first = run(trial, registry)
    assert "a power cut" in first["error"]["message"]
    with (trial.parent / "messages.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": "cut')
    second = run(trial, registry)
    assert second["error"] is None
    assert second["sinks"]["outbox"]["unchanged"] == 2
    lines = (trial.parent / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3


def test_a_source_that_is_gone_is_an_error_with_a_hint(trial: Path, registry: Registry) -> None:
    (trial.parent / "leads.jsonl").unlink()
    error = run(trial, registry)["error"]
    assert error["type"] == "SourceError"
    assert error["hint"] == "correct `path:`"


def test_messages_are_put_to_a_web_address(trial: Path, registry: Registry, receiver: Receiver) -> None:
    send_to_web(trial, receiver)
    assert run(trial, registry)["sinks"]["web"]["written"] == 2
    assert receiver.tokens == {f"Bearer {TOKEN}"}
    stored = receiver.stored["/leads/customer_12345%2Fcampaign_67890%2Fa-1"]
    assert stored["messages"]["connection_request"].startswith("[sandbox]")


def test_what_the_web_address_refuses_is_told(trial: Path, registry: Registry, receiver: Receiver) -> None:
    send_to_web(trial, receiver)
    receiver.statuses = [409, 422]
    result = run(trial, registry)
    assert result["sinks"]["web"] == result["sinks"]["web"] | {"conflict": 1, "failed": 1, "written": 0}
    assert TOKEN not in json.dumps(result)


def test_a_web_address_that_is_ill_is_tried_again_in_the_next_run(
    plugin: ModuleType, receiver: Receiver, tmp_path: Path
) -> None:
    lead = Lead("a-1", "https://www.linkedin.com/in/ada", "ada", "First", "Ada", "Invented")
    delivery = Delivery("c/d/a-1", Record("a-1", {}), lead, {}, "uc-1")
    with repeatable_session(tries=1) as http:
        context = Context(tmp_path, http, SystemClock(), threading.Event(), logging.getLogger("test"))
        sink = plugin.WebSink(plugin.WebSink.config_model(url=receiver.url, token=TOKEN), context)
        receiver.statuses = [503]
        assert next(sink.write([delivery])) == delivery.failed("the server answered 503", retry=True)
        gone = plugin.WebSink(plugin.WebSink.config_model(url="http://127.0.0.1:9", token=TOKEN), context)
        result = next(gone.write([delivery]))
    assert (result.outcome, result.retry) == ("failed", True)
    assert result.why.startswith("127.0.0.1")


def test_the_token_is_checked_before_anything_is_bought(
    trial: Path, registry: Registry, receiver: Receiver, sandbox: Sandbox
) -> None:
    send_to_web(trial, receiver)
    text = trial.read_text(encoding="utf-8")
    trial.write_text(text.replace("${JSONL_TOKEN}", ""), encoding="utf-8")
    assert "the token is empty" in run(trial, registry)["error"]["message"]
    assert not sandbox.state.requests


@pytest.mark.parametrize("name", ["TestJsonlSource", "TestJsonlSink", "TestWebSink"])
def test_the_plugin_passes_its_own_checks(plugin: ModuleType, name: str) -> None:
    """As its author runs them, but that it is not installed."""
    spec = importlib.util.spec_from_file_location("test_plugin", PLUGIN / "tests" / "test_plugin.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = type(name, (getattr(module, name),), {"plugin": plugin})
    assert [result.message for result in run_checks(suite) if result.state == "failed"] == []


def test_the_plugin_passes_mypy_as_a_strangers_package_would() -> None:
    """Against `py.typed` alone: not with the project's own settings."""
    cache = EXAMPLES.parent.parent / ".mypy_cache" / "examples"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    done = subprocess.run(
        [
            *command,
            str(PLUGIN / "upscale_connect_jsonl"),
            str(PLUGIN / "tests" / "test_plugin.py"),
            *map(str, sorted(EXAMPLES.glob("*.py"))),
        ],
        env={**os.environ, "MYPYPATH": str(PLUGIN)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
