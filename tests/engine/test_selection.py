"""Which syncs a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from upscale_connect.config import Account, Config, Ledger, PluginOptions, Request, Sync
from upscale_connect.engine import select_known, select_syncs
from upscale_connect.errors import UsageError
from upscale_connect.ledger import Ledger as OpenLedger

SYNCS = ("spring", "acme/spring", "acme/autumn")


def configure(*names: str, formerly: str | None = None) -> Config:
    request = Request(proposition_company_name="Acme", proposition_company_url="https://acme.example")
    described = {
        "account": "main",
        "source": PluginOptions(plugin="csv"),
        "map": {"first_name": "First name"},
        "request": request,
        "messages": ["connection_request"],
        "folder": Path(),
        "formerly": formerly,
    }
    return Config(
        path=Path("c.yaml"),
        accounts={"main": Account.model_validate({"name": "main", "api_key": "sandbox-valid"})},
        ledger=Ledger(path=Path("x.db")),
        syncs={name: Sync.model_validate({"name": name, **described}) for name in names},
    )


@pytest.mark.parametrize(
    ("names", "everything", "selected"),
    [
        (["spring"], False, ["spring"]),
        (["acme/*"], False, ["acme/spring", "acme/autumn"]),
        (["*/autumn", "spring", "spring"], False, ["acme/autumn", "spring"]),
        ([], True, ["spring", "acme/spring", "acme/autumn"]),
        (["*"], False, ["spring", "acme/spring", "acme/autumn"]),
    ],
)
def test_names_are_globs(names: list[str], everything: bool, selected: list[str]) -> None:
    assert [sync.name for sync in select_syncs(configure(*SYNCS), names, everything=everything)] == selected


def test_clients_take_turns() -> None:
    config = configure("a/1", "a/2", "a/3", "b/1", "c")
    selected = [sync.name for sync in select_syncs(config, None, everything=True)]
    assert selected == ["a/1", "b/1", "c", "a/2", "a/3"]


def test_without_a_name_the_only_sync_is_meant() -> None:
    assert [sync.name for sync in select_syncs(configure("spring"), None)] == ["spring"]


@pytest.mark.parametrize(
    ("names", "everything", "message", "hint"),
    [
        ([], False, "which sync?", "spring, acme/spring, acme/autumn"),
        (["sprnig"], False, "no sync is called 'sprnig'", "did you mean 'spring'?"),
        (["SPRING"], False, "no sync is called 'SPRING'", "did you mean 'spring'?"),
        (["spring", "x*"], False, "no sync is called 'x*'", "there are: spring"),
        (["spring"], True, "give names or --all, not both", ""),
    ],
)
def test_unclear_names_are_refused_with_the_list(names: list[str], everything: bool, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select_syncs(configure(*SYNCS), names, everything=everything)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_the_ledger_remembers_syncs_that_left_the_configuration(tmp_path: Path) -> None:
    with OpenLedger.open(tmp_path / "x.db") as ledger:
        winter, old = ledger.bind_sync("winter"), ledger.bind_sync("old")
        known = select_known(configure("spring", formerly="winter"), ledger, [])
        assert [(one.name, one.sync is not None, one.sync_id) for one in known] == [
            ("spring", True, winter),
            ("old", False, old),
        ]
        assert [one.name for one in select_known(configure("spring"), ledger, ["o*"])] == ["old"]
        with pytest.raises(UsageError, match="no sync is called 'x'"):
            select_known(configure("spring"), ledger, ["x"])


@pytest.mark.parametrize("names", [None, ["nothing-like-it"]])
def test_of_many_names_the_first_are_told(names: list[str] | None) -> None:
    with pytest.raises(UsageError) as caught:
        select_syncs(configure(*(f"s{number}" for number in range(50))), names)
    assert caught.value.hint.endswith("s18, s19 and 30 more")
