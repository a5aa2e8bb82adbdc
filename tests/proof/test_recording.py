"""A source is read once, through its own plugin, and nothing is written."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.proof.conftest import SECRET, Home
from upscale_connect.config import Ledger
from upscale_connect.contracts import (
    Checkpoint,
    Cursor,
    Delivery,
    Found,
    PluginConfig,
    Sink,
    Source,
    WriteResult,
)
from upscale_connect.engine import open_services
from upscale_connect.errors import ConfigError, SourceError, UsageError
from upscale_connect.models import BadRecord, Record
from upscale_connect.proof import recording
from upscale_connect.proof.recording import StandIn, record_sync


class People(Source[PluginConfig]):
    """Many records without columns, a bad one first."""

    name = "people"
    config_model = PluginConfig
    number = 12_000
    opened, closed = 0, 0

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        type(self).opened += 1
        yield BadRecord("first", "it is bad")
        yield Checkpoint({"at": 1})
        for number in range(1, self.number):
            profile = f"https://www.linkedin.com/in/p-{number}"
            fields = {"ID": f"{number}", "First": "A", "Last": "B", "Surname": "", "Company": "C", "LinkedIn": profile}
            yield Record(None, fields, f"record {number}")

    def close(self) -> None:
        type(self).closed += 1

    def beside(self) -> Sink[PluginConfig]:
        return Crm(self.config, self.context)


class Crm(Sink[PluginConfig]):
    """Whoever writes to it or asks it, fails."""

    name = "crm"
    config_model = PluginConfig

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        raise AssertionError("written")

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        raise AssertionError("asked")


class Chat(Sink[PluginConfig]):
    name = "chat"
    config_model = PluginConfig
    repeatable = False

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        raise AssertionError("written")


def test_a_file_is_copied_and_stays_as_it_is(home: Home) -> None:
    config = home.write(leads=5)
    before = {path.name: path.read_bytes() for path in home.folder.iterdir()}
    (one,) = home.record(config, limit=3)
    assert (len(one.records), one.seen, one.more, one.leads) == (3, 5, False, 3)
    assert one.columns == ["ID", "First", "Last", "Surname", "Company", "LinkedIn", "Note"]
    assert one.records[2] == Record(
        None,
        {
            "ID": "L-3",
            "First": "Ann3",
            "Last": "Lee",
            "Surname": "",
            "Company": "Foo 3",
            "LinkedIn": "https://www.linkedin.com/in/ann-3",
            "Note": "äh, 3",
        },
        "leads.csv:4",
    )
    assert one.sinks == {"back": StandIn("table")}
    assert {path.name: path.read_bytes() for path in home.folder.iterdir()} == before


def test_a_source_of_any_kind_is_read_once_and_closed(home: Home) -> None:
    home.offer(People, Crm, Chat)
    config = home.write(source="{plugin: people}", sinks="{back: source, crm: {plugin: crm}, talk: {plugin: chat}}")
    People.opened = People.closed = 0
    (one,) = home.record(config, limit=4)
    assert (len(one.records), one.seen, one.more, one.leads) == (4, 10_000, True, 3)
    assert one.columns is None
    assert one.sinks == {"back": StandIn("sink"), "crm": StandIn("sink"), "talk": StandIn("notes", finds=False)}
    assert (People.opened, People.closed) == (1, 1)


def test_messages_that_the_sandbox_does_not_have_are_left_out(home: Home) -> None:
    config = home.write(messages="[connection_request, breakup]")
    (one,) = home.record(config)
    assert ([wanted.type for wanted in one.sync.messages], one.left_out) == (["connection_request"], ["breakup"])


def test_without_a_message_that_the_sandbox_has_nothing_is_proven(home: Home) -> None:
    with pytest.raises(UsageError, match="none of the message types of 'spring'"):
        home.record(home.write(messages="[breakup]"))


def test_a_missing_column_is_told_before_anything_runs(home: Home) -> None:
    config = home.write()
    (home.folder / "leads.csv").write_text("ID,First\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no column 'LinkedIn'"):
        home.record(config)


@pytest.mark.parametrize("fields", [None, {"ID": object()}])
def test_a_source_that_fails_is_named_without_its_secrets(home: Home, fields: Any) -> None:
    class Broken(People):
        name = "broken"

        def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
            if fields is None:
                raise ValueError(f"my {SECRET}")
            yield Record(None, fields)

    home.offer(Broken, Crm)
    with pytest.raises(SourceError, match="the source of 'spring' failed") as caught:
        home.record(home.write(source="{plugin: broken}"))
    assert SECRET not in str(caught.value)


def test_a_person_may_end_the_reading(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "COUNTED", 10)
    home.offer(People, Crm)
    config = home.write(source="{plugin: people}")
    stop = threading.Event()
    stop.set()
    apart = config.model_copy(update={"ledger": Ledger(path=tmp_path / "none.db")})
    with open_services(apart, read_only=True, registry=home.registry, stop=stop) as services:
        assert record_sync(services, config.syncs["spring"], 4).records == []
