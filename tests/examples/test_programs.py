"""The programs in docs/examples run as they stand, against the sandbox."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.examples.conftest import EXAMPLES
from upscale_connect.sandbox import Sandbox

SPRING = """\
version: 1
accounts:
  main: {{api_key: {key}, base_url: "{base_url}", poll: {{first_seconds: 0.01}}}}
syncs:
  spring:
    customer: customer_12345
    campaign: campaign_67890
    source: {{plugin: csv, path: leads.csv}}
    map: {{first_name: First, last_name: Last, lead_company: Company, lead_linkedin: LinkedIn}}
    request: {{proposition_company_name: Acme, proposition_company_url: https://www.acmecorp.com}}
    messages: [connection_request]
"""
LEADS = """\
First,Last,Company,LinkedIn
Ada,Invented,First Company,https://www.linkedin.com/in/ada-invented-example
Ben,Invented,,https://www.linkedin.com/in/ben-invented-example
"""


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def spring(sandbox: Sandbox) -> Callable[..., str]:
    """Writes leads and their configuration; gives its name."""

    def write(key: str = "sandbox-valid") -> str:
        Path("leads.csv").write_text(LEADS, encoding="utf-8")
        text = SPRING.format(key=key, base_url=sandbox.base_url)
        Path("spring.yaml").write_text(text, encoding="utf-8")
        return "spring.yaml"

    return write


# What authors of plugins test with


def test_a_whole_sync_in_a_test(tmp_path: Path) -> None:
    load_example("test_portal").test_a_message_arrives(tmp_path)


# The library's examples


def test_run_sync(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_example("run_sync").main(spring(), "spring") == 3
    printed = capsys.readouterr().out
    assert "spring: 2 records read, 1 of them new" in printed
    assert "1 messages, 1 credits" in printed
    assert "back: 1 leads written, 0 failed" in printed
    assert "1 records in quarantine; next: upscale-connect" in printed
    assert "delivered" in Path("leads.messages.csv").read_text(encoding="utf-8")


def test_run_sync_again_buys_nothing(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    main = load_example("run_sync").main
    name = spring()
    main(name)
    assert main(name) == 0
    assert "0 messages, 0 credits" in capsys.readouterr().out.partition("next:")[2]


def test_run_sync_shows_why_a_sync_stopped(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_example("run_sync").main(spring("sandbox-revoked")) == 8
    assert "stopped: the API key has been revoked" in capsys.readouterr().out


def test_run_sync_shows_what_is_wrong_before_it_starts(
    spring: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    main = load_example("run_sync").main
    assert main(spring(), "sprung") == 2
    assert "no sync is called 'sprung'" in capsys.readouterr().err
    assert main("nowhere.yaml") == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_read_configuration(spring: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    main = load_example("read_configuration").main
    assert main(spring()) == 0
    assert capsys.readouterr().out == "spring: connection_request from csv to back, paid by main\n"
    Path("wrong.yaml").write_text("version: 1\nsinc: {}\n", encoding="utf-8")
    assert main("wrong.yaml") == 2
    assert "wrong.yaml:2" in capsys.readouterr().out


def test_use_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("UPSCALE_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("UPSCALE_API_KEY", "sandbox-valid")
    main = load_example("use_client").main
    assert main(pause=0) == 0
    assert "lead_1, connection_request: [sandbox]" in capsys.readouterr().out
    monkeypatch.setenv("UPSCALE_API_KEY", "sandbox-no-credits")
    assert main(pause=0) == 7
    assert "top up" in capsys.readouterr().err
