"""A whole sync in a test: invented people, a local Upscale API, and a box for the messages."""

from __future__ import annotations

from pathlib import Path

from upscale_connect import Record
from upscale_connect.testing import MemorySink, MemorySource, Sandbox, run_sync

CONFIG = """
version: 1
accounts: {trial: {api_key: sandbox-valid, base_url: "URL", poll: {first_seconds: 0.05}}}
syncs:
  spring:
    customer: customer_1
    campaign: campaign_1
    source: {plugin: people}
    map: {first_name: first, last_name: last, lead_company: company, lead_linkedin: linkedin}
    request: {proposition_company_name: Acme, proposition_company_url: https://www.acmecorp.com}
    messages: [connection_request]
    sinks: {box: {plugin: box}}
"""
ADA = {"first": "Ada", "last": "Lee", "company": "Foo", "linkedin": "https://www.linkedin.com/in/ada-lee"}


def test_a_message_arrives(tmp_path: Path) -> None:
    people, box = MemorySource.of([Record("1", ADA)], "people"), MemorySink.fresh("box")
    config = tmp_path / "trial.yaml"
    with Sandbox(delay=0) as sandbox:
        config.write_text(CONFIG.replace("URL", sandbox.base_url), encoding="utf-8")
        report = run_sync(config, people, box)
    assert report.exit_code == 0
    assert "Ada" in box.written[0].messages["connection_request"].text
