"""Plugins that misbehave: one clear error that names them, nothing bought, nothing lost, nobody else harmed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.engine.stand_ins import untyped
from upscale_connect import BadRecord, Checkpoint, PluginConfig, Record, Sink
from upscale_connect.engine.shield import describe_failure, shield, shield_iterator
from upscale_connect.errors import SourceError

if TYPE_CHECKING:
    from tests.engine.conftest import World


class MuteError(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def throw(error: BaseException) -> Callable[..., object]:
    def act(*args: object) -> object:
        raise error

    return act


@pytest.fixture
def listed(world: World) -> World:
    world.use_list()
    world.leads.items = [world.record(1)]
    return world


def check_refusal(world: World, *words: str, exit_code: int = 10) -> None:
    """The run ended with one error of ours that has these words, and bought nothing; the next one is well."""
    error = world.reports[-1].syncs[0].error
    assert error is not None
    assert world.exit_code == exit_code == error.exit_code
    for word in words:
        assert word in error.message
    assert "\n" not in error.message
    assert world.posts == 0
    world.leads.items = [world.record(1)]
    world.leads.available = None
    world.wait()
    assert (world.exit_code, len(world.memory.written)) == (0, 1)


@pytest.mark.promise(row="H1")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("no such export"), "OSError: no such export"),
        (SystemExit(2), "SystemExit: 2"),
        (KeyError("id"), "KeyError: 'id'"),
        (MuteError(), "MuteError"),
        (StopIteration(), "StopIteration"),
        (RuntimeError("two\nlines"), "RuntimeError: two lines"),
        (RecursionError("deep"), "RecursionError: deep"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("place", [0, 1, 1500], ids=["at once", "after one", "in the second chunk"])
def test_source_that_raises(listed: World, error: BaseException, words: str, place: int) -> None:
    listed.leads.items = [*(listed.record(n) for n in range(place)), throw(error)]
    listed.wait()
    if isinstance(error, StopIteration):
        words = "StopIteration"  # a generator turns it into a RuntimeError that names it
    check_refusal(listed, "'list'", "'spring'", words)


@pytest.mark.promise(row="H1")
def test_source_that_ends_the_program(listed: World) -> None:
    listed.leads.items = [sys.exit]
    listed.wait()
    check_refusal(listed, "SystemExit")


@pytest.mark.promise(row="H1")
@pytest.mark.parametrize("item", [None, 5, "row", {"ID": "1"}, ("ID", "1"), Record], ids=repr)
def test_source_that_yields_something_else(listed: World, item: Any) -> None:
    if item is Record:
        listed.leads.items = [lambda: Record]
    else:
        listed.leads.items = [listed.record(1), item]
    listed.wait()
    check_refusal(listed, "it yielded", "not Record, BadRecord or Checkpoint")


@pytest.mark.promise(row="H3")
@pytest.mark.parametrize("value", [5, None, b"bytes", ["list"], 1.5], ids=repr)
@pytest.mark.parametrize("column", ["First", "Phone", "ID", "LinkedIn"])
def test_field_that_is_no_text(listed: World, column: str, value: Any) -> None:
    """Mapped or not: a field is a text. The error says which, and where."""
    fields: dict[str, Any] = {**listed.lead(2), column: value}
    listed.leads.items = [listed.record(1), Record(None, fields, "row 2")]
    listed.wait()
    check_refusal(listed, "row 2", type(value).__name__, repr(column))


@pytest.mark.promise(row="H3")
@pytest.mark.parametrize(
    "make",
    [
        lambda fields: untyped(Record, None, None, "row 2"),
        lambda fields: untyped(Record, None, list(fields), "row 2"),
        lambda fields: untyped(Record, 7, fields | {"ID": ""}, "row 2"),
        lambda fields: untyped(Record, None, fields, 2),
        lambda fields: untyped(BadRecord, 2, "why"),
        lambda fields: untyped(BadRecord, "row 2", ValueError("why")),
        lambda fields: untyped(BadRecord, "row 2", "why", 5),
    ],
    ids=["no fields", "a list", "number as id", "number as place", "place", "reason", "id"],
)
def test_record_that_is_none(listed: World, make: Callable[[dict[str, str]], object]) -> None:
    listed.leads.items = [listed.record(1), make(listed.lead(2))]
    listed.wait()
    check_refusal(listed)


@pytest.mark.promise(row="H3")
def test_cursor_that_cannot_be_stored(listed: World) -> None:
    listed.leads.items = [listed.record(1), untyped(Checkpoint, {"at": object()})]
    listed.wait()
    check_refusal(listed, "object")


@pytest.mark.parametrize("available", [5, [5], throw(OSError("offline"))], ids=["number", "numbers", "error"])
def test_columns_that_are_none(listed: World, available: Any) -> None:
    listed.leads.available = available
    listed.wait()
    check_refusal(listed)


def test_missing_columns_are_named_all_at_once_with_their_line(world: World) -> None:
    world.write_leads(1)
    world.spring["map"] |= {"first_name": "Frist", "lead_company": "Compny"}
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Acepted", "empty": "true"}}}]
    result = world.wait()
    assert (world.exit_code, world.posts) == (2, 0)
    assert result.error is not None
    lines = (world.folder / "upscale-connect.yaml").read_text(encoding="utf-8").splitlines()
    problems = result.error.message.splitlines()
    assert len(problems) == 3
    for column, meant, problem in zip(
        ("Frist", "Compny", "Acepted"), ("First", "Company", "Accepted"), problems, strict=True
    ):
        number = 1 + next(place for place, line in enumerate(lines) if column in line or column == "Acepted")
        assert f"did you mean {meant!r}?" in problem
        assert repr(column) in problem
        assert "upscale-connect.yaml:" in problem
        if column != "Acepted":
            assert f"upscale-connect.yaml:{number}:" in problem


@pytest.mark.promise(row="H1")
def test_broken_source_harms_no_other_sync(listed: World) -> None:
    listed.config["syncs"]["autumn"] = listed.describe_sync()
    listed.write_leads(7)
    listed.leads.items = [throw(OSError("gone"))]
    report = listed.run(wait=True)
    spring, autumn = report.syncs
    assert (spring.error is None, autumn.error is None) == (False, True)
    assert listed.bought() == [("lead_007", "connection_request")]
    assert report.exit_code == 10


@pytest.mark.parametrize(
    "beside", [lambda *args: "sink", lambda *args: 5, throw(OSError("no rights"))], ids=["text", "number", "error"]
)
def test_place_beside_the_source_that_is_none(world: World, beside: Any) -> None:
    world.spring["source"] = {"plugin": "list"}
    world.leads.items = [world.record(1)]
    world.leads.beside = beside
    world.wait()
    assert (world.exit_code, world.posts) == (9, 0)
    assert world.leads.closed == 1


def test_source_that_has_no_place_beside(world: World) -> None:
    world.spring["source"] = {"plugin": "list"}
    world.wait()
    error = world.reports[-1].syncs[0].error
    assert error is not None
    assert "cannot write back" in error.message
    assert "upscale-connect.yaml:" in error.message
    assert world.exit_code == 2


def test_connectors_are_closed_once(listed: World) -> None:
    listed.wait()
    assert (listed.leads.closed, listed.memory.closed) == (1, 1)
    listed.leads.items = [throw(OSError("gone"))]
    listed.wait()
    assert (listed.leads.closed, listed.memory.closed) == (2, 2)


def test_connector_that_cannot_be_closed(listed: World) -> None:
    class StickySink(Sink[PluginConfig]):
        name = "sticky"
        config_model = PluginConfig

        def write(self, deliveries: Any) -> Any:
            for delivery in deliveries:
                yield delivery.written()

        def close(self) -> None:
            raise OSError("stuck")

    listed.offer(StickySink)
    listed.wait()
    assert listed.exit_code == 0
    assert "sticky: could not be closed: OSError: stuck" in listed.notes_of_run
    assert listed.leads.closed == 1


def test_interrupted_plugin_ends_the_run_and_frees_the_lock(listed: World) -> None:
    """Ctrl-C is no fault of the plugin: it goes through, and the next run is not hindered."""
    listed.leads.items = [listed.record(1), throw(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        listed.wait()
    assert (listed.leads.closed, listed.memory.closed) == (1, 1)
    listed.leads.items = [listed.record(1)]
    listed.wait()
    assert listed.exit_code == 0


def test_secret_of_the_configuration_is_masked(listed: World) -> None:
    listed.leads.items = [throw(OSError("401 for key sandbox-valid"))]
    listed.wait()
    check_refusal(listed, "401 for key [redacted]")


def test_text_of_a_library_that_quotes_requests_is_not_shown(listed: World) -> None:
    """It may hold a secret that the configuration does not know."""
    listed.leads.items = [throw(requests.ConnectionError("GET /contacts?token=abc123"))]
    listed.wait()
    error = listed.reports[-1].syncs[0].error
    assert error is not None
    assert "abc123" not in error.message
    check_refusal(listed, "ConnectionError")


# The border by itself.


def test_words_for_a_failure() -> None:
    assert describe_failure(ValueError("a  b\nc"), ()) == "ValueError: a b c"
    assert describe_failure(ValueError(), ()) == "ValueError"
    assert describe_failure(MuteError(), ()) == "MuteError"
    assert len(describe_failure(ValueError("x" * 999), ())) < 250


def test_own_errors_pass_unchanged() -> None:
    error = SourceError("ours")
    with pytest.raises(SourceError) as caught, shield(SourceError, ()):
        raise error
    assert caught.value is error


def test_iterator_is_closed_also_when_nobody_reads_to_its_end() -> None:
    closed = []

    def count() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    items = shield_iterator(count(), SourceError, ())
    assert next(items) == 0
    assert isinstance(items, Generator)
    items.close()
    assert closed == [True]


def test_iterator_that_fails_when_it_is_closed() -> None:
    def count() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            raise OSError("stuck")

    items = shield_iterator(count(), SourceError, ())
    assert next(items) == 1
    assert isinstance(items, Generator)
    items.close()
