"""A small configuration that is complete, and two ways to load one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from upscale_connect.config import Config, Sync, load_config
from upscale_connect.errors import ConfigError

FILE = "upscale-connect.yaml"

MINIMAL = """\
version: 1
accounts:
  main:
    api_key: ${KEY:-sandbox-valid}
syncs:
  spring:
    customer: customer_12345
    campaign: campaign_67890
    source: {plugin: csv, path: leads.csv}
    map:
      first_name: First name
      last_name: Last name
      lead_company: Company
      lead_linkedin: LinkedIn
    request:
      proposition_company_name: Acme Corporation
      proposition_company_url: https://www.acmecorp.com
    messages:
      - connection_request
"""


@pytest.fixture
def minimal() -> str:
    """Lines 1 to 19; `api_key` is line 4, the sync line 6, `map` line 10, `messages` line 18."""
    return MINIMAL


@pytest.fixture
def load() -> Callable[..., Config]:
    """Write the text to `upscale-connect.yaml` in the current folder and load it with these variables only."""

    def load_text(text: str, **environ: str) -> Config:
        Path(FILE).write_text(text, encoding="utf-8")
        return load_config(FILE, environ=environ)

    return load_text


@pytest.fixture
def load_sync(minimal: str, load: Callable[..., Config]) -> Callable[[str], Sync]:
    """The sync of the minimal configuration with one line more, line 20."""
    return lambda more: load(f"{minimal}    {more}\n").syncs["spring"]


@pytest.fixture
def section() -> Callable[[str], str]:
    """What the page of the configuration says under a heading such as `lint`."""
    page = (Path(__file__).parent.parent.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
    return lambda name: page.partition(f"### `{name}`\n")[2].partition("\n### ")[0]


@pytest.fixture
def problems(load: Callable[..., Config]) -> Callable[..., list[str]]:
    """The problems of a text, each as the line that a person reads."""

    def problems_of(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text, **environ)
        return [str(problem) for problem in caught.value.problems]

    return problems_of
