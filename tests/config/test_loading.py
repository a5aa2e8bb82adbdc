from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from upscale_connect.config import Config, load_config
from upscale_connect.errors import ConfigError
from upscale_connect.mapping import Column, FirstOf

Load = Callable[..., Config]


def test_what_is_left_out_has_its_default(load: Load, minimal: str, tmp_path: Path) -> None:
    config = load(minimal)
    account, sync = config.accounts["main"], config.syncs["spring"]
    assert config.path == tmp_path / "upscale-connect.yaml"
    assert config.ledger.path == tmp_path / "upscale-connect.db"
    assert not config.ledger.force
    assert config.notify is None
    assert account.base_url == "https://app.upscaleoutreach.com/api/v2"
    assert (account.batch_size, account.in_flight, account.in_flight_per_campaign) == (25, 4, 1)
    assert account.poll.first_seconds == 20
    assert sync.account == "main"
    assert sync.sinks == {"back": "source"}
    assert sync.request.tone_preference == "normal"
    assert sync.limits.hold_above == 1000
    assert sync.folder == tmp_path


def test_values_are_read_from_text(load: Load, minimal: str) -> None:
    account = "    batch_size: 100\n    poll: {factor: 2, max_seconds: '60'}\nledger: {path: data/l.db, force: yes}\n"
    config = load(
        minimal.replace("syncs:", f"{account}syncs:").replace("customer_12345", "0012").replace("First name", "no")
    )
    assert config.accounts["main"].batch_size == 100
    assert config.accounts["main"].poll.factor == 2
    assert config.ledger.force
    assert config.ledger.path.parts[-2:] == ("data", "l.db")
    assert config.syncs["spring"].customer == "0012"
    assert config.syncs["spring"].map["first_name"] == Column("no")


def test_a_key_without_a_value_counts_as_left_out(load: Load, minimal: str) -> None:
    empty = "notify:\nledger:\ndefaults:\ninclude:\n"
    config = load(empty + minimal + "    limits:\n      hold_above:\n    sinks:\n    formerly:\n")
    assert config.syncs["spring"].limits.hold_above == 1000
    assert config.syncs["spring"].sinks == {"back": "source"}
    assert config.notify is None


def test_expressions_conditions_and_plugins(load: Load, minimal: str) -> None:
    text = minimal.replace("Company\n", "{first_of: [Company, Employer]}\n") + (
        "      - first_follow_up: {when: {column: Accepted, equals: yes}}\n"
        "      - {type: share_material}\n"
        "    sinks:\n"
        "      crm: {plugin: hubspot, token: '${TOKEN}', match: {property: email}, depth:, formerly: old}\n"
    )
    sync = load(text, TOKEN="secret-token").syncs["spring"]
    assert sync.map["lead_company"] == FirstOf(("Company", "Employer"))
    assert [wanted.type for wanted in sync.messages] == ["connection_request", "first_follow_up", "share_material"]
    condition = sync.messages[1].when
    assert condition is not None
    assert condition.holds({"Accepted": "yes"})
    crm = sync.sinks["crm"]
    assert not isinstance(crm, str)
    assert crm.options == {"token": "secret-token", "match": {"property": "email"}}
    assert (crm.plugin, crm.formerly, set(crm.hidden)) == ("hubspot", "old", {"token"})


def test_customer_and_campaign_may_come_from_columns(load: Load, minimal: str) -> None:
    text = (
        minimal.replace("    customer: customer_12345\n    campaign: campaign_67890\n", "")
        .replace("    map:\n", "    map:\n      automation_tool_customer_id: Client\n")
        .replace("    map:\n", "    map:\n      automation_tool_campaign_id: {constant: c1}\n")
    )
    sync = load(text).syncs["spring"]
    assert sync.customer is None
    assert sync.map["automation_tool_customer_id"] == Column("Client")


def test_extra_message_types_are_the_accounts(load: Load, minimal: str) -> None:
    text = minimal.replace("syncs:", "    extra_message_types: [breakup]\nsyncs:") + "      - breakup\n"
    assert load(text).accounts["main"].message_types >= {"breakup", "connection_request"}


def test_defaults_are_merged_into_every_sync(load: Load, minimal: str) -> None:
    defaults = (
        "defaults:\n"
        "  limits: {messages_per_run: 7, hold_above: 8}\n"
        "  request: {tone_preference: casual, proposition_company_name: Other, extra: {a: x, b: y}}\n"
        "  messages: [first_follow_up, share_material]\n"
    )
    own = "    limits: {hold_above: 9}\n"
    config = load(
        minimal.replace("      proposition_company_url", "      extra: {b: z}\n      proposition_company_url")
        + own
        + defaults
    )
    sync = config.syncs["spring"]
    assert (sync.limits.messages_per_run, sync.limits.hold_above, sync.limits.max_in_doubt) == (7, 9, 0)
    assert sync.request.tone_preference == "casual"
    assert sync.request.proposition_company_name == "Acme Corporation"
    assert sync.request.extra == {"a": "x", "b": "z"}
    assert [wanted.type for wanted in sync.messages] == ["connection_request"]
    assert config.where("syncs", "spring", "limits", "messages_per_run") == "upscale-connect.yaml:23"
    assert config.where("syncs", "spring", "limits", "hold_above") == "upscale-connect.yaml:21"


def test_every_key_has_a_place(load: Load, minimal: str) -> None:
    config = load(minimal)
    assert config.where("accounts", "main", "api_key") == "upscale-connect.yaml:4"
    assert config.where("syncs", "spring", "source", "path") == "upscale-connect.yaml:9"
    assert config.where("syncs", "spring", "messages", "0") == "upscale-connect.yaml:19"
    assert config.where("syncs", "spring", "limits", "hold_above") == "upscale-connect.yaml:6"
    assert config.where("notify") == "upscale-connect.yaml"
    assert config.where() == "upscale-connect.yaml"


def test_paths_are_shown_relative_to_the_current_folder_or_as_given(
    minimal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "conf" / "x.yaml"
    below.parent.mkdir()
    below.write_text(minimal, encoding="utf-8")
    assert load_config(below).where() == str(Path("conf", "x.yaml"))
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert load_config(Path("..", "conf", "x.yaml")).where() == str(Path("..", "conf", "x.yaml"))
    assert load_config(below).where() == str(below)
    assert load_config(below).ledger.path == tmp_path / "conf" / "upscale-connect.db"


def test_a_missing_file_says_how_to_make_one() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("nowhere.yaml")
    (problem,) = caught.value.problems
    assert problem.where == "nowhere.yaml"
    assert "upscale-connect init leads.csv" in problem.hint
    assert caught.value.exit_code == 2


def test_the_models_need_no_yaml() -> None:
    code = "import sys, upscale_connect.config.models; sys.exit('yaml' in sys.modules or 'dotenv' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
