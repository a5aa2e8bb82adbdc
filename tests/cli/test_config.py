"""`upscale-connect config show`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Result

KEY = "sk-canary-0123456789"

CONFIGURATION = """\
version: 1
accounts: {main: {api_key: "${THE_KEY}"}}
syncs:
  spring:
    customer: c1
    campaign: s1
    source: {plugin: csv, path: leads.csv}
    map: {first_name: First name, last_name: Name, lead_company: {first_of: [Company, Employer]}, lead_linkedin: URL}
    request: {proposition_company_name: Acme, proposition_company_url: https://acme.example}
    messages: [connection_request]
    sinks: {back: source, crm: {plugin: crm, token: "${CRM_TOKEN}"}}
"""


@pytest.fixture(autouse=True)
def _configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("upscale-connect.yaml").write_text(CONFIGURATION, encoding="utf-8")
    Path(".env").write_text(f"THE_KEY={KEY}\n", encoding="utf-8")
    monkeypatch.setenv("CRM_TOKEN", "tok-canary-0123456789")


def test_it_is_shown_as_yaml_without_secrets(call: Callable[..., Result]) -> None:
    result = call("config", "show")
    shown = yaml.safe_load(result.stdout)
    assert result.exit_code == 0
    assert shown["accounts"]["main"]["api_key"] == "***"
    assert shown["accounts"]["main"]["batch_size"] == 25
    assert shown["syncs"]["spring"]["map"]["lead_company"] == {"first_of": ["Company", "Employer"]}
    assert shown["syncs"]["spring"]["sinks"]["crm"] == {"plugin": "crm", "token": "***"}
    assert "canary" not in result.stdout + result.stderr


def test_json_has_the_same(call: Callable[..., Result]) -> None:
    result = call("config", "show", "--json")
    assert list(result.data) == ["schema", "path", "config", "exit_code"]
    assert Path(result.data["path"]) == Path.cwd() / "upscale-connect.yaml"
    assert result.data["config"] == yaml.safe_load(call("config", "show").stdout)
    assert "canary" not in result.stdout


def test_every_problem_is_a_line(call: Callable[..., Result]) -> None:
    broken = CONFIGURATION.replace("campaign: s1", "campagne: s1").replace("THE_KEY", "NO_KEY")
    Path("upscale-connect.yaml").write_text(broken, encoding="utf-8")
    result = call("config", "show", "--json")
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert result.exit_code == 2
    assert any(line.startswith("Error: upscale-connect.yaml:2: ") and "NO_KEY" in line for line in lines)
    assert any(line.startswith("Error: upscale-connect.yaml:6: ") for line in lines)
    assert result.data["error"]["message"].splitlines() == [line.removeprefix("Error: ") for line in lines]
    assert result.data["config"] is None


@pytest.mark.parametrize("place", ["before", "after"])
def test_another_file(call: Callable[..., Result], place: str) -> None:
    other = Path("other.yaml")
    Path("upscale-connect.yaml").replace(other)
    args = ["-c", "other.yaml", "config", "show"] if place == "before" else ["config", "show", "-c", "other.yaml"]
    assert call(*args).exit_code == 0
    result = call("config", "show")
    assert result.exit_code == 2
    assert "upscale-connect.yaml" in result.stderr
