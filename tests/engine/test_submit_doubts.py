"""Requests of which nobody knows whether they arrived: never sent again, and their campaign rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.books import bought_ids

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.mark.promise(row="E2")
@pytest.mark.parametrize("after", [False, True], ids=["not processed", "processed"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "timeout", "seconds": 60},
        {"kind": "http_error", "status": 500},
        {"kind": "http_error", "status": 502},
        {"kind": "http_error", "status": 503},
        {"kind": "http_error", "status": 504},
        {"kind": "http_error", "status": 408},
        {"kind": "http_error", "status": 409},
        {"kind": "http_error", "status": 425},
        {"kind": "http_error", "status": 499},
        {"kind": "redirect", "status": 302},
        {"kind": "redirect", "status": 303},
    ],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test_in_doubt(singles: World, fault: dict[str, Any], after: bool) -> None:
    """Whether the API has it or not looks the same from here."""
    singles.sandbox.faults.add(on="submit", after=after, **fault)
    result = singles.wait()
    check_doubt(singles, paid=after)
    assert (result.attempts.in_doubt, result.messages.pending, result.credits.reserved) == (1, 1, 1)


@pytest.mark.promise(row="E2")
def test_half_an_answer(singles: World) -> None:
    singles.sandbox.faults.add("truncate", on="submit")
    singles.wait()
    check_doubt(singles, paid=True)


def check_doubt(world: World, *, paid: bool) -> None:
    """One lead in doubt, its campaign at rest, whatever is tried later."""
    assert (world.posts, world.exit_code) == (1, 5)
    assert world.attempts() == ["in_doubt"]
    assert world.states() == {"pending": 1, "queued": 2}
    assert bought_ids(world) == (["lead_001"] if paid else [])
    for days in (0, 1, 30):
        world.clock.advance(days * 86400)
        result = world.wait(yes=True)
        assert (world.posts, world.exit_code) == (1, 5)
        assert result.attempts.in_doubt == 1
        assert "buys nothing new: 1 attempt is in doubt" in world.notes_of_run
    assert any("in doubt" in need.what for need in world.reports[-1].needs_person)
    assert world.shown()["lead_001"]["upscale_status"] == "in doubt"


def test_doubt_stops_its_campaign_only(world: World) -> None:
    world.config["accounts"]["main"]["batch_size"] = 1
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(*(world.lead(n, Campaign="ab"[n % 2]) for n in range(6)))
    world.sandbox.faults.add("http_error", on="submit", status=502, after=True)
    world.wait()
    in_doubt = world.query(
        "SELECT c.campaign FROM attempt a JOIN batch b ON b.id = a.batch_id"
        " JOIN campaign c ON c.id = b.campaign_id WHERE a.state = 'in_doubt'"
    )[0][0]
    sold = [campaign for _, _, campaign, _, _ in world.sold()]
    assert (sold.count(in_doubt), len(sold)) == (1, 4)
    assert world.exit_code == 5


def test_doubt_of_another_sync_stops_the_campaign_too(singles: World) -> None:
    singles.config["syncs"]["autumn"] = singles.describe_sync(source={"plugin": "csv", "path": "autumn.csv"})
    singles.write_leads(7, name="autumn.csv")
    singles.sandbox.faults.add("reset", on="submit")
    singles.run()
    assert singles.posts == 1


def test_more_doubt_may_be_allowed(singles: World) -> None:
    singles.spring["limits"] = {"max_in_doubt": 1}
    singles.sandbox.faults.add("http_error", on="submit", status=502, times=2)
    singles.wait()
    assert singles.attempts() == ["in_doubt", "in_doubt"]
    singles.wait()
    assert singles.posts == 2


def test_doubt_keeps_a_row_from_being_bought_in_any_shape(singles: World) -> None:
    """The same lead after a change of its row, its id, or the request is still the one in doubt."""
    singles.spring["limits"] = {"max_in_doubt": 9}
    singles.write_leads(1)
    singles.sandbox.faults.add("reset", on="submit", after=True)
    singles.wait()
    for row in (
        singles.lead(1, Phone="1"),
        singles.lead(9, LinkedIn=singles.lead(1)["LinkedIn"]),
        singles.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"),
    ):
        singles.write_leads(row)
        singles.wait()
        assert singles.posts == 1
    singles.spring["request"]["tone_preference"] = "formal"
    singles.write_leads(1)
    singles.wait()
    assert singles.posts == 1


@pytest.mark.parametrize("in_flight", [1, 4])
def test_doubts_and_refusals_side_by_side(world: World, in_flight: int) -> None:
    """Several requests in the air, each with another end: each end is written down."""
    world.config["accounts"]["main"] |= {"batch_size": 1, "in_flight": in_flight}
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(*(world.lead(n, Campaign=f"c{n}") for n in range(4)))
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.sandbox.faults.add("http_error", on="submit", status=502)
    world.sandbox.faults.add("http_error", on="submit", status=400)
    world.wait()
    assert world.exit_code == 5
    assert sorted(world.attempts())[:2] == ["complete", "in_doubt"] or world.attempts().count("in_doubt") == 2
    assert "submitting" not in world.attempts()
    assert "prepared" not in world.attempts()
