"""Which syncs and which account a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from upscale_connect.cli.options import pick_account, pick_syncs
from upscale_connect.config.models import Account, Config, Ledger, PluginOptions, Request, Sync
from upscale_connect.errors import UsageError


def configure(syncs: list[str], accounts: list[str]) -> Config:
    request = Request(proposition_company_name="Acme", proposition_company_url="https://acme.example")
    source = PluginOptions(plugin="csv")
    folder = Path()
    return Config(
        path=Path("c.yaml"),
        accounts={name: Account.model_validate({"name": name, "api_key": "sandbox-valid"}) for name in accounts},
        ledger=Ledger(path=Path("x.db")),
        syncs={
            name: Sync.model_validate(
                {
                    "name": name,
                    "account": accounts[0],
                    "source": source,
                    "map": {"first_name": "First name"},
                    "request": request,
                    "messages": ["connection_request"],
                    "folder": folder,
                }
            )
            for name in syncs
        },
    )


SYNCS = ["spring", "acme/spring", "acme/autumn"]


@pytest.mark.parametrize(
    ("names", "every", "picked"),
    [
        (["spring"], False, ["spring"]),
        (["acme/*"], False, ["acme/spring", "acme/autumn"]),
        (["*/autumn", "spring", "spring"], False, ["spring", "acme/autumn"]),
        ([], True, SYNCS),
    ],
)
def test_names_are_globs_in_the_order_of_the_configuration(names: list[str], every: bool, picked: list[str]) -> None:
    assert [sync.name for sync in pick_syncs(configure(SYNCS, ["main"]), names, every)] == picked


def test_without_a_name_the_only_sync_is_meant() -> None:
    assert [sync.name for sync in pick_syncs(configure(["spring"], ["main"]), [])] == ["spring"]


@pytest.mark.parametrize(
    ("names", "every", "message", "hint"),
    [
        ([], False, "which sync?", "spring, acme/spring, acme/autumn"),
        (["sprnig"], False, "no sync is called 'sprnig'", "did you mean 'spring'?"),
        (["spring", "x*"], False, "no sync is called 'x*'", "the configuration has: spring"),
        (["spring"], True, "give names or --all, not both", ""),
    ],
)
def test_unclear_names_are_refused_with_the_list(names: list[str], every: bool, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        pick_syncs(configure(SYNCS, ["main"]), names, every)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_the_account_by_name_or_the_only_one() -> None:
    assert pick_account(configure(["spring"], ["main"]), None).name == "main"
    assert pick_account(configure(["spring"], ["main", "trial"]), "trial").name == "trial"


@pytest.mark.parametrize(("name", "hint"), [(None, "main, trial"), ("trail", "did you mean 'trial'?")])
def test_an_unclear_account_is_refused_with_the_list(name: str | None, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        pick_account(configure(["spring"], ["main", "trial"]), name)
    assert hint in caught.value.hint
