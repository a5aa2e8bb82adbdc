"""What a run leaves behind, whom it calls, and what it gives to plugins."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from upscale_connect import Delivery, PluginConfig, Sink, WriteResult
from upscale_connect.ledger import Inbox

if TYPE_CHECKING:
    from tests.engine.conftest import World

#: What somebody could write into a cell to reach a file, or to have something run.
ODD_NAMES = [
    "../above.csv",
    "../../etc/cron.d/x",
    "/tmp/absolute.csv",
    "..\\above.csv",
    "C:\\x.csv",
    "CON",
    "a/b/c",
    "%2e%2e%2fx",
    "~/x",
    "$(touch touched)",
    "`touch touched`",
    "; touch touched",
    "file:///x",
    ".hidden",
    "leads.csv",
]


def walk(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.promise(row="J4")
def test_no_lead_names_a_file(world: World) -> None:
    """Ids, customers and campaigns are text, also where they look like paths."""
    del world.spring["customer"], world.spring["campaign"]
    world.spring["map"] |= {"automation_tool_customer_id": "Customer", "automation_tool_campaign_id": "Campaign"}
    world.spring["sinks"] = {"back": "source", "file": {"plugin": "csv", "path": "sent.csv"}}
    world.write_leads(
        *(world.lead(n, ID=name, Customer=name, Campaign=name, Company=name) for n, name in enumerate(ODD_NAMES))
    )
    above = walk(world.folder.parent)
    world.wait()
    assert world.states() == {"ready": len(ODD_NAMES)}
    made = {f"{world.folder.name}/{name}" for name in walk(world.folder)}
    assert walk(world.folder.parent) - above <= made
    files = ("leads.messages.csv", "sent.csv")
    locks = [f".{name}.lock" for name in files]
    ours = ("ledger.db", "leads.csv", *files, *locks, "upscale-connect.yaml")
    assert {name for name in walk(world.folder) if not name.startswith("ledger.db")} == set(ours[1:])


@pytest.mark.promise(row="J5")
def test_no_address_of_a_lead_is_called(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go to the API as text; only configured hosts are connected to."""
    called: set[int] = set()
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> Any:
        called.add(address[1])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    with socket.create_server(("127.0.0.1", 0)) as trap:
        port = trap.getsockname()[1]
        world.spring["map"] |= {"lead_specified_url": "Phone"}
        places = [f"http://127.0.0.1:{port}/", f"http://127.0.0.2:{port}/x?y", f"http://127.1.2.3:{port}"]
        world.write_leads(*(world.lead(n, Website=place, Phone=place) for n, place in enumerate(places)))
        world.wait()
    assert world.states() == {"ready": 3}
    assert {port_of(world.sandbox.base_url)} == called


def port_of(url: str) -> int:
    return int(url.split(":")[2].partition("/")[0])


@pytest.mark.promise(row="K4")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_nobody_else_can_read_what_lies_beside_the_ledger(world: World) -> None:
    """Whatever the umask is: ledger, spool, reserve, inbox, generation, locks."""
    before = os.umask(0)
    try:
        world.write_leads(1)
        with world.ledger() as ledger, Inbox.open(world.folder / "ledger.db"):
            ledger.spool.append(99, "no run", "no request", world.clock.now())
            world.wait()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in world.folder.glob("ledger.db*")}
    finally:
        os.umask(before)
    kinds = ("", "-wal", "-shm", ".inbox", ".inbox-wal", ".spool", ".spool.lock", ".reserve", ".generation", ".1.lock")
    assert set(modes) >= {f"ledger.db{kind}" for kind in kinds}
    assert modes == dict.fromkeys(modes, 0o600)


class TokenOptions(PluginConfig):
    token: SecretStr


def find_texts(value: Any, seen: set[int]) -> Iterator[str]:
    """Every text that one comes to by public attributes, keys and items."""
    if id(value) in seen or isinstance(value, type) or callable(value):
        return
    seen.add(id(value))
    if isinstance(value, str | bytes | int | float):
        yield str(value)
    elif isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from find_texts(key, seen)
            yield from find_texts(inner, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from find_texts(inner, seen)
    elif type(value).__module__.partition(".")[0] in ("upscale_connect", "requests", "tests"):
        for name in dir(value):
            if not name.startswith(("_", "model_")) and not isinstance(getattr(type(value), name, None), property):
                yield from find_texts(getattr(value, name), seen)


@pytest.mark.promise(row="H4")
def test_a_plugin_is_given_nothing_of_others(world: World) -> None:
    """Its own token is handed to it; the API key and the token of another sink are not."""
    texts: dict[str, set[str]] = {}

    def make(number: int) -> type[Sink[TokenOptions]]:
        class Spy(Sink[TokenOptions]):
            name = f"spy{number}"
            config_model = TokenOptions

            def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
                texts[self.name] = {*find_texts(self.config, set()), *find_texts(self.context, set())}
                return (delivery.written() for delivery in deliveries)

        return Spy

    world.use_list()
    world.leads.items = [world.record(1)]
    for number in (1, 2):
        world.offer(make(number))
    world.spring["sinks"] = {name: {"plugin": name, "token": f"the token of {name}"} for name in ("spy1", "spy2")}
    world.wait()
    assert world.exit_code == 0
    for name, other in (("spy1", "spy2"), ("spy2", "spy1")):
        assert f"the token of {name}" in texts[name]
        assert not {f"the token of {other}", "sandbox-valid"} & texts[name]
