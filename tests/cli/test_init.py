"""`upscale-connect init`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect import load_config

if TYPE_CHECKING:
    from tests.cli.conftest import Result

LEADS = """\
\ufeffID;First name;Last name;Firma;LinkedIn
1;Zoë;Brown;"Acme; Sons";https://www.linkedin.com/in/zoe-brown
2;山田;太郎;Yamada;https://www.linkedin.com/in/yamada
"""


@pytest.fixture(autouse=True)
def _leads(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("leads.csv").write_text(LEADS, encoding="utf-8")
    monkeypatch.setenv("UPSCALE_API_KEY", "sandbox-valid")


def test_what_it_writes_loads_and_maps_the_columns(call: Callable[..., Result]) -> None:
    result = call("init", "leads.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    (sync,) = load_config("upscale-connect.yaml").syncs.values()
    assert sync.source.options["path"] == "leads.csv"
    assert {"automation_tool_lead_id", "first_name", "last_name", "lead_company", "lead_linkedin"} == set(sync.map)
    assert "lead_company             Firma       high" in result.stdout
    assert [line for line in result.stdout.splitlines() if line.startswith("  upscale-connect")] == [
        "  upscale-connect check  # is everything there?",
        "  upscale-connect plan   # what it would buy and cost",
        "  upscale-connect sync   # buys, waits and writes",
    ]


def test_a_file_of_an_old_excel(call: Callable[..., Result]) -> None:
    """The word in question shows which encoding is right; the sync then reads the file with it."""
    Path("leads.csv").write_bytes(LEADS.replace("\ufeff", "").replace("山田;太郎", "An;Ny").encode("cp1252"))
    result = call("init", "leads.csv")
    assert result.exit_code == 10
    assert "leads.csv:2: byte 43 0xEB is not utf-8 text" in result.stderr
    assert "cp1252 has 'Zoë'" in result.stderr
    assert not Path("upscale-connect.yaml").exists()
    assert call("init", "leads.csv", "--encoding", "cp1252").exit_code == 0
    (sync,) = load_config("upscale-connect.yaml").syncs.values()
    assert sync.source.options["encoding"] == "cp1252"
    assert call("init", "leads.csv", "--encoding", "cp9").exit_code == 2


def test_the_file_of_leads_is_only_read(call: Callable[..., Result], tmp_path: Path) -> None:
    assert call("init", "leads.csv").exit_code == 0
    assert Path("leads.csv").read_text(encoding="utf-8") == LEADS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv", "upscale-connect.yaml"]


def test_nothing_is_overwritten_without_force(call: Callable[..., Result]) -> None:
    written = Path("upscale-connect.yaml")
    written.write_text("mine\n", encoding="utf-8")
    result = call("init", "leads.csv")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: upscale-connect.yaml exists already\nHint: ")
    assert written.read_text(encoding="utf-8") == "mine\n"
    assert call("init", "leads.csv", "--force").exit_code == 0
    assert "accounts:" in written.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "args", [["init", "../leads.csv", "-o", "spring.yaml"], ["-c", "spring.yaml", "init", "../leads.csv"]]
)
def test_another_output_in_another_folder(
    call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: list[str]
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    result = call(*args)
    assert result.exit_code == 0
    assert '  upscale-connect plan -c "spring.yaml"   # ' in result.stdout
    (sync,) = load_config("spring.yaml").syncs.values()
    assert sync.source.options["path"] == "../leads.csv"


def test_it_writes_the_file_that_the_variable_names(
    call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSCALE_CONNECT_CONFIG", "team.yaml")
    result = call("init", "leads.csv")
    assert Path("team.yaml").exists()
    assert "  upscale-connect plan   # " in result.stdout


def test_a_missing_field_is_shown(call: Callable[..., Result]) -> None:
    Path("few.csv").write_text("First name,Company\nJane,Acme\n", encoding="utf-8")
    result = call("init", "few.csv")
    assert result.exit_code == 0
    assert "lead_linkedin  ?           none        write its column into the file" in result.stdout


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nowhere.csv"], 2, "there is no file 'nowhere.csv'"),
        (["leads.csv", "-o", "no/folder.yaml"], 2, "folder.yaml cannot be written: no such file or directory"),
        (["empty.csv"], 10, "empty.csv"),
        ([], 2, "FILE.csv is missing"),
    ],
)
def test_mistakes_are_one_line(call: Callable[..., Result], args: list[str], code: int, message: str) -> None:
    Path("empty.csv").write_text("", encoding="utf-8")
    result = call("init", *args)
    first, hint = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (code, "")
    assert first.startswith("Error: ")
    assert message in first
    assert hint.startswith("Hint: ")
    assert not Path("upscale-connect.yaml").exists()
