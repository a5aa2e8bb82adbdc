"""Writing beside the leads: what the source has just read is not read again, unless somebody changed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.engine.conftest import START, MovableClock
from tests.plugins.hubspot.conftest import NAMES, Bench
from upscale_connect import Delivery, Record
from upscale_connect_hubspot import contacts, recent
from upscale_connect_hubspot.beside import HubSpotBeside
from upscale_connect_hubspot.recent import Recent
from upscale_connect_hubspot.source import HubSpotSource

MESSAGE, RECEIPT = "upscale_connection_request", "upscale_receipt"


class Pair:
    """A source, and its sink. The portal has the properties already."""

    def __init__(self, bench: Bench, columns: Sequence[str] = NAMES, **options: Any) -> None:
        self.bench, self.portal = bench, bench.portal
        for name in (MESSAGE, RECEIPT, "upscale_status", "upscale_updated_at"):
            self.portal.define(name)
        bench.clock.advance(3600)
        self.source: HubSpotSource = bench.source(columns, **options)
        self.sink: HubSpotBeside = self.source.beside()

    def read(self) -> list[Delivery]:
        """Read all, and have a message for each."""
        records = [item for item in self.source.read(None) if isinstance(item, Record)]
        return [
            self.bench.delivery(int(record.id or 0), number=number, receipt=f"uc-{number}")
            for number, record in enumerate(records)
        ]

    def reads(self) -> int:
        return self.portal.count("contacts/batch/read")

    def write(self, *deliveries: Delivery) -> list[str]:
        return [outcome.partition(":")[0] for outcome in self.bench.write(self.sink, *deliveries)]


@pytest.fixture
def pair(bench: Bench) -> Pair:
    return Pair(bench)


def test_what_was_just_read_is_not_read_again(bench: Bench, pair: Pair) -> None:
    ids = bench.add_people(150)
    deliveries = pair.read()
    assert list(pair.sink.find(deliveries)) == []
    assert set(pair.write(*deliveries)) == {"written"}
    assert (pair.reads(), pair.portal.count("search"), pair.portal.count("batch/update")) == (0, 0, 2)
    assert all(pair.portal.shown(id_)[MESSAGE] == "Hello" for id_ in ids)


def test_what_we_have_written_is_read_again(bench: Bench, pair: Pair) -> None:
    bench.add_people(2)
    deliveries = pair.read()
    pair.write(*deliveries)
    assert pair.write(*deliveries) == ["unchanged", "unchanged"]
    assert pair.reads() == 1


def test_a_contact_with_a_receipt_is_read_again(bench: Bench, pair: Pair) -> None:
    bench.add_people(1, **{RECEIPT: "uc-of-another-ledger"})
    (delivery,) = pair.read()
    (found,) = pair.sink.find([delivery])
    assert (found.receipt, pair.reads()) == ("uc-of-another-ledger", 1)


@pytest.mark.parametrize("options", [{"filter": [{"property": "firstname", "operator": "HAS_PROPERTY"}]}])
def test_what_a_search_found_is_read_again(bench: Bench, options: dict[str, Any]) -> None:
    """A search may be seconds behind: it would miss a receipt that was just written."""
    pair = Pair(bench, **options)
    (ann,) = bench.add_people(1)
    deliveries = pair.read()
    pair.portal.change(ann, **{RECEIPT: "uc-9"})
    assert [found.receipt for found in pair.sink.find(deliveries)] == ["uc-9"]


def test_words_that_stood_there_already_are_kept(bench: Bench, pair: Pair) -> None:
    (ann,) = bench.add_people(1, **{MESSAGE: "My own words"})
    assert pair.write(*pair.read()) == ["conflict"]
    assert pair.portal.shown(ann)[MESSAGE] == "My own words"


def test_after_two_minutes_one_search_tells_who_was_changed(bench: Bench, pair: Pair) -> None:
    ids = bench.add_people(3)
    bench.clock.advance(3600)
    deliveries = pair.read()
    bench.clock.advance(121)
    pair.portal.change(ids[1], **{MESSAGE: "My own words"})
    assert pair.write(*deliveries) == ["written", "conflict", "written"]
    assert (pair.portal.count("search"), pair.reads()) == (1, 1)
    (read,) = (call for call in pair.portal.calls if "batch/read" in call.path and "contacts" in call.path)
    assert [one["id"] for one in read.body["inputs"]] == [str(ids[1])]


def test_if_nearly_all_were_changed_all_are_read_again(
    bench: Bench, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "SEARCH_PAGE", 20)
    monkeypatch.setattr(recent, "_PER_PAGE", 30)
    ids = bench.add_people(100)
    bench.clock.advance(3600)
    deliveries = pair.read()
    bench.clock.advance(121)
    for id_ in ids[:90]:
        pair.portal.change(id_, jobtitle="CEO")
    assert set(pair.write(*deliveries)) == {"written"}
    assert (pair.portal.count("search"), pair.reads()) == (5, 1)
    (read,) = (call for call in pair.portal.calls if "batch/read" in call.path and "contacts" in call.path)
    assert len(read.body["inputs"]) == 100


def test_the_clock_of_this_machine_does_not_matter(bench: Bench, pair: Pair) -> None:
    """What was changed is asked for in HubSpot's time."""
    ids = bench.add_people(2)
    bench.clock.advance(3600)
    pair.sink.context.clock.now = lambda: START + timedelta(days=9)  # type: ignore[method-assign]  # another day
    pair.portal.clock = MovableClock()
    pair.portal.clock.advance(10_000)
    deliveries = pair.read()
    bench.clock.advance(121)
    pair.portal.clock.advance(121)
    pair.portal.change(ids[1], **{MESSAGE: "My own words"})
    assert pair.write(*deliveries) == ["written", "conflict"]


