"""What is known of an attempt in doubt; the request it became; and what stands in the way of a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import doubts
from upscale_connect.engine.doubts import Decision
from upscale_connect.engine.locks import lock_run
from upscale_connect.errors import ConfigError, LockHeldError, NotFoundError, UnreachableError, UsageError

if TYPE_CHECKING:
    from tests.engine.conftest import World
    from tests.engine.doubts.conftest import Person


# What is known.


@pytest.mark.parametrize(
    ("kind", "options", "cause", "status"),
    [("timeout", {"after": True}, "timeout", None), ("http_error", {"status": 502}, "status", 502)],
)
def test_a_case_tells_what_was_seen(
    world: World, person: Person, kind: str, options: dict[str, Any], cause: str, status: int | None
) -> None:
    world.write_leads(1, 2)
    world.sandbox.faults.add(kind, on="submit", **options)
    world.sync()
    with world.ledger() as ledger:
        (found,) = ledger.open_cases()
        assert [lead[0] for lead in ledger.case_leads(found)] == ["lead_001", "lead_002"]
        assert ledger.case_leads(found)[0][1:] == ("Ann1 Example (Company 1)", "leads.csv:2")
    assert (found.sync, found.customer, found.campaign, found.leads, found.messages) == (
        "spring", "customer_1", "campaign_1", 2, 2,
    )  # fmt: skip
    assert found.status == status
    assert cause in f"{found.cause} {found.detail}".replace("-", "")
    (sent,) = world.sandbox.state.requests_to("submit")
    assert found.bytes_sent >= sent.size
    assert sent.json()["completion_notification_url"].endswith(found.token_tail)


def test_unknown_attempt(world: World, person: Person) -> None:
    person.doubt()
    for function in (doubts.drop, doubts.resend):
        with pytest.raises(UsageError, match="no attempt 9"):
            person.act(function, 9)


# Attach.


@pytest.mark.parametrize("kind", ["reset", "timeout"])
def test_attached_request_brings_its_messages(world: World, person: Person, kind: str) -> None:
    person.doubt(kind)
    person.act(doubts.attach, 1, person.request_of(1))
    assert (world.attempts(), world.states()) == (["complete"], {"ready": 2})
    assert person.events("attached") == [("alice", 1)]
    world.write_leads(1, 2, 3)
    world.wait()
    assert world.exit_code == 0
    assert all(world.messages_of(f"lead_00{number}") for number in (1, 2, 3))
    assert person.sold_to() == {"lead_001": 1, "lead_002": 1, "lead_003": 1}


def test_attached_before_it_is_complete(world: World, person: Person) -> None:
    world.sandbox.faults.set(delay=60)
    person.doubt()
    person.act(doubts.attach, 1, person.request_of(1))
    assert world.attempts() == ["accepted"]
    world.wait()
    assert (world.states(), world.exit_code) == ({"ready": 2}, 0)


def test_requests_of_others_are_not_believed(world: World, person: Person) -> None:
    person.doubt()
    for campaign, numbers, difference in (
        ("campaign_2", (1, 2), "another customer or campaign"),
        ("campaign_1", (1, 3), "1 missing, such as 'lead_002'; 1 not of this batch, such as 'lead_003'"),
        ("campaign_1", (1,), "1 missing, such as 'lead_002'"),
        ("campaign_1", (1, 2, 3), "1 not of this batch"),
    ):
        foreign = person.buy_elsewhere(campaign, *numbers)
        with person.unchanged(), pytest.raises(UsageError, match="is not attempt 1") as caught:
            person.act(doubts.attach, 1, foreign)
        assert difference in caught.value.message
    for unknown, error in (("00000000-0000-0000-0000-000000000000", NotFoundError), ("../x", UsageError)):
        with person.unchanged(), pytest.raises(error):
            person.act(doubts.attach, 1, unknown)


def test_request_of_another_attempt_is_not_believed(world: World, person: Person) -> None:
    world.write_leads(3)
    world.wait()
    world.write_leads(1, 2, 3)
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.sync()
    for request_id in (person.request_of(1), person.request_of(1).upper()):
        with person.unchanged(), pytest.raises(UsageError, match="belongs to attempt 1"):
            person.act(doubts.attach, 2, request_id)
    with pytest.raises(UsageError, match="attempt 1 is not in doubt"):
        person.act(doubts.attach, 1, person.request_of(2))


def test_attach_needs_the_api(world: World, person: Person) -> None:
    person.doubt()
    world.sandbox.faults.add("http_error", on="retrieve", times=None, status=500)
    with person.unchanged(), pytest.raises(UnreachableError):
        person.act(doubts.attach, 1, person.request_of(1))


# The proof is there already.


@pytest.mark.parametrize("function", [doubts.resend, doubts.drop])
def test_proof_wins_over_a_decision(world: World, person: Person, function: Callable[..., Decision]) -> None:
    person.doubt()
    person.call_back(1)
    with pytest.raises(UsageError, match=f"not in doubt: it is accepted as request {person.request_of(1)}"):
        person.act(function, 1)
    assert (world.attempts(), world.states(), world.posts) == (["complete"], {"ready": 2}, 1)


def test_nobody_pays_again_while_a_proof_waits_to_be_confirmed(world: World, person: Person) -> None:
    person.doubt()
    person.call_back(1)
    world.sandbox.faults.add("http_error", on="retrieve", times=None, status=503)
    with person.unchanged(), pytest.raises(UsageError, match="neither confirmed nor denied"):
        person.act(doubts.resend, 1)
    person.act(doubts.drop, 1)
    world.sandbox.faults.clear()
    world.sandbox.faults.set(delay=0)
    world.wait()
    assert (world.attempts(), world.states()) == (["complete"], {"ready": 2})


def test_a_callback_of_somebody_else_is_no_proof(world: World, person: Person) -> None:
    person.doubt(paid=False)
    person.call_back(1, "11111111-2222-3333-4444-555555555555")
    assert person.act(doubts.resend, 1).attempt_id == 2
    world.wait()
    assert world.states() == {"ready": 2}


# Who else is there, and what is cut off.


@pytest.mark.parametrize("function", [doubts.resend, doubts.drop])
def test_another_run_is_not_disturbed(world: World, person: Person, function: Callable[..., Decision]) -> None:
    person.doubt()
    lock = lock_run(world.load(), 1, "spring")
    try:
        with person.unchanged(), pytest.raises(LockHeldError):
            person.act(function, 1)
    finally:
        lock.release()


@pytest.mark.parametrize("is_sent", [False, True], ids=["before it is sent", "after it was sent"])
def test_killed_while_it_is_sent_again(world: World, person: Person, is_sent: bool) -> None:
    """The next run finds what the command left: nothing sent, or one doubt more; nothing is bought by itself."""
    person.doubt()
    with world.services() as services:
        client = services.client(services.config.accounts["main"])
        submit = client.submit

        def die(body: bytes, **options: Any) -> str:
            if is_sent:
                submit(body, **options)
            raise KeyboardInterrupt

        vars(client)["submit"] = die
        with pytest.raises(KeyboardInterrupt):
            doubts.resend(services, 1, "alice")
    assert world.attempts() == ["in_doubt", "submitting" if is_sent else "prepared"]
    world.spring["limits"] = {"max_in_doubt": 5}
    world.sync()
    assert world.attempts() == ["in_doubt", "in_doubt" if is_sent else "dropped"]
    assert (world.states(), world.posts) == ({"pending": 2}, 2 if is_sent else 1)


def test_decisions_work_without_the_sync_and_its_source(world: World, person: Person) -> None:
    person.doubt()
    (world.folder / "leads.csv").unlink()
    world.config["syncs"] = {"summer": world.describe_sync(source={"plugin": "csv", "path": "other.csv"})}
    person.act(doubts.attach, 1, person.request_of(1))
    assert world.states() == {"ready": 2}


def test_account_that_is_no_longer_configured(world: World, person: Person) -> None:
    person.doubt()
    world.config["accounts"] = {"other": world.account()}
    world.spring["account"] = "other"
    with person.unchanged(), pytest.raises(ConfigError, match=r"account 'main' .* not configured"):
        person.act(doubts.drop, 1)
