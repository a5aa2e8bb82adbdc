"""Conditions on what a sink knows of the leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect import Found, SinkError
from upscale_connect.config import ShownField
from upscale_connect.engine.read_back import ReadBack
from upscale_connect.models import Lead, Record

if TYPE_CHECKING:
    from tests.engine.conftest import World

COLUMNS = {"Invitation": ShownField(sink="tool", field="accepted")}
ANN = Lead("1", "https://www.linkedin.com/in/ann", "in/ann", "Acme", "Ann", "Lee", None, None, "c", "k")
BEN = Lead("2", "https://www.linkedin.com/in/ben", "in/ben", "Acme", "Ben", "Lee", None, None, "c", "k")
PAIRS = [(lead, Record(lead.lead_id, {})) for lead in (ANN, BEN)]


class Tool:
    """What `ReadBack` needs of a sink."""

    def __init__(self, *found: Found) -> None:
        self.found = found
        self.asked: list[str] = []

    def find(self, deliveries: Any) -> Any:
        self.asked += [delivery.key for delivery in deliveries]
        return iter(self.found)


def make_read_back(tool: Any) -> ReadBack:
    return ReadBack(COLUMNS, {"tool": tool}, ())


def test_each_lead_is_asked_for_once() -> None:
    tool = Tool(Found(ANN.key, None, {"accepted": "yes", "status": "x"}))
    read_back = make_read_back(tool)
    read_back.ask(PAIRS)
    read_back.ask(PAIRS)
    assert tool.asked == [ANN.key, BEN.key]
    assert read_back.columns_of(ANN) == {"Invitation": "yes"}
    assert read_back.columns_of(BEN) == {}


def test_another_persons_place_says_nothing() -> None:
    read_back = make_read_back(Tool(Found(ANN.key, None, {"accepted": "yes"}, "another name stands there")))
    read_back.ask(PAIRS)
    assert read_back.columns_of(ANN) == {}


def test_a_field_that_is_not_shown_is_empty() -> None:
    read_back = make_read_back(Tool(Found(ANN.key, None, {})))
    read_back.ask(PAIRS)
    assert read_back.columns_of(ANN) == {"Invitation": ""}


def test_a_sink_that_cannot_find_leads() -> None:
    class Blind(Tool):
        def find(self, deliveries: Any) -> Any:
            return None

    with pytest.raises(SinkError, match="the sink 'tool' cannot say what it knows of the leads: it cannot find leads"):
        make_read_back(Blind()).ask(PAIRS)


def test_a_column_that_the_source_has_too(world: World) -> None:
    world.spring["sinks"] = {"tool": {"plugin": "csv", "path": "out.csv"}}
    world.spring["read_back"] = {"Accepted": {"sink": "tool", "field": "accepted"}}
    world.write_leads(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 2)
    assert "the source has a column 'Accepted' too" in str(world.reports[-1].syncs[0].error)
