"""The only stage that spends money, before an API that fails in every way: what is bought, sent again, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.ledger import hash_token

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.fixture
def singles(world: World) -> World:
    """Three leads in a file, each in a request of its own."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    return world


def bought_ids(world: World) -> list[str]:
    return [lead_id for lead_id, _ in world.bought()]


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


# In doubt: never sent again.


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


# 429: refused, and soon welcome.


@pytest.mark.promise(row="E3")
@pytest.mark.parametrize(
    ("options", "pause"), [({"retry_after": 7}, 7), ({"retry_after": "date", "seconds": 20}, 20), ({}, 5)]
)
def test_short_pause_is_slept(singles: World, options: dict[str, Any], pause: float) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", **options)
    singles.sync()
    assert singles.stop.waits == [pytest.approx(pause, abs=1)]
    assert singles.attempts() == ["accepted"] * 3
    assert singles.posts == 4


@pytest.mark.promise(row="E3")
def test_long_pause_is_left_to_the_next_run(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.sync()
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (1, 10, [])
    assert singles.attempts() == ["dropped"]
    assert singles.states() == {"queued": 3}
    singles.sync()
    assert len(singles.bought()) == 3


def test_long_pause_is_slept_by_a_run_that_waits(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.wait()
    assert 300 in singles.stop.waits
    assert len(singles.bought()) == 3


def test_time_that_is_up_is_up_for_a_pause_too(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=299)
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (1, 10, [])
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=0)
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (2, 10, [])
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=301)
    assert singles.stop.waits[0] == 300
    assert len(singles.bought()) == 3


@pytest.mark.promise(row="E3")
def test_api_that_always_wants_us_to_slow_down(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=1, times=None)
    singles.sync()
    assert (singles.posts, singles.exit_code) == (5, 10)
    assert singles.states() == {"queued": 3}


def test_stop_while_pausing_gives_the_leads_back(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=9)
    singles.stop.on_wait = singles.stop.set
    singles.sync()
    assert singles.attempts() == ["dropped"]
    assert singles.states() == {"queued": 3}
    singles.stop.on_wait = lambda: None
    singles.stop.clear()
    singles.sync()
    assert len(singles.bought()) == 3


# What is written before and after.


def test_intent_is_durable_before_the_first_byte(world: World) -> None:
    """When the request arrives, the ledger's file says so already, and has the callback's token as a hash only."""
    world.write_leads(1, 2)
    seen: list[tuple[Any, ...]] = []
    receive = world.sandbox.state.receive

    def look(request: Any) -> None:
        if request.endpoint == "submit":
            seen.extend(world.query("SELECT state, bytes_sent, sent_at IS NOT NULL, token_hash FROM attempt"))
        receive(request)

    world.replace("receive", look)  # looks at the ledger in that very moment
    world.wait()
    (request,) = world.sandbox.state.requests_to("submit")
    ((state, size, sent, stored),) = seen
    assert (state, size, sent) == ("submitting", request.size, 1)
    url = request.json()["completion_notification_url"]
    assert url.startswith("https://callback.invalid/")
    token = url.rpartition("/")[2]
    assert len(token) >= 43
    assert stored == hash_token(token)
    assert token.encode() not in (world.folder / "ledger.db").read_bytes()


def test_each_attempt_has_its_own_token(singles: World) -> None:
    singles.config["accounts"]["main"]["callback_url"] = "https://hooks.example.com/upscale"
    singles.sandbox.faults.add("http_error", on="submit", status=400)
    singles.sync()
    singles.sync()
    urls = [request.json()["completion_notification_url"] for request in singles.sandbox.state.requests_to("submit")]
    assert len(set(urls)) == len(urls) == 4
    assert all(url.startswith("https://hooks.example.com/upscale/callbacks/") for url in urls)


def test_one_request_of_a_campaign_at_a_time(world: World) -> None:
    """What one cut wire can put in doubt is one batch; other campaigns run beside it."""
    world.config["accounts"]["main"] |= {"batch_size": 1, "in_flight": 8}
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(*(world.lead(n, Campaign=f"c{n % 3}") for n in range(12)))
    highest: list[int] = []
    receive = world.sandbox.state.receive

    def look(request: Any) -> None:
        counts = world.query(
            "SELECT count(*) FROM attempt a JOIN batch b ON b.id = a.batch_id"
            " WHERE a.state IN ('prepared', 'submitting') GROUP BY b.campaign_id"
        )
        highest.append(max((row[0] for row in counts), default=0))
        receive(request)

    world.replace("receive", look)  # looks at the ledger in that very moment
    world.sync()
    assert len(world.bought()) == 12
    assert max(highest) == 1


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
