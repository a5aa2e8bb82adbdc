"""A refusal that does not say which lead is to blame: halves, down to the lead. A refusal bought nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import SyncResult
from upscale_connect.engine.halving import Halving
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.engine.conftest import World


BAD = {"Website": "https://example.com/{x}"}


@pytest.fixture
def vague(world: World) -> World:
    """An API that refuses without a word about which lead, and requests of up to 25 leads."""
    world.sandbox.faults.set(refusals="vague")
    world.config["accounts"]["main"]["batch_size"] = 25
    return world


@pytest.fixture
def proven(vague: World) -> World:
    """The API has accepted this request before, for one lead."""
    vague.write_leads(99)
    vague.wait()
    return vague


def run(world: World, bad: Collection[int], leads: int) -> SyncResult:
    world.write_leads(*(world.lead(number, **(BAD if number in bad else {})) for number in range(1, leads + 1)))
    return world.wait()


def names(numbers: Collection[int]) -> list[str]:
    return [f"lead_{number:03}" for number in sorted(numbers)]


def bought(world: World) -> list[str]:
    return sorted(lead_id for lead_id, _ in world.bought() if lead_id != "lead_099")


def blamed(world: World) -> list[str]:
    return [row[0] for row in world.query("SELECT lead_id FROM aside WHERE kind = 'refused' ORDER BY lead_id")]


@pytest.mark.parametrize("bad", [{1}, {8}, {13}, {16}, {1, 2}, {1, 16}, {3, 4, 5, 11}, {1, 2, 3, 4, 9, 10, 11, 12}])
def test_the_lead_to_blame_is_found(proven: World, bad: set[int]) -> None:
    result = run(proven, bad, 16)
    assert bought(proven) == names({*range(1, 17)} - bad)
    assert blamed(proven) == names(bad)
    assert (result.records.quarantined, result.records.new, result.error) == (len(bad), 16 - len(bad), None)
    assert result.attempts.refused <= len(bad) * 5
    assert proven.exit_code == 3


@pytest.mark.parametrize("bad", [{1}, {2, 3}, {5, 6}, {7, 8}])
def test_also_before_anything_was_ever_accepted(vague: World, bad: set[int]) -> None:
    """The first acceptance proves that the request is right."""
    result = run(vague, bad, 8)
    assert bought(vague) == names({*range(1, 9)} - bad)
    assert blamed(vague) == names(bad)
    assert result.error is None


def test_the_reason_is_what_the_api_says(proven: World) -> None:
    run(proven, {3}, 4)
    ((place, reason),) = proven.query("SELECT place, reason FROM aside WHERE kind = 'refused'")
    assert (place, reason) == ("leads.csv:4", "the API says: One or more prospects could not be processed")
    posts = proven.posts
    assert proven.wait().records.read == 0
    assert proven.posts == posts
    run(proven, {}, 4)
    assert blamed(proven) == []
    assert bought(proven) == names({1, 2, 3, 4})


@pytest.mark.parametrize("leads", [1, 2, 3, 16])
def test_a_request_that_is_wrong_blames_no_lead(vague: World, leads: int) -> None:
    result = run(vague, set(range(1, leads + 1)), leads)
    assert (result.records.quarantined, vague.exit_code) == (0, 3)
    assert result.error is not None
    assert "could not be processed" in result.error.message
    assert vague.states() == {"queued": leads}
    assert vague.posts <= 8
    vague.sandbox.faults.set(refusals="named")
    vague.wait()
    assert blamed(vague) == names(set(range(1, leads + 1)))


def test_what_names_a_field_of_the_request_is_never_halved(vague: World) -> None:
    vague.sandbox.faults.set(refusals="named")
    vague.config["accounts"]["main"]["extra_message_types"] = ["breakup"]
    vague.spring["messages"] = ["breakup"]
    vague.write_leads(1, 2, 3)
    vague.wait()
    assert (vague.posts, vague.states(), vague.exit_code) == (1, {"queued": 3}, 3)


def test_killed_while_it_searches(proven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run begins the search anew, and finds the same."""
    mark = Ledger.mark_refused
    calls: list[int] = []

    def die(self: Ledger, attempt_id: int, *args: Any, **kwargs: Any) -> None:
        mark(self, attempt_id, *args, **kwargs)
        calls.append(attempt_id)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "mark_refused", die)
        with pytest.raises(KeyboardInterrupt):
            run(proven, {5}, 8)
    assert blamed(proven) == []
    proven.wait()
    assert bought(proven) == names({*range(1, 9)} - {5})
    assert blamed(proven) == ["lead_005"]


def test_two_campaigns_are_searched_apart(proven: World) -> None:
    proven.spring["map"]["automation_tool_campaign_id"] = "Company"
    del proven.spring["campaign"]
    changes = {number: BAD if number in (3, 8) else {} for number in range(1, 13)}
    proven.write_leads(*(proven.lead(number, Company=f"C{number % 2}", **more) for number, more in changes.items()))
    proven.wait()
    assert bought(proven) == names({*range(1, 13)} - {3, 8})
    assert blamed(proven) == names({3, 8})


@pytest.mark.parametrize("leads", range(1, 26))
def test_it_ends_whatever_is_to_blame(leads: int) -> None:
    """Every single lead to blame, and every other one: the number of requests stays within the bound."""
    for bad in ({leads - 1}, set(range(0, leads, 2))):
        halving, queue, blame, requests = Halving(proven=True), list(range(leads)), set(), 0
        while queue:
            requests += 1
            batch = queue[: halving.limit(25)]
            if not bad.intersection(batch):
                halving.note_accepted()
                queue = queue[len(batch) :]
            elif halving.note_refused([str(lead) for lead in batch]) == "guilty":
                blame.add(queue.pop(0))
        assert blame == bad
        assert requests <= 1 + 2 * len(bad) * 5
