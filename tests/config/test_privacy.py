"""Do-not-contact lists and opt-out columns in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from upscale_connect.config import load_config, show
from upscale_connect.errors import ConfigError

SYNC = """\
    customer: c
    campaign: s
    source: {plugin: csv, path: leads.csv}
    map: {first_name: F, last_name: L, lead_company: C, lead_linkedin: U}
    request: {proposition_company_name: A, proposition_company_url: https://a.example}
    messages: [connection_request]
"""


def write(folder: Path, top: str = "", sync: str = "") -> Path:
    path = folder / "upscale-connect.yaml"
    text = f"version: 1\naccounts: {{main: {{api_key: key}}}}\n{top}syncs:\n  spring:\n{SYNC}{sync}"
    path.write_text(text, encoding="utf-8")
    return path


def test_lists_of_all_and_of_one_sync(tmp_path: Path) -> None:
    top = "suppression: [a.csv, {path: b.csv, customer: c}]\n"
    sync = '    suppression: own.csv\n    opt_out: {column: Stop, equals: "yes"}\n'
    config = load_config(write(tmp_path, top, sync), environ={})
    assert [(one.path, one.customer) for one in config.privacy.suppression] == [
        (tmp_path / "a.csv", None),
        (tmp_path / "b.csv", "c"),
    ]
    spring = config.syncs["spring"]
    assert [str(one.path) for one in spring.suppression] == ["own.csv"]
    assert [(one.column, one.equals) for one in spring.opt_out] == [("Stop", "yes")]
    assert config.where("suppression").endswith("yaml:3")


def test_lists_of_a_client_hold_for_its_syncs(tmp_path: Path) -> None:
    (tmp_path / "clients").mkdir()
    client = tmp_path / "clients" / "acme.yaml"
    client.write_text(
        f"client: acme\nsuppression: client.csv\nsyncs:\n  one:\n{SYNC}  two:\n{SYNC}    suppression: [two.csv]\n",
        encoding="utf-8",
    )
    config = load_config(write(tmp_path, "include: [clients/*.yaml]\n"), environ={})
    found = {
        name: [str((sync.folder / one.path).relative_to(tmp_path)) for one in sync.suppression]
        for name, sync in config.syncs.items()
    }
    assert found == {
        "spring": [],
        "acme/one": ["clients/client.csv"],
        "acme/two": ["clients/client.csv", "clients/two.csv"],
    }


def test_shown_so_that_it_can_be_read_again(tmp_path: Path) -> None:
    top = "suppression: [a.csv, {path: b.csv, customer: c}]\n"
    sync = (
        "    suppression: own.csv\n    opt_out: [{column: Stop, not_empty: true}, {column: State, in: [gone, lost]}]\n"
    )
    config = load_config(write(tmp_path, top, sync), environ={})
    shown = show(config)
    shown["accounts"]["main"]["api_key"] = "key"
    other = tmp_path / "other"
    other.mkdir()
    (other / "again.yaml").write_text(yaml.safe_dump(shown), encoding="utf-8")
    again = load_config(other / "again.yaml", environ={})
    assert again.privacy == config.privacy
    assert again.syncs["spring"].opt_out == config.syncs["spring"].opt_out
    assert [one.path for one in again.syncs["spring"].suppression] == [tmp_path / "own.csv"]


@pytest.mark.parametrize(
    ("top", "sync", "told"),
    [
        ("suppression: {pth: a.csv}\n", "", "yaml:3"),
        ("suppression: [{customer: c}]\n", "", "`path` is missing"),
        ("", "    opt_out: {column: Stop}\n", "must have exactly one of"),
        ("", "    opt_out: Stop\n", "must be a column and one test"),
        ("supression: [a.csv]\n", "", "did you mean 'suppression'?"),
    ],
)
def test_mistakes(tmp_path: Path, top: str, sync: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, top, sync), environ={})
    assert told in caught.value.message
