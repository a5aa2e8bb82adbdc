"""Every command under every failure: no secret comes out, in any form in which it could travel.

The API here repeats the key that it got, in each answer. The plugin repeats its token in each error.
"""

from __future__ import annotations

import base64
import json
import secrets
import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click
import pytest

from upscale_connect.cli.commands import COMMANDS, program

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

KEY = 'sk-Canary/7f3a+9"\\q'
TOKEN = "tok:Canary é/+=&"
SECRETS = (KEY, TOKEN)

#: Command → arguments that make it do what it is for. Those that run until a signal are not here.
ARGUMENTS: dict[str, list[str]] = {
    "init": ["leads.csv", "--force", "--output", "fresh.yaml"],
    "check": [],
    "plan": [],
    "sync": ["--no-wait"],
    "collect": ["--no-wait"],
    "status": [],
    "todo": [],
    "explain": ["1"],
    "doubts": ["list"],
    "quarantine": ["list"],
    "retry": ["--no-wait"],
    "redeliver": ["spring", "--sink", "out"],
    "regenerate": ["1", "--yes"],
    "adopt": ["--yes"],
    "pause": [],
    "resume": [],
    "plugins": [],
    "sequences": [],
    "account": [],
    "config": ["show"],
    "ledger": ["verify"],
    "review": ["list"],
    "suppress": ["list"],
    "export": ["1"],
    "forget": ["1", "--yes"],
}
ENDLESS = {"serve", "sandbox", "demo", "prove"}

PLUGIN = f"""
    from pydantic import SecretStr
    from upscale_connect import PluginConfig, Sink, hookimpl

    class Options(PluginConfig):
        token: SecretStr

    class Leaky(Sink):
        name = "leaky"
        config_model = Options

        def check(self):
            return []

        def write(self, deliveries):
            for delivery in deliveries:
                self.context.log.warning("written with %s", self.config.token.get_secret_value())
                yield delivery.failed({TOKEN!r} + " was refused", retry=True)
            raise OSError("401 for " + self.config.token.get_secret_value())

    @hookimpl
    def message_sinks():
        return [Leaky]
"""


def forms_of(secret: str) -> set[str]:
    """How it may look in a text."""
    raw = secret.encode()
    encoded = {base64.b64encode(bytes(start) + raw).decode()[4:-4] for start in range(3)}
    return {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1], *encoded}


FORMS = {form for secret in SECRETS for form in forms_of(secret)}


class Parrot(BaseHTTPRequestHandler):
    """Answers with one status, and with the key in header and body."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Api-Key", "")
        encoded = base64.b64encode(key.encode()).decode()
        body = json.dumps({"error": f"bad key {key}, {quote(key)}, {encoded}", "status": "error"}).encode()
        self.send_response(int(vars(self.server)["status"]))
        self.send_header("Location", f"https://x.invalid/?key={quote(key)}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Key", key)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def parrot() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    info = site / "leaky-1.0.dist-info"
    info.mkdir(parents=True)
    name = f"leaky_{secrets.token_hex(4)}"
    (site / f"{name}.py").write_text(textwrap.dedent(PLUGIN), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[upscale_connect]\nleaky = {name}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))


def write_config(workspace: Workspace, url: str, change: Callable[[str], str]) -> None:
    workspace.write_config(
        key="${CANARY_KEY}", url=url, sinks='{back: source, out: {plugin: leaky, token: "${CANARY_TOKEN}"}}'
    )
    path = workspace.folder / "upscale-connect.yaml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


#: Failure → status of the API's answers and what becomes of the configuration. 0: nobody listens.
FAILURES: dict[str, tuple[int, Callable[[str], str]]] = {
    **{f"the API answers {status}": (status, str) for status in (200, 302, 401, 403, 409, 422)},
    "the key stands under a misspelt name": (401, lambda text: text.replace("api_key:", "apikey:")),
    "the key is a list": (401, lambda text: text.replace("${CANARY_KEY}", f"[{KEY!r}, x]")),
    "the key is damaged": (401, lambda text: text.replace("${CANARY_KEY}", '"${CANARY_KEY} x"')),
    "the key is part of the address": (401, lambda text: text.replace("http://", "http://u:${CANARY_KEY}@")),
    "the token has a neighbour that is wrong": (
        401,
        lambda text: text.replace("plugin: leaky,", "plugin: leaky, x: 1,"),
    ),
    "broken YAML beside the token": (401, lambda text: text.replace("token:", f"token: {TOKEN!r}: ")),
}


@pytest.mark.promise(row="K1")
@pytest.mark.parametrize("failure", FAILURES)
def test_no_secret_comes_out(
    workspace: Workspace,
    call: Callable[..., Result],
    parrot: ThreadingHTTPServer,
    plugin: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: str,
) -> None:
    status, change = FAILURES[failure]
    vars(parrot)["status"] = status
    monkeypatch.setenv("CANARY_KEY", KEY)
    monkeypatch.setenv("CANARY_TOKEN", TOKEN)
    write_config(workspace, f"http://127.0.0.1:{parrot.server_address[1]}/api/v2", change)
    for name, arguments in ARGUMENTS.items():
        for extra in ([], ["--json"]):
            result = call(name, *arguments, *(extra if takes_json(name, arguments) else []))
            check_clean(f"{name} {extra}", result.stdout + result.stderr)
            assert "Traceback" not in result.stderr, name
    check_clean_files(workspace.folder)


@pytest.mark.promise(row="K1")
def test_no_secret_comes_out_where_all_is_well(
    workspace: Workspace, call: Callable[..., Result], plugin: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API knows the key, messages are bought, the sink fails with its token in each word."""
    monkeypatch.setenv("CANARY_KEY", KEY)
    monkeypatch.setenv("CANARY_TOKEN", TOKEN)
    keys = workspace.sandbox.state._keys
    keys[KEY] = keys["sandbox-valid"]
    write_config(workspace, workspace.sandbox.base_url, str)
    for _ in range(2):
        for name, arguments in ARGUMENTS.items():
            result = call(name, *arguments)
            check_clean(name, result.stdout + result.stderr)
    assert workspace.sandbox.state.submitted()
    check_clean_files(workspace.folder)
    tokens = [
        str(request.json()["completion_notification_url"]).rpartition("/")[2]
        for request in workspace.sandbox.state.requests_to("submit")
    ]
    everything = b"".join(path.read_bytes() for path in ledger_files(workspace.folder)).decode("latin-1")
    assert not [token for token in tokens if token in everything]


def takes_json(name: str, arguments: list[str]) -> bool:
    with click.Context(program) as context:
        command = program.get_command(context, name)
    if isinstance(command, click.Group) and arguments:
        command = command.commands[arguments[0]]
    assert command is not None
    return any("--json" in option.opts for option in command.params)


def check_clean(what: str, text: str) -> None:
    found = [form for form in FORMS if form in text]
    assert not found, f"{what}: {found}"


def ledger_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("upscale-connect.db*") if path.is_file()]


def check_clean_files(folder: Path) -> None:
    """Ledger, spool, output: everything but what a person wrote."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".yaml", ".py", ".pyc"):
            check_clean(path.name, path.read_bytes().decode("latin-1"))
            check_clean(path.name, path.read_bytes().decode("utf-8", "replace"))


def test_no_command_is_left_out() -> None:
    assert set(ARGUMENTS) | ENDLESS == set(COMMANDS)
