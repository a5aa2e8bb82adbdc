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
    assert call("suppress", "add", "jane@example.com").stdout == "added: 0; known before, or given twice: 1\n"
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


@pytest.mark.parametrize("hashed", [[], ["--hashed"]], ids=["clear", "hashed"])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("linkedin", "https://uk.linkedin.com/in/Ann-1/"),
        ("email", "ANN@mail.foo.example"),
        ("domain", "foo.example"),
        ("company", "FOO, Limited"),
        ("id", "1"),
        ("id", "acme/s1/1"),
    ],
)
def test_each_kind_holds_at_the_last_gate_and_at_the_first(
    call: Call, workspace: Workspace, kind: str, value: str, hashed: list[str]
) -> None:
    """Bought, and not delivered yet; then somebody asks to be left alone."""
    rows = ["1,Ann1,Lee,Foo Ltd,linkedin.com/in/ann-1,ann@mail.foo.example", "2,Bob,Lee,Bar,linkedin.com/in/bob-2,"]
    text = "\n".join(("ID,First name,Last name,Company,LinkedIn,Mail", *rows, ""))
    (workspace.folder / "leads.csv").write_text(text, encoding="utf-8")
    entry = ("suppress", "add", value, "--kind", kind, *hashed)
    assert call(*entry, "--customer", "another").stdout == "added: 1\n"
    call("sync", "--no-wait")
    assert call(*entry, "--customer", "acme").stdout == "added: 1\n"
    assert call("collect").exit_code == 0
    first, second = workspace.output.read_text(encoding="utf-8").splitlines()[1:]
    assert ("suppressed" in first, "[sandbox]" in first, "[sandbox]" in second) == (True, False, True)
    for path in (*workspace.folder.glob("upscale-connect.db*"), workspace.output):
        path.unlink()
    call(*entry)
    assert call("plan", "--json").data["syncs"][0]["records"]["suppressed"] == 1


def test_nobody(call: Call, workspace: Workspace) -> None:
    assert call("suppress", "list").stdout == "Nobody is suppressed.\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["Acme"], "what is 'Acme'?"),
        (["x", "--kind", "email"], "'x': This is no e-mail address, or more than one."),
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
    assert call("suppress", "import", str(given)).stdout == "added: 2 (read: 1 email, 1 company)\n"
    call("suppress", "add", "c@b.example", "--hashed")
    call("suppress", "add", "d@b.example", "--customer", "acme")
    made = tmp_path / "made.csv"
    exported = call("suppress", "export", str(made))
    assert exported.stdout == f"2 entries: {made}\n"
    assert "1 hashed entries are left out" in exported.stderr
    assert call("suppress", "import", str(made)).stdout.startswith("added: 0; known before, or given twice: 2 (")
    again = call("suppress", "export", str(made))
    assert (again.exit_code, "Hint: name another file" in again.stderr) == (2, True)
    assert call("suppress", "export", "--customer", "acme").stdout.splitlines()[1] == ",d@b.example,,,,"


def test_a_bad_file_adds_nothing(call: Call, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("email\na@b.example\nnobody\n", encoding="utf-8")
    result = call("suppress", "import", str(tmp_path / "bad.csv"))
    assert result.exit_code == 2
    assert "bad.csv:3" in result.stderr
    assert call("suppress", "list", "--json").data["entries"] == []


UGLY = (
    "\ufeffsep=;\r\nEmail Address;LinkedIn URL;Company Name;Reason\r\n\r\nJane.Doe@Example.com;;;asked\r\n"
    'jane.doe@example.com;;;again\r\n;https://de.linkedin.com/in/Bob-Roe/?trk=x;;\r\n;;"Acme; Inc.";\r\n'
    "N/A;;;\r\n;linkedin.com/company/foo;;\r\nAnna <anna@b.example>;;;\r\nc@b.example;;Acme;both\r\n"
)


def test_an_ugly_file(call: Call, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "ugly.csv").write_bytes(UGLY.encode())
    refused = call("suppress", "import", str(tmp_path / "ugly.csv"))
    assert refused.exit_code == 2
    for line in (
        "8: email 'N/A': This is no",
        "9: linkedin 'linkedin.com/company/foo': This",
        "11: the row names a person",
    ):
        assert f"ugly.csv:{line}" in refused.stderr
    assert "nothing was added. --skip-bad-rows adds the other rows" in refused.stderr
    assert call("suppress", "list", "--json").data["entries"] == []
    partly = call("suppress", "import", str(tmp_path / "ugly.csv"), "--skip-bad-rows")
    assert partly.exit_code == 3
    assert partly.stdout == "added: 4; known before, or given twice: 1 (read: 3 email, 1 linkedin, 1 company)\n"
    assert partly.stderr.count("Left out: ") == 3
    again = call("suppress", "import", str(tmp_path / "ugly.csv"), "--skip-bad-rows", "--only", "email", "--json")
    assert (again.exit_code, again.data["added"], len(again.data["left_out"])) == (3, 1, 1)


def test_a_domain_that_is_no_companys_is_told(call: Call, workspace: Workspace) -> None:
    added = call("suppress", "add", "gmail.com", "foo.example")
    assert added.stdout == "added: 2\n"
    assert added.stderr == (
        "Note: gmail.com is no company's: everybody whose address or website is there gets no message.\n"
    )


def test_a_page_of_linkedin_is_no_domain(call: Call, workspace: Workspace) -> None:
    result = call("suppress", "add", "linkedin.com/company/foo")
    assert result.exit_code == 2
    assert "This LinkedIn page is not a person's profile" in result.stderr


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
