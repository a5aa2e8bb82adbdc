"""At the default level a log holds ids: no name, no address, no message."""

from __future__ import annotations

import logging

import pytest

from tests.engine.conftest import World
from upscale_connect.engine.forget import find_person, forget

NAME, COMPANY, EMAIL = "Canaryanna", "Canary Works", "canary@works.example"


def make(world: World, number: int, **changes: str) -> dict[str, str]:
    changes = {"First": NAME, "Company": f"{COMPANY} {number}", "Phone": EMAIL, **changes}
    return world.lead(number, **{"LinkedIn": f"https://www.linkedin.com/in/canary-{number}", **changes})


def test_no_name_and_no_text_is_logged_in_an_eventful_life(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    texts: list[str] = []
    world.spring["sinks"] = {
        "back": "source",
        "memory": {"plugin": "memory"},
        "list": {"plugin": "csv", "path": "a.csv"},
    }
    world.spring["opt_out"] = {"column": "Accepted", "not_empty": True}
    rows = [make(world, number) for number in range(1, 7)]
    world.write_leads(*rows, make(world, 7, LinkedIn="nowhere"), make(world, 1, ID="lead_008"))
    world.memory.answer = lambda one: (
        one.conflict(f"it shows {NAME}") if one.lead.lead_id == "lead_002" else one.written()
    )
    world.wait()
    texts += [text for number in range(1, 7) for text in world.messages_of(f"lead_00{number}")]
    assert len(texts) == 6
    rows[0]["Accepted"] = "stop"
    rows[1]["LinkedIn"] = "https://www.linkedin.com/in/canary-stranger"
    output = world.folder / "leads.messages.csv"
    output.write_text(output.read_text(encoding="utf-8").replace(texts[2], f"Dear {NAME}"), encoding="utf-8")
    world.write_leads(*rows[:4], make(world, 9))
    world.memory.answer = lambda one: one.failed(f"{NAME} is unknown", retry=False)
    world.wait(retry=True)
    with world.services() as services:
        keys, mentions = find_person(services.ledger, "lead_004")
        forget(services, keys, mentions, "ann", asked="lead_004")
    world.forgotten = {"lead_004"}
    world.run(buy=False)
    logged = "\n".join(record.getMessage() + (record.exc_text or "") for record in caplog.records)
    assert "spring" in logged, "something was logged at all"
    assert [word for word in (NAME, COMPANY, EMAIL, "canary-", *texts) if word in logged] == []
