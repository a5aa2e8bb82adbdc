"""Refused for certain, or not sent: nothing was bought, and what is not at fault is bought by the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.books import bought_ids

if TYPE_CHECKING:
    from tests.engine.conftest import World


# Refused for certain, or not sent: nothing was bought, the leads wait, the next run buys them.


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        ({"kind": "http_error", "status": 400}, 3),
        ({"kind": "http_error", "status": 403}, 8),
        ({"kind": "http_error", "status": 404}, 2),
        ({"kind": "http_error", "status": 405}, 2),
        ({"kind": "http_error", "status": 413}, 3),
        ({"kind": "http_error", "status": 415}, 3),
        ({"kind": "http_error", "status": 431}, 3),
        ({"kind": "redirect", "status": 301}, 2),
        ({"kind": "redirect", "status": 307}, 2),
        ({"kind": "redirect", "status": 308}, 2),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else "",
)
def test_refused(singles: World, fault: dict[str, Any], exit_code: int) -> None:
    singles.sandbox.faults.add(on="submit", **fault)
    result = singles.wait()
    assert singles.exit_code == exit_code
    assert (singles.posts, singles.bought()) == (1, [])
    assert singles.attempts() == ["refused"]
    assert singles.states() == {"queued": 3}
    assert (result.attempts.refused, result.messages.requested, result.attempts.in_doubt) == (1, 0, 0)
    singles.wait()
    assert bought_ids(singles) == ["lead_001", "lead_002", "lead_003"]
    assert singles.exit_code == 0


def test_no_connection(singles: World) -> None:
    singles.sandbox.close()
    result = singles.sync()
    assert singles.exit_code == 10
    assert result.error is not None
    assert singles.attempts() == ["dropped"]
    assert singles.states() == {"queued": 3}
    assert len(singles.stop.waits) == 4  # five tries
    singles.sandbox.start()
    singles.wait()
    assert bought_ids(singles) == ["lead_001", "lead_002", "lead_003"]


def test_waiting_run_ends_when_there_is_no_connection(singles: World) -> None:
    singles.sandbox.close()
    singles.wait()
    assert singles.exit_code == 10
    singles.sandbox.start()


def test_connection_that_comes_back_between_two_tries(singles: World) -> None:
    singles.sandbox.close()
    singles.stop.on_wait = singles.sandbox.start
    singles.wait()
    assert singles.exit_code == 0
    assert singles.attempts() == ["complete"] * 3


@pytest.mark.parametrize(("key", "message"), [("sandbox-revoked", "revoked"), ("unheard-of", "does not know")])
def test_key_that_is_not_accepted(singles: World, key: str, message: str) -> None:
    singles.config["accounts"]["main"]["api_key"] = key
    result = singles.wait()
    assert singles.exit_code == 8
    assert result.error is not None
    assert message in result.error.message
    assert singles.states() == {"queued": 3}
    singles.config["accounts"]["main"]["api_key"] = "sandbox-valid"
    singles.wait()
    assert len(singles.bought()) == 3


def test_key_revoked_in_the_middle(singles: World) -> None:
    singles.sandbox.faults.add("none", on="submit")
    singles.sandbox.faults.add("revoke_key", on="submit")
    singles.wait()
    assert singles.exit_code == 8
    assert singles.attempts() == ["accepted", "refused"]
    singles.sandbox.state.revoke("sandbox-valid", revoked=False)
    singles.wait()
    assert singles.exit_code == 0
    assert bought_ids(singles) == ["lead_001", "lead_002", "lead_003"]
    assert singles.states() == {"ready": 3}


def test_credits_end_in_the_middle(singles: World) -> None:
    """What was bought is collected by the same run; after a top-up the next one goes on where it stopped."""
    singles.config["accounts"]["main"]["api_key"] = "sandbox-low-credits"
    singles.sandbox.state.set_credits("sandbox-low-credits", 2)
    result = singles.wait()
    assert singles.exit_code == 7
    assert (result.attempts.accepted, result.attempts.refused) == (2, 1)
    assert (result.messages.requested, result.messages.generated) == (2, 2)
    assert singles.states() == {"ready": 2, "queued": 1}
    assert [row["upscale_status"] for row in singles.shown().values()] == ["delivered", "delivered", "waiting"]
    singles.wait()
    assert singles.exit_code == 7
    singles.sandbox.state.set_credits("sandbox-low-credits", 100)
    assert singles.wait().records.read == 0
    assert bought_ids(singles) == ["lead_001", "lead_002", "lead_003"]
    assert singles.exit_code == 0


def test_no_credits_end_the_buying_of_all_syncs_of_that_account(world: World) -> None:
    """The other syncs of the account ask for nothing; that of another account buys. All still collect."""
    poor = world.config["accounts"]["main"]
    poor |= {"api_key": "sandbox-low-credits", "batch_size": 1}
    world.sandbox.state.set_credits("sandbox-low-credits", 1)
    world.config["accounts"]["rich"] = world.account()
    world.config["syncs"]["summer"] = world.describe_sync(campaign="campaign_2", sinks={"memory": {"plugin": "memory"}})
    world.config["syncs"]["winter"] = world.describe_sync(
        account="rich", campaign="campaign_3", sinks={"other": {"plugin": "other"}}
    )
    world.write_leads(1, 2)
    spring, summer, winter = world.run(wait=True).syncs
    assert [result.attempts.accepted for result in (spring, summer, winter)] == [1, 0, 1]
    assert [type(result.error).__name__ for result in (spring, summer, winter)] == ["NoCreditsError"] * 2 + ["NoneType"]
    assert (spring.attempts.refused, summer.attempts.refused, world.exit_code) == (1, 0, 7)
    assert world.posts == 3
    assert world.states() == {"ready": 3, "queued": 3}
    waiting = "messages that wait for credits: top up account 'main'"
    assert [(need.what, need.count, need.command) for need in world.reports[-1].needs_person] == [
        (waiting, 1, "upscale-connect sync spring"),
        (waiting, 2, "upscale-connect sync summer"),
    ]
    world.sandbox.state.set_credits("sandbox-low-credits", 100)
    world.run(wait=True)
    assert (world.exit_code, world.reports[-1].needs_person) == (0, [])
    assert world.states() == {"ready": 6}


# 422: what the API names is set aside, the rest is bought.


def test_leads_that_the_api_names_are_set_aside(world: World) -> None:
    bad = "https://example.com/{x}"
    world.write_leads(1, world.lead(2, Website=bad), 3, world.lead(4, Website=bad), 5)
    result = world.wait()
    assert bought_ids(world) == ["lead_001", "lead_003", "lead_005"]
    assert (result.records.new, result.records.quarantined) == (3, 2)
    assert (result.attempts.refused, result.attempts.accepted, world.exit_code) == (1, 1, 3)
    rows = world.query("SELECT place, field, reason FROM aside ORDER BY id")
    assert [(place, field) for place, field, _ in rows] == [
        ("leads.csv:3", "Website"),
        ("leads.csv:5", "Website"),
    ]
    assert "must be a valid URL" in rows[0][2]
    assert world.shown()["lead_002"]["upscale_status"] == "quarantined"
    posts = world.posts
    assert world.wait().records.read == 0
    assert (world.posts, world.exit_code) == (posts, 0)


def test_refused_lead_is_sent_again_only_when_its_row_changed(world: World) -> None:
    world.write_leads(1, world.lead(2, Website="https://example.com/{x}"))
    world.wait()
    posts = world.posts
    world.write_leads(world.lead(1, Phone="1"), world.lead(2, Website="https://example.com/{x}"))
    assert world.wait().records.quarantined == 1
    assert (world.posts, world.exit_code) == (posts, 0)
    world.write_leads(1, world.lead(2, Website="https://example.com/x"))
    result = world.wait()
    assert (result.records.new, result.records.done) == (1, 1)
    assert bought_ids(world) == ["lead_001", "lead_002"]
    assert world.query("SELECT count(*) FROM aside") == [(0,)]
    assert world.shown()["lead_002"]["upscale_status"] == "delivered"


def test_refused_lead_whose_row_is_gone_needs_nobody(world: World) -> None:
    world.write_leads(1, world.lead(2, Website="https://example.com/{x}"))
    world.wait()
    world.write_leads(1)
    world.wait()
    assert world.reports[-1].needs_person == []


def test_refusal_that_names_no_lead_stops(singles: World) -> None:
    singles.config["accounts"]["main"]["extra_message_types"] = ["breakup"]
    singles.spring["messages"] = ["breakup"]
    result = singles.wait()
    assert (singles.posts, singles.exit_code) == (1, 3)
    assert result.error is not None
    assert "message_sequence[0]" in result.error.message
    assert singles.states() == {"queued": 3}
    singles.spring["messages"] = ["connection_request"]
    singles.wait()
    assert singles.states() == {"ready": 3}
