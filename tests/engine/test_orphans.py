"""What was bought by a sync that is no longer in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upscale_connect.engine.locks import lock_run

if TYPE_CHECKING:
    from tests.engine.conftest import World


def test_a_sync_that_was_renamed_without_a_word_is_collected_and_delivered(world: World) -> None:
    world.write_leads(1, 2)
    world.sync()
    world.config["syncs"] = {"autumn": world.spring}
    result = world.wait()
    assert "formerly: spring" in world.notes_of_run
    assert world.posts == 1
    assert (result.messages.generated, result.sinks["back"].written) == (2, 2)
    assert all(world.messages_of(lead_id) for lead_id in ("lead_001", "lead_002"))


def test_a_sync_that_is_gone_is_collected_by_another_of_its_account(world: World) -> None:
    world.write_leads(1, 2)
    world.sync()
    world.config["syncs"] = {
        "other": world.describe_sync(
            campaign="campaign_2", source={"plugin": "list"}, sinks={"memory": {"plugin": "memory"}}
        )
    }
    world.wait()
    assert world.states() == {"ready": 2}
    assert world.memory.written == []
    assert world.attempts() == ["complete"]


def test_one_that_another_run_holds_is_left_to_it(world: World) -> None:
    world.write_leads(1)
    world.sync()
    with world.services() as services:
        lock = lock_run(services.config, 1, "spring")
        world.config["syncs"] = {"autumn": world.spring}
        world.wait()
        assert world.attempts() == ["accepted"]
        lock.release()
    world.wait()
    assert world.attempts() == ["complete"]


def test_what_it_was_sending_when_it_was_killed_is_in_doubt(world: World) -> None:
    world.write_leads(1)
    world.sandbox.faults.add("timeout", on="submit", times=1, after=True)
    world.sync()
    with world.ledger() as ledger:
        ledger.db.connection.execute("UPDATE attempt SET state = 'submitting'")
    world.config["syncs"] = {"autumn": world.spring}
    world.wait()
    assert world.attempts() == ["in_doubt"]
    assert world.posts == 1


def test_an_account_that_was_renamed_without_a_word_buys_nothing(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    world.config["accounts"] = {"agency": world.account()}
    world.spring["account"] = "agency"
    result = world.wait()
    assert result.error is not None
    assert "say `formerly: main`" in result.error.hint
    assert (world.exit_code, world.posts) == (2, 1)


def test_an_account_that_was_renamed_keeps_what_it_bought(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    world.config["accounts"] = {"agency": world.account(formerly="main")}
    world.spring["account"] = "agency"
    world.write_leads(1, 2, 3)
    assert world.wait().records.new == 1
    assert len(world.bought()) == 3


def test_another_account_beside_the_first_buys_for_itself(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.config["accounts"]["agency"] = world.account(formerly="main")
    world.config["syncs"]["autumn"] = world.describe_sync(account="agency", campaign="campaign_2")
    world.run()
    assert world.query("SELECT name FROM account ORDER BY id") == [("main",), ("agency",)]
