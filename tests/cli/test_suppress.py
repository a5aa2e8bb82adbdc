"""`suppress`: entries that the ledger keeps, as a person gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Workspace

Call = Callable[..., Any]


def test_add_list_and_remove(call: Call, workspace: Workspace) -> None:
    added = call("suppress", "add", "de.linkedin.com/in/ann-1", "Jane@Example.com", "--reason", "asked")
    assert (added.exit_code, added.stdout) == (0, "added: 2\n")
    assert call("suppress", "add", "Foo Ltd", "--kind", "company", "--customer", "acme").stdout == "added: 1\n"
    assert call("suppress", "add", "jane@example.com").stdout == "added: 0; known before: 1\n"
    listed = call("suppress", "list")
    assert "https://www.linkedin.com/in/ann-1" in listed.stdout
    entries = call("suppress", "list", "--json").data["entries"]
    assert [(one["kind"], one["value"], one["customer"], one["reason"]) for one in entries] == [
        ("linkedin", "https://www.linkedin.com/in/ann-1", None, "asked"),
        ("email", "jane@example.com", None, "asked"),
        ("company", "foo", "acme", ""),
    ]
    removed = call("suppress", "remove", "linkedin.com/in/ann-1", "bob@example.com")
    assert removed.stdout == "removed: 1; not there: 1\n"


def test_it_holds_for_a_sync(call: Call, workspace: Workspace) -> None:
    call("suppress", "add", "linkedin.com/in/ann-1", "--hashed")
    report = call("sync", "--json", "--wait").data
    assert report["syncs"][0]["records"]["suppressed"] == 1
    assert "1 suppressed" in call("plan").stdout
    assert call("suppress", "list").stdout.splitlines()[1].split()[:2] == ["linkedin", "(hashed)"]


def test_nobody(call: Call, workspace: Workspace) -> None:
    assert call("suppress", "list").stdout == "Nobody is suppressed.\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["Acme"], "what is 'Acme'?"),
        (["x", "--kind", "email"], "'x': This is no e-mail address."),
        (["a@b.example", "linkedin.com/company/x", "--kind", "linkedin"], "'a@b.example': This"),
    ],
)
def test_what_means_nobody_changes_nothing(call: Call, workspace: Workspace, args: list[str], told: str) -> None:
    result = call("suppress", "add", *args)
    assert result.exit_code == 2
    assert told in result.stderr
    assert call("suppress", "list", "--json").data["entries"] == []


def test_files_go_in_and_out(call: Call, workspace: Workspace, tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("email,company,reason\na@b.example,,asked\n,Foo Ltd,\n", encoding="utf-8")
    assert call("suppress", "import", str(given)).stdout == "added: 2\n"
    call("suppress", "add", "c@b.example", "--hashed")
    call("suppress", "add", "d@b.example", "--customer", "acme")
    made = tmp_path / "made.csv"
    exported = call("suppress", "export", str(made))
    assert exported.stdout == f"2 entries: {made}\n"
    assert "1 hashed entries are left out" in exported.stderr
    assert call("suppress", "import", str(made)).stdout == "added: 0; known before: 2\n"
    assert call("suppress", "export", str(made)).exit_code == 2
    assert call("suppress", "export", "--customer", "acme").stdout.splitlines()[1] == ",d@b.example,,,,"


def test_a_bad_file_adds_nothing(call: Call, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("email\na@b.example\nnobody\n", encoding="utf-8")
    result = call("suppress", "import", str(tmp_path / "bad.csv"))
    assert result.exit_code == 2
    assert "bad.csv:3" in result.stderr
    assert call("suppress", "list", "--json").data["entries"] == []


def test_lists_of_the_configuration(call: Call, workspace: Workspace) -> None:
    (workspace.folder / "dnc.csv").write_text("domain\nfoo.example\n", encoding="utf-8")
    path = workspace.folder / "upscale-connect.yaml"
    path.write_text(path.read_text() + "suppression: [{path: dnc.csv, customer: acme}]\n", encoding="utf-8")
    assert call("suppress", "list").stdout == f"{workspace.folder / 'dnc.csv'}: 1 entries, only for customer acme\n"
    assert "do-not-contact lists: 1 entries" in call("check").stdout
    (workspace.folder / "dnc.csv").unlink()
    for command in ("check", "plan", "sync", "collect"):
        result = call(command)
        assert result.exit_code == 2, command
        assert "dnc.csv cannot be read" in result.stdout + result.stderr
