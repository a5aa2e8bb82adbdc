"""Rows that a misplaced write has hit are recognised, and become what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect import SinkError
from upscale_connect_google_sheets.columns import name_columns
from upscale_connect_google_sheets.job import Job
from upscale_connect_google_sheets.keys import Keys
from upscale_connect_google_sheets.memory import Memory
from upscale_connect_google_sheets.places import Place

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench

TEXT, STATUS, TIME, RECEIPT = "outreach_message", "upscale_status", "upscale_updated_at", "upscale_receipt"
OLD = {TEXT: "An old one", STATUS: "delivered", TIME: "2026-01-01T00:00:00Z", RECEIPT: "old-1"}
OWN = {TEXT: "My own words"}
#: What our write brings for lead 2.
HIT = {TEXT: "Hi Ann2", STATUS: "delivered", TIME: "2026-03-04T05:06:07Z", RECEIPT: "uc-2"}


class Desk:
    """A memory that knows the rows `in/person-1`, with an old message, and `in/person-3`, with a person's text."""

    def __init__(self, bench: Bench) -> None:
        self.memory = Memory(name_columns(bench.config(), ("connection_request",), SinkError), lambda: "x")
        self.job = Job([bench.delivery(2)], Keys(bench.mapping))
        self.see("in/person-1", OLD)
        self.see("in/person-3", OWN)

    def see(self, key: str, shown: dict[str, str]) -> None:
        self.memory.remember(Place(2, key, "", "", shown))

    def is_wrong(self, key: str, shown: dict[str, str]) -> bool:
        return self.memory.is_wrong(Place(2, key, "", "", shown), self.job)

    def repair(self, key: str, shown: dict[str, str]) -> dict[str, str]:
        assert self.is_wrong(key, shown)
        return self.memory.repair(Place(2, key, "", "", shown))


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk(bench)


def test_what_is_in_its_place_is_right(desk: Desk) -> None:
    assert not desk.is_wrong("in/person-2", HIT)
    assert not desk.is_wrong("in/person-1", OLD)
    assert not desk.is_wrong("in/person-3", OWN)
    assert not desk.is_wrong("in/person-3", OWN | {RECEIPT: "of another ledger"})


def test_an_old_message_is_put_back_with_its_receipt(desk: Desk) -> None:
    assert desk.repair("in/person-1", HIT) == {key: OLD[key] for key in (TEXT, TIME, RECEIPT)}
    assert not desk.is_wrong("in/person-1", OLD)
    assert desk.is_wrong("in/person-2", OLD)


@pytest.mark.parametrize(("key", "text"), [("in/person-3", "My own words"), ("in/person-9", ""), ("", "")])
def test_what_had_no_receipt_is_marked_until_it_was_seen(desk: Desk, key: str, text: str) -> None:
    assert desk.repair(key, HIT) == {TEXT: text, STATUS: "", TIME: "", RECEIPT: "uc-repair-x"}
    assert desk.repair("in/person-1", {RECEIPT: "uc-repair-x"})[RECEIPT] == "old-1"
    assert desk.repair(key, {TEXT: text, RECEIPT: "uc-repair-x"}) == {RECEIPT: ""}


def test_a_mark_that_a_killed_run_has_left_is_taken_away(desk: Desk) -> None:
    assert desk.repair("in/person-3", OWN | {RECEIPT: "uc-repair-of-yesterday"}) == {RECEIPT: ""}


def test_names_of_columns_in_a_row_are_wrong(desk: Desk) -> None:
    names = {name: name for name in OLD}
    assert desk.repair("in/person-1", names) == OLD


class TestAfterAMarkWasTakenAway:
    @pytest.fixture(autouse=True)
    def _taken(self, desk: Desk) -> None:
        desk.repair("in/person-3", OWN | {RECEIPT: "uc-repair-of-yesterday"})
        assert desk.memory.needs_texts

    def test_a_receipt_that_is_missing_is_put_back(self, desk: Desk) -> None:
        assert desk.repair("in/person-1", {key: OLD[key] for key in (TEXT, STATUS, TIME)}) == {RECEIPT: "old-1"}

    def test_what_stood_elsewhere_is_wrong(self, desk: Desk) -> None:
        assert desk.is_wrong("in/person-9", {TEXT: OLD[TEXT]})
        assert desk.is_wrong("in/person-9", {STATUS: "delivered"})
        assert desk.is_wrong("in/person-3", {})

    def test_what_a_person_writes_is_right(self, desk: Desk) -> None:
        assert not desk.is_wrong("in/person-3", {TEXT: "Other words"})
        assert not desk.is_wrong("in/person-9", {TEXT: "Some words"})

    def test_a_new_job_begins_anew(self, desk: Desk) -> None:
        desk.memory.begin()
        assert not desk.is_wrong("in/person-3", {})
