"""A refusal that does not say which lead is to blame: halves, down to the lead. A refusal bought nothing."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.engine import SyncResult
from upscale_connect.engine.halving import MOST_ALONE, MOST_BEHIND, Halving
from upscale_connect.errors import Invalid, ValidationError
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.engine.conftest import World


BAD = {"Website": "https://example.com/{x}"}
#: So many requests before the request itself is blamed: the whole, its halves, leads alone.
MOST_FOR_A_REQUEST = 3 + MOST_ALONE + MOST_BEHIND


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


@pytest.mark.parametrize("bad", [{1}, {8}, {13}, {16}, {1, 2}, {1, 16}, {3, 4, 5, 11}, {*range(1, 9), 16}])
def test_the_lead_to_blame_is_found(vague: World, bad: set[int]) -> None:
    result = run(vague, bad, 16)
    assert bought(vague) == names({*range(1, 17)} - bad)
    assert blamed(vague) == names(bad)
    assert (result.records.quarantined, result.records.new, result.error) == (len(bad), 16 - len(bad), None)
    assert result.attempts.refused <= 1 + len(bad) * 5
    assert vague.exit_code == 3
    assert result.credits.spent == result.messages.requested == 16 - len(bad)


def test_leads_behind_a_batch_prove_the_request(vague: World) -> None:
    """A whole batch is to blame: those that wait behind it are bought, and then the batch is gone through."""
    vague.config["accounts"]["main"]["batch_size"] = 5
    result = run(vague, {1, 2, 3, 4, 5}, 12)
    assert (bought(vague), blamed(vague)) == (names({*range(6, 13)}), names({1, 2, 3, 4, 5}))
    assert result.error is None


@pytest.mark.parametrize("in_flight", [1, 3])
def test_several_requests_of_a_campaign_at_a_time(vague: World, in_flight: int) -> None:
    vague.config["accounts"]["main"] |= {"batch_size": 4, "in_flight_per_campaign": in_flight}
    bad = {2, 3, 7, 9, 12, 15}
    result = run(vague, bad, 16)
    assert (bought(vague), blamed(vague), result.error) == (names({*range(1, 17)} - bad), names(bad), None)


def test_a_refusal_that_names_some_and_not_others(vague: World) -> None:
    vague.sandbox.faults.set(refusals="mixed")
    result = run(vague, {2, 5, 6}, 8)
    assert (bought(vague), blamed(vague), result.error) == (names({1, 3, 4, 7, 8}), names({2, 5, 6}), None)


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


@pytest.mark.parametrize("leads", [1, 2, 3, 16, 40])
def test_a_request_that_is_wrong_blames_no_lead(vague: World, leads: int) -> None:
    result = run(vague, set(range(1, leads + 1)), leads)
    assert (result.records.quarantined, result.records.new, vague.exit_code) == (0, leads, 3)
    assert result.error is not None
    assert "could not be processed" in result.error.message
    assert "correct `request:` or `messages:`" in result.error.hint
    assert vague.states() == {"queued": leads}
    assert vague.posts <= MOST_FOR_A_REQUEST
    assert vague.reports[-1].needs_person == []
    vague.sandbox.faults.set(refusals="named")
    vague.wait()
    assert blamed(vague) == names(set(range(1, leads + 1)))


def test_a_request_that_became_wrong_blames_no_lead(proven: World) -> None:
    """That it was accepted once proves nothing for many: a plan may have ended since."""
    posts = proven.posts
    result = run(proven, set(range(1, 41)), 40)
    assert (blamed(proven), proven.states()["queued"]) == ([], 40)
    assert result.error is not None
    assert proven.posts - posts <= MOST_FOR_A_REQUEST


@pytest.mark.parametrize("leads", [1, 3])
def test_a_few_new_leads_of_a_campaign_that_works_are_to_blame(proven: World, leads: int) -> None:
    """Nothing else waits that could prove the request anew, and they must not wait for ever."""
    result = run(proven, set(range(1, leads + 1)), leads)
    assert (blamed(proven), result.error) == (names(set(range(1, leads + 1))), None)


def test_what_names_a_field_of_the_request_is_never_halved(vague: World) -> None:
    """Not even where leads are named beside it: each further request would be refused, too."""
    vague.sandbox.faults.set(refusals="named")
    vague.config["accounts"]["main"] |= {"extra_message_types": ["breakup"], "batch_size": 2}
    vague.spring["messages"] = ["breakup"]
    run(vague, {1, 3, 5}, 6)
    assert (vague.posts, vague.states(), vague.exit_code) == (1, {"queued": 5, "refused": 1}, 3)
    assert blamed(vague) == ["lead_001"]


def test_a_request_that_is_too_large_is_sent_in_smaller_ones(vague: World) -> None:
    for _ in range(2):
        vague.sandbox.faults.add("http_error", on="submit", status=413)
    result = run(vague, {}, 25)
    assert bought(vague) == names(set(range(1, 26)))
    assert (result.attempts.refused, result.attempts.accepted, vague.exit_code) == (2, 5, 0)
    assert "25 leads is too large for the API: smaller ones are sent (batch_size)" in vague.notes_of_run


def test_a_single_lead_that_is_too_large_ends_the_buying(vague: World) -> None:
    vague.sandbox.faults.add("http_error", on="submit", status=413, times=None)
    run(vague, {}, 25)
    assert (vague.posts, vague.states(), vague.exit_code) == (5, {"queued": 25}, 3)


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


@pytest.mark.parametrize(("campaigns", "bad"), [(5, 2), (5, 5), (9, 9)])
def test_a_campaign_in_which_all_is_refused_keeps_no_other_from_buying(vague: World, campaigns: int, bad: int) -> None:
    """But if it is the same in three of them, the others are not even asked for."""
    vague.spring["map"]["automation_tool_campaign_id"] = "Company"
    del vague.spring["campaign"]
    vague.config["accounts"]["main"]["in_flight"] = 1
    result = run(vague, set(range(1, bad + 1)), campaigns)
    assert (len(bought(vague)), blamed(vague)) == (campaigns - bad, [])
    assert result.error is not None
    assert vague.posts == campaigns - bad + min(bad, 3)


def test_two_campaigns_are_searched_apart(proven: World) -> None:
    proven.spring["map"]["automation_tool_campaign_id"] = "Company"
    del proven.spring["campaign"]
    changes = {number: BAD if number in (3, 8) else {} for number in range(1, 13)}
    proven.write_leads(*(proven.lead(number, Company=f"C{number % 2}", **more) for number, more in changes.items()))
    proven.wait()
    assert bought(proven) == names({*range(1, 13)} - {3, 8})
    assert blamed(proven) == names({3, 8})


REFUSAL = ValidationError("no", [Invalid("", "no")])


@given(st.data())
def test_whatever_is_to_blame(data: st.DataObject) -> None:
    """Exactly the leads to blame are blamed, or the request; in a bounded number of requests."""
    leads = data.draw(st.integers(1, 60))
    size = data.draw(st.integers(1, 25))
    bad = data.draw(st.sets(st.integers(0, leads - 1)))
    halving, queue, accepted, blame = Halving(), list(map(str, range(leads))), set[str](), set[str]()
    refused = 0
    while (choice := halving.choose(size)) is not None:
        chosen = (one for one in queue if (choice.only is None or one in choice.only) and one not in choice.leave_out)
        batch = list(islice(chosen, choice.limit))
        if not batch:
            if halving.note_empty(choice):
                continue
            break
        if bad.isdisjoint(map(int, batch)):
            halving.note_accepted(batch)
            accepted.update(batch)
        else:
            refused += 1
            if halving.note_refused(batch, REFUSAL) != "guilty":
                continue
            blame.update(batch)
        queue = [one for one in queue if one not in accepted | blame]
    assert blame <= set(map(str, bad))
    assert refused <= 2 * len(bad) * max(1, (size - 1).bit_length()) + MOST_FOR_A_REQUEST
    if choice is None:
        assert len(blame) <= len(bad) - min(len(queue), 1)
        assert set(queue) == set(map(str, range(leads))) - accepted - blame
    else:
        assert (queue, blame) == ([], set(map(str, bad)))
