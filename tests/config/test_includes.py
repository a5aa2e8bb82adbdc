from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from upscale_connect.config import Config

Load = Callable[..., Config]
FindProblems = Callable[..., list[str]]

CLIENT = """\
client: acme
env_file: acme.env
account: {api_key: "${KEY}", batch_size: 5}
syncs:
  spring:
    customer: acme
    campaign: c1
    source: {plugin: csv, path: leads.csv}
    map: {first_name: F, last_name: L, lead_company: C, lead_linkedin: U}
    request: {proposition_company_name: Acme, proposition_company_url: "https://acme.com"}
    messages: [connection_request]
"""


@pytest.fixture
def including(minimal: str) -> str:
    """`minimal` with an account that is named, beside clients/acme.yaml and its variables."""
    folder = Path("clients")
    folder.mkdir()
    (folder / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    (folder / "acme.env").write_text("KEY=key-of-acme\n", encoding="utf-8")
    return minimal + "    account: main\ninclude: [clients/*.yaml]\n"


def change_client(old: str, new: str) -> None:
    path = Path("clients", "acme.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_clients_syncs_have_its_name_its_folder_and_its_account(load: Load, including: str, tmp_path: Path) -> None:
    config = load(including)
    assert list(config.syncs) == ["spring", "acme/spring"]
    sync = config.syncs["acme/spring"]
    assert sync.group == "acme"
    assert sync.account == "acme"
    assert sync.folder == tmp_path / "clients"
    assert config.syncs["spring"].folder == tmp_path
    assert config.accounts["acme"].batch_size == 5
    file = Path("clients", "acme.yaml")
    assert config.where("syncs", "acme/spring", "source", "path") == f"{file}:8"
    assert config.where("accounts", "acme", "batch_size") == f"{file}:3"


def test_a_clients_own_variables_win_so_that_no_other_key_is_used(load: Load, including: str) -> None:
    config = load(including, KEY="key-of-the-shell")
    assert config.accounts["acme"].api_key.get_secret_value() == "key-of-acme"
    assert config.accounts["main"].api_key.get_secret_value() == "key-of-the-shell"
    assert config.secrets >= {"key-of-acme", "key-of-the-shell"}


def test_what_the_clients_variables_lack_comes_from_the_environment(load: Load, including: str) -> None:
    change_client("customer: acme", 'customer: "${WHO}"')
    assert load(including, WHO="somebody").syncs["acme/spring"].customer == "somebody"


def test_an_account_may_be_named(load: Load, including: str) -> None:
    change_client('account: {api_key: "${KEY}", batch_size: 5}', "account: main")
    config = load(including)
    assert config.syncs["acme/spring"].account == "main"
    assert list(config.accounts) == ["main"]


def test_defaults_reach_included_syncs_but_the_clients_account_goes_first(load: Load, including: str) -> None:
    config = load(including + "defaults: {account: main, limits: {hold_above: 3}}\n")
    assert config.syncs["acme/spring"].limits.hold_above == 3
    assert config.syncs["acme/spring"].account == "acme"
    assert config.syncs["spring"].account == "main"


def test_a_file_is_read_once_and_the_main_file_never_as_a_clients(load: Load, including: str) -> None:
    config = load(
        including.replace("[clients/*.yaml]", '["**/acme.yaml", clients/*.yaml, "*.yaml"]')
        + "defaults: {account: main}\n"
    )
    assert list(config.syncs) == ["spring", "acme/spring"]


def test_absolute_patterns_work(load: Load, including: str, tmp_path: Path) -> None:
    pattern = (tmp_path / "clients" / "*.yaml").as_posix()
    assert "acme/spring" in load(including.replace("clients/*.yaml", f'"{pattern}"')).syncs


def test_a_pattern_that_matches_nothing_is_an_error(problems: FindProblems, minimal: str) -> None:
    (line,) = problems(minimal + "include:\n  - clients/*.yaml\n")
    assert line.startswith("upscale-connect.yaml:21: `include` names a pattern that no file matches")


def test_two_syncs_of_one_name_name_both_places(problems: FindProblems, including: str) -> None:
    Path("clients", "twin.yaml").write_text(CLIENT.replace(CLIENT.splitlines()[2], "account: main"), encoding="utf-8")
    (line,) = problems(including)
    twin, acme = Path("clients", "twin.yaml"), Path("clients", "acme.yaml")
    assert line == f"{twin}:5: the sync 'acme/spring' stands here and at {acme}:5 (rename one of them)"


def test_two_accounts_of_one_name_name_both_places(problems: FindProblems, including: str) -> None:
    text = including.replace("  main:\n", "  acme:\n").replace("account: main", "account: acme")
    (line,) = problems(text)
    assert line.startswith(
        f"{Path('clients', 'acme.yaml')}:3: the account 'acme' stands here and at upscale-connect.yaml:3"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("client: acme", "clients: acme", "1: unknown key `clients` (did you mean 'client'?)"),
        ("client: acme", "client: a/b", "1: `client` cannot be used as a name"),
        ("client: acme", "client:", "1: `client` is missing"),
        ("env_file: acme.env", "env_file: other.env", "2: `env_file` names a file that does not exist"),
        ("account: {api_key", "accuont: {api_key", "3: unknown key `accuont` (did you mean 'account'?)"),
        ("batch_size: 5", "batch_size: 0", "3: `batch_size` must be at least 1"),
        ("syncs:", "syncs: [", "4:8: a `[` that is opened here and never closed"),
        ("KEY", "OTHER_KEY", "3: the environment variable OTHER_KEY is not set"),
    ],
)
def test_problems_of_an_included_file_have_its_name(
    problems: FindProblems, including: str, old: str, new: str, expected: str
) -> None:
    change_client(old, new)
    found = problems(including)
    assert any(line.startswith(f"{Path('clients', 'acme.yaml')}:{expected}") for line in found), found


def test_the_hint_for_an_unset_variable_names_the_file_that_is_read(problems: FindProblems, including: str) -> None:
    change_client("KEY", "OTHER_KEY")
    assert problems(including)[0].endswith(f"or write OTHER_KEY=… into {Path('clients', 'acme.env')})")


def test_a_former_name_is_written_in_full(problems: FindProblems, load: Load, including: str) -> None:
    change_client("customer: acme", "customer: acme\n    formerly: acme/winter")
    assert load(including).syncs["acme/spring"].formerly == "acme/winter"
    change_client("acme/winter", "spring")
    (line,) = problems(including)
    assert line.startswith(f"{Path('clients', 'acme.yaml')}:7: `formerly` names one that still exists")
