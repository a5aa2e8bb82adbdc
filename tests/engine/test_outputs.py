"""The output beside a file of leads: up to date, never over what a person wrote, never for two syncs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from upscale_connect import ConfigError

if TYPE_CHECKING:
    from tests.engine.conftest import World

Files = Callable[[], Mapping[str, tuple[bytes, int]]]


def test_two_syncs_of_one_table_are_told_before_anything_is_bought(world: World) -> None:
    """Each would write the table whole, without the other's messages."""
    world.config["syncs"]["autumn"] = world.describe_sync(campaign="campaign_2")
    world.write_leads(1, 2)
    report = world.run(wait=True)
    first, second = report.syncs
    assert (first.error, first.messages.generated, report.exit_code) == (None, 2, 2)
    assert isinstance(second.error, ConfigError)
    assert "'autumn' would write over the messages that 'spring' writes" in second.error.message
    assert {key[0] for key in world.bought()} == {"lead_001", "lead_002"}
    world.config["syncs"]["autumn"]["source"]["output"] = "autumn.messages.csv"
    assert world.run(wait=True).exit_code == 0
    receipts = {
        world.shown(name)["lead_001"]["upscale_receipt"] for name in ("leads.messages.csv", "autumn.messages.csv")
    }
    assert len(receipts - {""}) == 2


def test_changed_cell_of_a_row_that_is_no_lead_shows(world: World) -> None:
    world.write_leads(1, world.lead(2, LinkedIn=""), world.lead(1, First="Twice"))
    world.wait()
    world.write_leads(1, world.lead(2, LinkedIn="", Phone="555"), world.lead(1, First="Twice", Phone="777"))
    world.wait()
    assert world.shown()["lead_002"]["Phone"] == "555"
    assert world.shown()["lead_001+"]["Phone"] == "777"


def test_target_that_was_deleted_is_written_again(world: World) -> None:
    world.write_leads(1)
    world.wait()
    output = world.folder / "leads.messages.csv"
    content = output.read_bytes()
    output.unlink()
    posts, gets = world.posts, world.gets
    world.wait()
    assert output.read_bytes() == content
    assert (world.posts, world.gets) == (posts, gets)


def test_type_that_is_wanted_again_is_shown_again(world: World) -> None:
    """Its messages are there already, so nothing is bought, but the output has lost their column."""
    world.write_leads(1)
    world.wait()
    world.spring["messages"] = ["first_follow_up"]
    world.wait()
    assert "outreach_message" not in world.shown()["lead_001"]
    world.spring["messages"] = ["connection_request"]
    world.wait()
    assert world.posts == 2
    assert world.shown()["lead_001"]["outreach_message"].startswith("[sandbox]")


@pytest.mark.parametrize("has_cursor", [True, False])
def test_source_that_is_as_it_was_after_the_table_showed_it_otherwise(world: World, has_cursor: bool) -> None:
    """`collect` shows the source as it is, and plans nothing: a change may be undone before the next `sync`."""
    if has_cursor:
        world.write_leads(1, 2)
    else:
        world.use_grid()
        world.leads.items = [world.record(1), world.record(2)]
    before = list(world.leads.items)
    world.sync()
    world.leads.items = before[:1]
    world.write_leads(1)
    world.run(buy=False)
    assert count_rows(world, has_cursor) == 1
    world.leads.items = before
    world.write_leads(1, 2)
    world.sync()
    assert count_rows(world, has_cursor) == 2


def count_rows(world: World, has_cursor: bool) -> int:
    return len(world.shown()) if has_cursor else len(world.grid.rows or [])


def test_what_a_person_wrote_into_the_target_is_kept(world: World, files: Files) -> None:
    world.write_leads(1)
    world.wait()
    output = world.folder / "leads.messages.csv"
    edited = output.read_bytes().replace(b"[sandbox]", b"[edited]")
    output.write_bytes(edited)
    before = files()
    world.wait()
    assert files() == before
    world.write_leads(1, 2)
    world.wait()
    assert edited in [content for content, _ in files().values()]
    assert len(world.messages_of("lead_002")) == 1


def test_output_that_cannot_be_written_is_noticed_before_money_is_spent(world: World) -> None:
    world.write_leads(1)
    world.spring["source"]["output"] = "no such folder/out.csv"
    world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
