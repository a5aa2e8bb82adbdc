"""What a run lends to its connectors for calls: a session each, limits together, a log without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from upscale_connect import Finding, PluginConfig, RateLimit, Record, Source

if TYPE_CHECKING:
    from tests.engine.conftest import World
    from tests.engine.stand_ins import Plugin


@pytest.fixture
def calling(world: World) -> list[CallingSource]:
    """Two syncs whose source calls the sandbox once."""
    opened: list[CallingSource] = []

    class Portal(CallingSource):
        def __init__(self, config: PluginConfig, context: Any) -> None:
            super().__init__(config, context)
            self.url, self.record = world.sandbox.base_url, world.record(len(opened))
            opened.append(self)

    plugin: type[Plugin] = type(world._plugin())
    world.registry.register(plugin([Portal], []), name="portal")
    world.use_list()
    world.spring["source"] = {"plugin": "portal"}
    world.config["syncs"]["autumn"] = world.describe_sync(
        source={"plugin": "portal"}, sinks={"memory": {"plugin": "memory"}}
    )
    return opened


class CallingSource(Source[PluginConfig]):
    name = "portal"
    config_model = PluginConfig
    limits: ClassVar = (RateLimit(1, 10),)
    url: str
    record: Record

    def read(self, since: Any) -> Iterator[Record]:
        self.context.http.get(f"{self.url}/account")
        self.context.log.warning("called with sandbox-valid")
        yield self.record

    def check(self) -> Iterable[Finding]:
        return ()


def test_each_connector_has_its_session_and_all_share_the_limits(world: World, calling: list[CallingSource]) -> None:
    world.run(wait=True)
    assert world.exit_code == 0
    sessions = {id(source.context.http) for source in calling}
    assert len(sessions) == len(calling) >= 2
    assert any(9.9 <= seconds <= 10.2 for seconds in world.stop.waits)


def test_the_log_of_a_connector_shows_no_secret_of_the_configuration(
    world: World, calling: list[CallingSource], caplog: pytest.LogCaptureFixture
) -> None:
    world.run(wait=True)
    assert "called with [redacted]" in caplog.messages
    assert "sandbox-valid" not in caplog.text


def test_a_stop_ends_the_pause_of_a_call(world: World, calling: list[CallingSource]) -> None:
    world.stop.on_wait = world.stop.set
    report = world.run(wait=True)
    error = report.syncs[-1].error
    assert error is not None
    assert "stopped while a call waited for its turn" in error.message