def test_of_very_many_the_oldest_are_forgotten(bench: Bench, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_MOST", 50)
    bench.add_people(60)
    assert set(pair.write(*pair.read())) == {"written"}
    assert pair.reads() == 1
    (read,) = (call for call in pair.portal.calls if "batch/read" in call.path and "contacts" in call.path)
    assert len(read.body["inputs"]) == 10


def test_a_text_that_cannot_be_packed_is_read_again(bench: Bench, pair: Pair) -> None:
    bench.add_people(1, **{MESSAGE: "a\x1fb"})
    assert pair.write(*pair.read()) == ["conflict"]
    assert pair.reads() == 1


def test_two_leads_of_one_contact_share_its_place(bench: Bench, pair: Pair) -> None:
    bench.add_people(1)
    (delivery,) = pair.read()
    other = bench.delivery(delivery.lead.lead_id, "Good day", "uc-2", campaign="autumn")
    assert pair.write(delivery, other) == ["written", "conflict"]


def test_the_address_that_is_mapped_is_compared(bench: Bench) -> None:
    """`hs_linkedin_url` may hold what nobody maps."""
    bench.portal.define("profile")
    pair = Pair(bench, ("firstname", "lastname", "profile"))
    pair.sink.context = bench.context(("profile",))
    object.__setattr__(pair.sink.context, "mapping", {"lead_linkedin": ("profile",)})
    (ann,) = bench.add_people(1, profile="https://www.linkedin.com/in/person-0")
    pair.portal.change(ann, hs_linkedin_url="https://www.linkedin.com/in/somebody-else")
    assert pair.write(*pair.read()) == ["written"]


def test_who_is_gone_and_who_never_was_there(bench: Bench, pair: Pair) -> None:
    ids = bench.add_people(2)
    deliveries = pair.read()
    del pair.portal.rows["contacts"][ids[0]]
    nameless, foreign = bench.delivery(ids[1], number=1), bench.delivery("row-7")
    nameless.record.id = None
    assert bench.write(pair.sink, bench.delivery(999), nameless, foreign) == [
        "failed: the contact is no longer in HubSpot",
        "failed: the record has no id of HubSpot",
        "failed: the record has no id of HubSpot",
    ]
    assert pair.write(*deliveries) == ["failed", "written"]


def test_who_was_merged_meanwhile(bench: Bench, pair: Pair) -> None:
    old, new = bench.add_people(2)
    (delivery, _) = pair.read()
    pair.portal.merge(old, new)
    pair.portal.change(new, hs_linkedin_url="https://www.linkedin.com/in/person-0", firstname="Ann0")
    bench.clock.advance(121)
    pair.sink._recent.forget(str(old))
    assert pair.write(delivery) == ["written"]
    assert pair.portal.shown(new)[MESSAGE] == "Hello"


def test_check_asks_all_a_run_asks_little(bench: Bench, pair: Pair) -> None:
    bench.add_people(1)
    list(pair.source.check())
    told = [finding.message for finding in pair.sink.check()]
    assert told[0].startswith("token: of the private app")
    assert pair.portal.count("property-validations") == 1
    pair.portal.calls.clear()
    running = Pair(bench)
    running.read()
    list(running.source.check())
    assert [finding.message for finding in running.sink.check()] == [f"messages go to {MESSAGE}"]
    assert [call.path for call in pair.portal.calls if "objects" not in call.path] == [
        "/crm/properties/2026-03/contacts"
    ]


def test_nothing_known_needs_no_renewal(bench: Bench, pair: Pair) -> None:
    empty = Recent(pair.sink._client, bench.clock, RECEIPT, (MESSAGE, RECEIPT))
    bench.clock.advance(9999)
    empty.renew()
    assert empty.take("1") is None
    assert pair.portal.count("search") == 0
