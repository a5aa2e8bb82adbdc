"""Given up, or sent again: what comes of it, also when the proof comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import doubts
from upscale_connect.errors import InDoubtError, NoCreditsError, NotSentError, UsageError, ValidationError

if TYPE_CHECKING:
    from tests.engine.conftest import World
    from tests.engine.doubts.conftest import Person


# Drop.


def test_dropped_leads_are_given_up_and_the_campaign_goes_on(world: World, person: Person) -> None:
    person.doubt(paid=False)
    world.write_leads(1, 2, 3)
    world.sync()
    assert (world.posts, world.exit_code) == (1, 5)
    person.act(doubts.drop, 1)
    assert (world.attempts(), world.states()) == (["dropped"], {"failed": 2, "queued": 1})
    assert person.events("dropped") == [("alice", 1)]
    world.wait()
    assert world.exit_code == 0
    assert person.sold_to() == {"lead_003": 1}
    assert world.shown()["lead_001"]["upscale_status"] == "failed"
    assert world.query("SELECT DISTINCT reason FROM purchase WHERE state = 'failed'") == [
        ("dropped by alice as attempt 1: perhaps paid, never received",)
    ]
    with world.ledger() as ledger:
        assert ledger.failures(1) == [], "it is not said of them that they cost nothing"


def test_late_callback_of_a_dropped_attempt_counts(world: World, person: Person) -> None:
    person.doubt()
    person.act(doubts.drop, 1)
    world.sync()
    person.call_back(1)
    world.wait()
    assert (world.attempts(), world.states(), world.exit_code) == (["complete"], {"ready": 2}, 0)
    assert world.messages_of("lead_001")


def test_dropped_attempt_can_be_attached_later(world: World, person: Person) -> None:
    person.doubt()
    person.act(doubts.drop, 1)
    person.act(doubts.attach, 1, person.request_of(1))
    assert (world.attempts(), world.states()) == (["complete"], {"ready": 2})


def test_dropped_attempt_that_is_attached_waits_for_its_messages(world: World, person: Person) -> None:
    world.sandbox.faults.set(delay=60)
    person.doubt()
    person.act(doubts.drop, 1)
    person.act(doubts.attach, 1, person.request_of(1))
    assert (world.attempts(), world.states()) == (["accepted"], {"pending": 2})
    world.sync()
    assert world.shown()["lead_001"]["upscale_status"] == "waiting"


def test_dropped_attempt_can_be_sent_again_later(world: World, person: Person) -> None:
    person.doubt(paid=False)
    person.act(doubts.drop, 1)
    assert person.act(doubts.resend, 1).attempt_id == 2
    world.wait()
    assert (world.attempts(), world.states(), world.exit_code) == (["dropped", "complete"], {"ready": 2}, 0)


def test_dropped_attempt_that_is_refused_when_sent_again_stays_given_up(world: World, person: Person) -> None:
    person.doubt(paid=False)
    person.act(doubts.drop, 1)
    world.sandbox.faults.add("drop_credits", on="submit")
    with pytest.raises(NoCreditsError):
        person.act(doubts.resend, 1)
    assert (world.attempts(), world.states()) == (["dropped", "refused"], {"failed": 2})
    world.sync()
    assert world.posts == 2


def test_dropping_twice_is_refused(world: World, person: Person) -> None:
    person.doubt()
    person.act(doubts.drop, 1)
    with person.unchanged(), pytest.raises(UsageError, match="was dropped before"):
        person.act(doubts.drop, 1)


def test_person_of_a_dropped_attempt_is_not_bought_under_another_id(world: World, person: Person) -> None:
    person.doubt(leads=(1,))
    person.act(doubts.drop, 1)
    world.write_leads(world.lead(1, ID="other"))
    world.sync()
    assert (world.posts, world.exit_code) == (1, 6)


# Send again.


def test_sent_again_and_the_first_never_arrived(world: World, person: Person) -> None:
    """The old doubt stays, and keeps the campaign from buying, until the person drops it."""
    person.doubt(paid=False)
    assert person.act(doubts.resend, 1).attempt_id == 2
    assert world.attempts() == ["in_doubt", "accepted"]
    assert person.events("resent") == [("alice", 1)]
    bodies = [request.json() for request in world.sandbox.state.requests_to("submit")]
    urls = {body.pop("completion_notification_url") for body in bodies}
    assert (len(urls), bodies[0]) == (2, bodies[1])
    world.write_leads(1, 2, 3)
    world.wait()
    assert (world.attempts(), world.exit_code, world.posts) == (["in_doubt", "complete"], 5, 2)
    assert world.messages_of("lead_001")
    person.act(doubts.drop, 1)
    assert world.states() == {"ready": 2, "queued": 1}
    world.wait()
    assert (world.attempts(), world.exit_code) == (["dropped", "complete", "complete"], 0)
    assert person.sold_to() == {"lead_001": 1, "lead_002": 1, "lead_003": 1}


@pytest.mark.parametrize("is_complete", [True, False], ids=["after the second", "before the second"])
def test_both_were_accepted(world: World, person: Person, is_complete: bool) -> None:
    """The proof of the first comes late: both are known, a person is told, no message is written twice."""
    world.use_list("memory")
    world.leads.items = [world.record(1), world.record(2)]
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.sync()
    world.sandbox.faults.set(delay=0 if is_complete else 60)
    person.act(doubts.resend, 1)
    if is_complete:
        world.wait()
    person.call_back(1)
    world.sync()
    assert world.exit_code == 6
    assert "paid twice" in world.notes_of_run
    (need,) = world.reports[-1].needs_person
    assert (need.count, need.what) == (1, "second requests for the same leads: perhaps paid twice")
    assert len(person.events("alarm")) == 1
    world.wait()
    assert (world.attempts(), world.states(), world.exit_code) == (["complete", "complete"], {"ready": 2}, 0)
    assert set(world.memory.texts.values()) == {1}
    assert person.sold_to() == {"lead_001": 2, "lead_002": 2}
    assert len(set(world.query("SELECT secure_request_id FROM attempt"))) == 2


def test_what_the_first_result_lacks_the_second_fills_in(world: World, person: Person) -> None:
    """Both were paid, and only one of them has a message for the second lead."""
    person.doubt()
    person.act(doubts.resend, 1)
    world.withheld.add("lead_002")
    world.sandbox.faults.add("missing_lead", times=2)
    world.wait()
    assert world.states() == {"ready": 1, "failed": 1}
    person.act(doubts.attach, 1, person.request_of(1))
    assert world.states() == {"ready": 2}
    world.withheld.clear()
    world.sync()
    assert world.messages_of("lead_001")
    assert world.messages_of("lead_002")


def test_both_are_in_doubt(world: World, person: Person) -> None:
    """One consent pays for one more request: the next one is about the newest attempt."""
    person.doubt()
    world.sandbox.faults.add("timeout", on="submit", after=True)
    with pytest.raises(InDoubtError, match="attempt 2 is in doubt as well"):
        person.act(doubts.resend, 1)
    assert (world.attempts(), world.states()) == (["in_doubt", "in_doubt"], {"pending": 2})
    with person.unchanged(), pytest.raises(UsageError, match="sent again as attempt 2"):
        person.act(doubts.resend, 1)
    person.act(doubts.drop, 1)
    assert world.states() == {"pending": 2}, "the other one may still bring them"
    person.act(doubts.resend, 2)
    world.wait()
    assert (world.attempts(), world.states()) == (["dropped", "in_doubt", "complete"], {"ready": 2})
    person.call_back(2)
    person.call_back(1)
    world.wait()
    assert world.attempts() == ["complete", "complete", "complete"]
    assert person.sold_to() == {"lead_001": 3, "lead_002": 3}
    assert len(person.events("alarm")) == 3, "the first proof pairs with the third attempt, the next one with both"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "drop_credits"}, NoCreditsError),
        ({"kind": "http_error", "status": 422}, ValidationError),
    ],
)
def test_refused_when_sent_again(world: World, person: Person, fault: dict[str, Any], error: type[Exception]) -> None:
    """A refusal of the second says nothing of the first: the leads are not free, with whatever `max_in_doubt`."""
    person.doubt()
    world.sandbox.faults.add(fault.pop("kind"), on="submit", **fault)
    with pytest.raises(error):
        person.act(doubts.resend, 1)
    assert (world.attempts(), world.states()) == (["in_doubt", "refused"], {"pending": 2})
    world.spring["limits"] = {"max_in_doubt": 5}
    world.sync()
    assert (world.posts, world.query("SELECT count(*) FROM aside")) == (2, [(0,)])
    person.call_back(1)
    world.wait()
    assert (world.attempts(), world.states()) == (["complete", "refused"], {"ready": 2})


def test_not_sent_at_all(world: World, person: Person) -> None:
    """No connection: the consent was not used, so the same attempt can be sent again."""
    person.doubt(paid=False)
    with world.services() as services:
        client = services.client(services.config.accounts["main"])

        def refuse(*_: Any, **__: Any) -> str:
            raise NotSentError("connection refused")

        vars(client)["submit"] = refuse
        with pytest.raises(NotSentError):
            doubts.resend(services, 1, "alice")
    assert (world.attempts(), world.states(), world.posts) == (["in_doubt", "dropped"], {"pending": 2}, 1)
    with world.ledger() as ledger:
        assert [one.attempt_id for one in ledger.open_cases(dropped=True)] == [1]
    with pytest.raises(UsageError, match="never sent"):
        person.act(doubts.drop, 2)
    assert person.act(doubts.resend, 1).attempt_id == 3
    world.wait()
    assert world.attempts() == ["in_doubt", "dropped", "complete"]


def test_lead_that_is_another_person_now(world: World, person: Person) -> None:
    person.doubt()
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"), 2)
    world.sync()
    with (
        person.unchanged(),
        pytest.raises(UsageError, match=r"'lead_001' named .*person-1 .*, and names .*somebody-else now"),
    ):
        person.act(doubts.resend, 1)
