"""`duplicates: copy` as a person sees it in a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

ROWS = (
    "1,Ann,Lee,Foo,https://www.linkedin.com/in/ann-lee",
    "2,Ann,Lee,Foo Ltd,linkedin.com/in/Ann-Lee/?trk=x",
    "3,Bob,Roe,Bar,in/bob-roe",
)


def read(workspace: Workspace) -> list[dict[str, str]]:
    with workspace.output.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_copies_are_written_changed_by_hand_and_taken_away(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_leads(*ROWS)
    workspace.write_config(more="    duplicates: copy")
    assert call("sync", "--wait").exit_code == 0
    first, second, third = read(workspace)
    assert second["outreach_message"] == first["outreach_message"] != third["outreach_message"]
    assert (second["upscale_status"], second["upscale_receipt"], first["upscale_receipt"] != "") == (
        "duplicate",
        "",
        True,
    )

    text = workspace.output.read_text(encoding="utf-8")
    place = text.rindex(second["outreach_message"])
    workspace.output.write_text(f"{text[:place]}{text[place:].replace(second['outreach_message'], 'My own.')}", "utf-8")
    workspace.write_leads(*ROWS, "4,Cat,Poe,Baz,in/cat-poe")
    assert call("sync", "--wait").exit_code == 0
    first, second, *_ = read(workspace)
    assert (first["outreach_message"] != "", second["outreach_message"]) == (True, "My own.")

    workspace.write_config()
    assert call("sync", "--wait").exit_code == 0
    first, second, *_ = read(workspace)
    assert (first["outreach_message"] != "", second["first_follow_up_message"]) == (True, "")
    assert len(workspace.sandbox.state.requests_to("submit")) == 2


def test_unknown_word_is_told(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(more="    duplicates: merge")
    result = call("plan")
    assert result.exit_code == 2
    assert "duplicates" in result.stderr
    assert "copy" in result.stderr
