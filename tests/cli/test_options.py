"""Which account a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from upscale_connect.cli.options import pick_account
from upscale_connect.config import Account, Config, Ledger
from upscale_connect.errors import UsageError


def configure(*accounts: str) -> Config:
    return Config(
        path=Path("c.yaml"),
        accounts={name: Account.model_validate({"name": name, "api_key": "sandbox-valid"}) for name in accounts},
        ledger=Ledger(path=Path("x.db")),
        syncs={},
    )


def test_the_account_by_name_or_the_only_one() -> None:
    assert pick_account(configure("main"), None).name == "main"
    assert pick_account(configure("main", "trial"), "trial").name == "trial"


@pytest.mark.parametrize(("name", "hint"), [(None, "main, trial"), ("trail", "did you mean 'trial'?")])
def test_an_unclear_account_is_refused_with_the_list(name: str | None, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        pick_account(configure("main", "trial"), name)
    assert hint in caught.value.hint
