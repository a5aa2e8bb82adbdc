"""`upscale-connect plugins test`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result

    Call = Callable[..., Result]

METADATA = "Metadata-Version: 2.1\nName: upscale-connect-sloppy\nVersion: 0.3\n"
SLOPPY = """
from pydantic import Field
from upscale_connect import PluginConfig, Record, Source, hookimpl

class Config(PluginConfig):
    token: str = Field(description="The key.")

class Sloppy(Source[Config]):
    name = "sloppy"
    config_model = Config

    def read(self, since):
        yield Record(None, {"a": self.config.token})

@hookimpl
def lead_sources():
    return [Sloppy]
"""


@pytest.fixture
def leads() -> Path:
    path = Path("leads.csv")
    path.write_text("ID,Name\n1,Ann\n2,Ben\n", encoding="utf-8")
    return path


@pytest.fixture
def _sloppy_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A third party's distribution with a token that is no secret."""
    site = tmp_path / "site"
    info = site / "upscale_connect_sloppy-0.3.dist-info"
    info.mkdir(parents=True)
    (site / "sloppy_plugin.py").write_text(SLOPPY, encoding="utf-8")
    (info / "METADATA").write_text(METADATA, encoding="utf-8")
    (info / "entry_points.txt").write_text("[upscale_connect]\nsloppy = sloppy_plugin\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "sloppy_plugin", raising=False)


def test_the_source_of_the_bundled_plugin_passes(call: Call, leads: Path) -> None:
    before = leads.read_bytes()
    result = call("plugins", "test", "csv", "-o", "path=leads.csv", "--json")
    data = result.data
    assert (result.exit_code, data["plugin"], data["kind"], data["suite"]) == (0, "csv", "source", 2)
    assert data["passed"] >= 20
    assert data["failed"] == 0
    assert data["passed"] + data["left_out"] == len(data["checks"])
    assert {check["state"] for check in data["checks"]} == {"passed", "not applicable"}
    assert [path.name for path in Path.cwd().iterdir()] == ["leads.csv"]
    assert leads.read_bytes() == before


def test_the_sink_of_the_bundled_plugin_passes_and_writes_nothing_here(call: Call) -> None:
    result = call("plugins", "test", "csv", "--sink", "-o", "path=out/messages.csv", "--json")
    assert result.data["failed"] == 1  # its folder is not there
    result = call("plugins", "test", "csv", "--sink", "-o", "path=messages.csv", "--json")
    assert (result.exit_code, result.data["kind"], result.data["failed"]) == (0, "sink", 0)
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.usefixtures("_sloppy_plugin")
def test_a_plugin_that_fails_is_told_what_and_how(call: Call) -> None:
    result = call("plugins", "test", "sloppy", "-o", "token=abc")
    assert result.exit_code == 2
    assert "P08 (MUST): what is secret is a SecretStr" in result.stdout
    assert "  do:       a SecretStr is shown as **********" in result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("source 'sloppy' (Sloppy): ")
    assert ", 1 failed, " in last


@pytest.mark.usefixtures("leads")
def test_options_may_come_from_a_file(call: Call) -> None:
    Path("options.yaml").write_text("plugin: csv\npath: leads.csv\ndelimiter: ','\n", encoding="utf-8")
    assert call("plugins", "test", "csv", "--options", "options.yaml").exit_code == 0


def test_nothing_else_is_looked_at_if_the_options_are_not_right(call: Call) -> None:
    result = call("plugins", "test", "csv", "-o", "path=nowhere.csv")
    assert result.exit_code == 2
    assert "there is no such file" in result.stdout
    assert "Nothing else was looked at: are the options right?" in result.stdout
    assert "0 passed, 1 failed, 0 left out" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["nope"], "no plugin offers a source 'nope'", "there are: csv"),
        (["csv"], "-o path: `path` is missing", ""),
        (["csv", "-o", "path"], "-o takes KEY=VALUE", "-o path=leads.csv"),
        (["csv", "-o", "path=x", "-o", "pth=y"], "pth", "did you mean"),
        (["csv", "-o", "path=/etc/leads.csv"], "names a file by its whole path", "copies"),
        (["csv", "--options", "none.yaml"], "none.yaml cannot be read: no such file or directory", "YAML file"),
        (["csv", "--options", "list.yaml"], "list.yaml holds no options", "key: value"),
        (["csv", "--options", "broken.yaml"], "broken.yaml holds no options", "key: value"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(call: Call, arguments: list[str], message: str, hint: str) -> None:
    Path("list.yaml").write_text("- path\n", encoding="utf-8")
    Path("broken.yaml").write_text("path: [\n", encoding="utf-8")
    result = call("plugins", "test", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert hint in result.stderr


def test_a_call_that_fails_has_its_keys_in_json(call: Call) -> None:
    data = call("plugins", "test", "nope", "--json").data
    assert (data["checks"], data["error"]["type"], data["exit_code"]) == ([], "PluginError", 2)


def test_a_plugin_of_a_service_is_not_called_over_the_network(call: Call) -> None:
    result = call("plugins", "test", "hubspot", "-o", "token=a-token-of-nobody", "--json")
    reasons = {check["message"] for check in result.data["checks"] if check["state"] == "not applicable"}
    assert any("no server of a test stands for that" in reason for reason in reasons)
    assert not any(check["state"] == "failed" and check["level"] == "MUST" for check in result.data["checks"])
