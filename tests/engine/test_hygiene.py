"""Cleaned names are what is bought for; what is doubtful is held and costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upscale_connect.engine import find_tasks, open_services, plan_syncs

if TYPE_CHECKING:
    from tests.engine.conftest import World


def test_the_api_gets_the_cleaned_lead(world: World) -> None:
    world.write_leads(world.lead(1, First=" Jane", Last="Doe, MBA", Company="Acme, Inc."))
    world.wait()
    (submit,) = world.sandbox.state.requests_to("submit")
    (lead,) = submit.json()["lead_data"]
    assert (lead["first_name"], lead["last_name"], lead["lead_company"]) == ("Jane", "Doe", "Acme")
    row = world.shown()["lead_001"]
    assert (row["Last"], row["Company"]) == ("Doe, MBA", "Acme, Inc.")


def test_a_doubtful_first_name_is_held_until_the_row_is_corrected(world: World) -> None:
    world.write_leads(world.lead(1, First="J."), world.lead(2, First="ACME", Company="Acme"), 3)
    result = world.wait()
    assert (result.records.held, result.records.new, world.exit_code) == (2, 1, 6)
    assert world.bought() == [("lead_003", "connection_request")]
    assert world.shown()["lead_001"]["upscale_status"] == "held"
    world.write_leads(world.lead(1, First="Jane"), world.lead(2, First="Ann", Company="Acme"), 3)
    world.wait()
    assert (len(world.bought()), world.exit_code) == (3, 0)


def test_a_lead_that_has_its_messages_is_not_held(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.write_leads(world.lead(1, First="A"))
    result = world.wait()
    assert (result.records.held, result.records.done, world.exit_code) == (0, 1, 0)


def test_the_rule_can_be_switched_off(world: World) -> None:
    world.spring["hygiene"] = {"first_name": "off", "case": "on"}
    world.write_leads(world.lead(1, First="J."), world.lead(2, Last="ROE"))
    world.wait()
    assert len(world.bought()) == 2
    (submit,) = world.sandbox.state.requests_to("submit")
    assert [lead["last_name"] for lead in submit.json()["lead_data"]][1] == "Roe"


def test_a_held_initial_is_told_as_a_row_to_correct(world: World) -> None:
    world.write_leads(world.lead(1, First="J."))
    world.wait()
    with world.ledger() as ledger:
        (task,) = find_tasks(ledger, 1, "spring", None, world.clock.now())
    assert (task.kind, task.advice, task.command) == ("held", "then go on", "upscale-connect sync spring")
    assert "is an initial" in task.why


def test_each_rule_has_its_own_examples(world: World) -> None:
    world.write_leads(
        *(world.lead(number, Company=f"Foo{number} Ltd") for number in range(1, 5)), world.lead(5, Last="Doe, MBA")
    )
    config = world.load()
    with open_services(config, registry=world.registry, read_only=True, clock=world.clock) as services:
        _, forecasts = plan_syncs(services, list(config.syncs.values()))
    changed = [(place, change.rule) for place, change in forecasts["spring"].summary.examples(applied=True)]
    assert changed == [("leads.csv:2", "legal_form"), ("leads.csv:3", "legal_form"), ("leads.csv:6", "credentials")]


def test_plan_tells_what_is_changed(world: World) -> None:
    world.write_leads(world.lead(1, First="JANE", Last="Doe, MBA"), world.lead(2, Last="Roe PhD"))
    config = world.load()
    with open_services(config, registry=world.registry, read_only=True, clock=world.clock) as services:
        _, forecasts = plan_syncs(services, list(config.syncs.values()))
    summary = forecasts["spring"].summary
    assert summary.changes == {("credentials", True): 2, ("case", False): 1}
    assert [(place, one.before, one.after) for place, one in summary.changed] == [
        ("leads.csv:2", "JANE", "Jane"),
        ("leads.csv:2", "Doe, MBA", "Doe"),
        ("leads.csv:3", "Roe PhD", "Roe"),
    ]
