"""A file for a tool, made by the real command: bought once, and what must not be in it is not."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Workspace
from tests.cli.test_regenerate import posts
from tests.conftest import ROOT

Call = Callable[..., Any]
#: What a sink for a tool reads like in the configuration.
SINK = "{tool: {plugin: csv, path: tool.csv, profile: heyreach}}"


@pytest.fixture
def tool(workspace: Workspace) -> Workspace:
    workspace.write_config(sinks=SINK)
    return workspace


def read(tool: Workspace) -> list[dict[str, str]]:
    with (tool.folder / "tool.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_bought_once_and_written_once(call: Call, tool: Workspace) -> None:
    first = call("sync", "--wait", "--json").data["syncs"][0]
    assert (first["messages"]["generated"], first["sinks"]["tool"]["written"]) == (4, 2)
    before = (tool.folder / "tool.csv").stat()
    assert [row["Profile URL"] for row in read(tool)] == [f"https://www.linkedin.com/in/ann-{n}" for n in (1, 2)]
    assert all("Ann" in row["upscale_connection_request"] for row in read(tool))
    again = call("sync", "--wait", "--json").data["syncs"][0]
    assert (again["messages"]["generated"], (tool.folder / "tool.csv").stat().st_mtime_ns) == (0, before.st_mtime_ns)
    assert call("redeliver", "spring", "--sink", "tool").exit_code == 0
    assert (tool.folder / "tool.csv").stat().st_mtime_ns == before.st_mtime_ns


def test_after_an_import_the_next_file_holds_what_is_new(call: Call, tool: Workspace, rows: Any) -> None:
    call("sync", "--wait")
    (tool.folder / "tool.csv").rename(tool.folder / "imported.csv")
    tool.write_leads(*rows(3))
    assert call("sync", "--wait").exit_code == 0
    assert [row["Profile URL"] for row in read(tool)] == ["https://www.linkedin.com/in/ann-3"]


def test_what_is_too_long_for_the_tool_waits_before_it_is_written(call: Call, tool: Workspace) -> None:
    tool.write_config(sinks=SINK.replace("heyreach", "waalaxy, limits: {first_follow_up: 500}"))
    tool.sandbox.faults.add("over_length", on="retrieve", times=None)
    assert call("sync", "--wait").exit_code == 6
    assert not (tool.folder / "tool.csv").exists()
    held = call("review", "list", "--json").data["messages"]
    told = {one["type"]: one["findings"][-1] for one in held}
    assert told["connection_request"]["rule"] == "too_long"
    assert told["first_follow_up"]["rule"] == "sink"
    assert told["first_follow_up"]["message"].endswith(" characters, 500 are taken")
    for one in held:
        if one["type"] == "connection_request" or one["lead_id"] == "1":
            assert call("review", "edit", str(one["id"]), "--text", f"Hi {one['name']}, a word?").exit_code == 0
        else:
            assert call("review", "approve", str(one["id"])).exit_code == 0
    assert call("collect").exit_code == 9
    assert [row["firstName"] for row in read(tool)] == ["Ann1"]
    assert "its first_follow_up: it has" in call("todo").stdout
    assert posts(tool) == 1


def test_nobody_on_a_list_is_in_the_file(call: Call, tool: Workspace) -> None:
    assert call("sync").exit_code == 0
    call("suppress", "add", "https://www.linkedin.com/in/ann-1")
    assert call("collect", "--wait").exit_code == 0
    assert [row["Profile URL"] for row in read(tool)] == ["https://www.linkedin.com/in/ann-2"]


def test_who_is_forgotten_is_not_in_the_file(call: Call, tool: Workspace) -> None:
    call("sync", "--wait")
    assert call("forget", "1", "--yes").exit_code == 0
    assert [row["Profile URL"] for row in read(tool)] == ["https://www.linkedin.com/in/ann-2"]


def test_a_lost_ledger_buys_nothing_again(call: Call, tool: Workspace) -> None:
    """The file shows what was bought; it is all that is left."""
    call("sync", "--wait")
    before = (tool.folder / "tool.csv").read_bytes()
    for path in tool.folder.glob("upscale-connect.db*"):
        path.unlink()
    assert call("sync", "--wait").exit_code == 6
    assert ((tool.folder / "tool.csv").read_bytes(), posts(tool)) == (before, 1)
    assert call("adopt", "spring", "--yes").exit_code == 0
    assert call("sync", "--wait").exit_code == 0
    assert ((tool.folder / "tool.csv").read_bytes(), posts(tool)) == (before, 1)


def test_check_tells_a_clash_before_anything_is_bought(call: Call, tool: Workspace) -> None:
    tool.write_config(sinks=SINK.replace("heyreach", "heyreach, columns: {connection_request: last name}"))
    wrong = call("check")
    assert (
        wrong.exit_code,
        "names a column 'last name': HeyReach takes letters, digits and _ only" in wrong.stdout,
    ) == (
        2,
        True,
    )
    assert call("sync", "--wait").exit_code == 2
    assert posts(tool) == 0


def test_the_example_of_the_page_is_what_comes_out(call: Call, tool: Workspace) -> None:
    """The header that `docs/csv.md` shows is the one of the file."""
    call("sync", "--wait")
    page = (ROOT / "docs" / "csv.md").read_text(encoding="utf-8")
    assert f"```text\n{(tool.folder / 'tool.csv').read_text(encoding='utf-8').splitlines()[0]}\n" in page
