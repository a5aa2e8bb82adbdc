"""Code, files and configurations that the documentation shows are those of the examples, and work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.documentation import EXAMPLES, TEXTS, blocks
from upscale_connect import load_config
from upscale_connect.config import Sync

_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml|yaml))\n(.*)", re.DOTALL)


def example_files() -> Iterator[tuple[str, str, str]]:
    """Page, file and content of each block that begins with the name of a file of the examples."""
    for page, text in TEXTS.items():
        matches = (_FILE.fullmatch(block) for block in blocks(text, "python", "toml", "yaml"))
        yield from ((page, match[1], match[2]) for match in matches if match)


@pytest.mark.parametrize(("page", "name", "content"), list(example_files()))
def test_code_of_a_file_is_that_file(page: str, name: str, content: str) -> None:
    places = [EXAMPLES / name, EXAMPLES / "upscale-connect-jsonl" / name]
    file = next((place for place in places if place.exists()), None)
    if name == "upscale-connect.yaml":
        assert file is None  # the user's own
    else:
        assert file is not None
        assert file.read_text(encoding="utf-8") == content


def test_the_leads_of_the_example_are_shown() -> None:
    leads = (EXAMPLES / "upscale-connect-jsonl" / "leads.jsonl").read_text(encoding="utf-8")
    assert leads in blocks(TEXTS["docs/plugins/writing.md"], "text")


def test_every_module_of_the_examples_is_shown() -> None:
    files = {file.name for file in EXAMPLES.rglob("*.py")}
    assert files == {Path(name).name for _, name, _ in example_files() if name.endswith(".py")}


def plain_python() -> Iterator[tuple[str, str]]:
    """Blocks without a file's name; signatures are compared elsewhere."""
    for page, text in TEXTS.items():
        plain = (block for block in blocks(text, "python") if not re.match(r"# [\w./-]+\.py\n|def \w+\(\) ->", block))
        yield from ((page, block) for block in plain)


@pytest.mark.parametrize(("page", "code"), list(plain_python()))
def test_other_python_runs(page: str, code: str) -> None:
    exec(compile(code, page, "exec"), {})


BASE = yaml.safe_load("""
version: "1"
accounts: {main: {api_key: key}}
syncs: {spring: {}}
""")
WHOLE_SYNC = yaml.safe_load("""
account: main
customer: c
campaign: d
source: {plugin: csv, path: leads.csv}
map: {first_name: a, last_name: b, lead_company: c, lead_linkedin: d}
request: {proposition_company_name: Acme, proposition_company_url: https://www.acmecorp.com}
messages: [connection_request]
""")
VARIABLES = {
    "UPSCALE_API_KEY": "a-key",
    "HEYREACH_API_KEY": "a-key",
    "HUBSPOT_TOKEN": "a-token",
    "JSONL_TOKEN": "a-token",
}


@pytest.mark.parametrize(
    ("page", "block"), [(page, block) for page, text in TEXTS.items() for block in blocks(text, "yaml")]
)
def test_configurations_load(page: str, block: str, tmp_path: Path) -> None:
    """Whole ones as they are; of parts, what is missing is added."""
    clients = tmp_path / "clients"
    clients.mkdir()
    (tmp_path / "acme.env").write_text("UPSCALE_API_KEY=a-key\n", encoding="utf-8")
    data = yaml.load(block, Loader=yaml.BaseLoader)
    if "version" in data:
        text = block
    elif "client" in data:
        data["syncs"] = {name: WHOLE_SYNC | {"account": "acme"} | sync for name, sync in data["syncs"].items()}
        (tmp_path / "acme.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        text = yaml.safe_dump(BASE | {"include": ["acme.yaml"], "syncs": {"own": WHOLE_SYNC}})
    else:
        client = {"client": "acme", "account": "main", "syncs": {}}
        (clients / "acme.yaml").write_text(yaml.safe_dump(client), encoding="utf-8")
        part = {"syncs": {"spring": data}} if data.keys() <= Sync.model_fields.keys() else data
        whole = BASE | part
        whole["syncs"] = {name: WHOLE_SYNC | sync for name, sync in whole["syncs"].items()}
        text = yaml.safe_dump(whole)
    (tmp_path / "upscale-connect.yaml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "upscale-connect.yaml", environ=VARIABLES).syncs
