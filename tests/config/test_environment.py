from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from upscale_connect.config import Config

Load = Callable[..., Config]
FindProblems = Callable[..., list[str]]


def with_customer(minimal: str, value: str) -> str:
    return minimal.replace("customer: customer_12345", f"customer: {value}")


@pytest.mark.promise(row="J3")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${NAME}", "acme"),
        ("x-${NAME}-${NAME}", "x-acme-acme"),
        ("${UNSET:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NAME:-other}", "acme"),
        ('"${UNSET:-a b: c}"', "a b: c"),
        ("$${NAME}", "${NAME}"),
        ("$NAME", "$NAME"),
        ("a$b", "a$b"),
        ("${NESTED}", "${NAME}"),
    ],
)
def test_a_variable_is_replaced_once(load: Load, minimal: str, value: str, expected: str) -> None:
    config = load(with_customer(minimal, value), NAME="acme", EMPTY="", NESTED="${NAME}")
    assert config.syncs["spring"].customer == expected


@pytest.mark.promise(row="J3")
def test_an_unset_variable_is_named_with_its_line_and_where_to_write_it(problems: FindProblems, minimal: str) -> None:
    found = problems(minimal.replace("${KEY:-sandbox-valid}", "${KEY}"), OTHER="neighbour")
    assert found == [
        "upscale-connect.yaml:4: the environment variable KEY is not set (set it, or write KEY=… into .env)"
    ]


def test_every_unset_variable_is_named(problems: FindProblems, minimal: str) -> None:
    text = with_customer(minimal, "${ONE}${TWO}").replace("campaign_67890", "${THREE}")
    assert [line.split(" ")[4] for line in problems(text)] == ["ONE", "TWO", "THREE"]


@pytest.mark.parametrize("value", ["${}", "${1A}", "${sk-live}", "${NAME", "${NA ME}", "x${"])
def test_a_malformed_variable_is_an_error_that_does_not_repeat_it(
    problems: FindProblems, minimal: str, value: str
) -> None:
    (line,) = problems(with_customer(minimal, value), NAME="acme")
    assert line.startswith("upscale-connect.yaml:7: `${` without a variable's name")
    assert "sk-live" not in line


@pytest.mark.promise(row="J3")
@pytest.mark.promise(row="K2")
def test_the_env_file_beside_the_configuration_is_read(load: Load, minimal: str) -> None:
    Path(".env").write_text('# mine\nexport NAME="acme"\nRAW=${NAME}\nEMPTY\n', encoding="utf-8-sig")
    config = load(with_customer(minimal, "${NAME} ${RAW}"))
    assert config.syncs["spring"].customer == "acme ${NAME}"


@pytest.mark.promise(row="K2")
def test_the_environment_wins_over_the_env_file_even_with_an_empty_value(load: Load, minimal: str) -> None:
    Path(".env").write_text("NAME=file\nEMPTY=file\n", encoding="utf-8")
    config = load(with_customer(minimal, "${NAME}-${EMPTY}-"), NAME="shell", EMPTY="")
    assert config.syncs["spring"].customer == "shell--"


@pytest.mark.promise(row="J3")
def test_no_env_file_of_a_folder_above_is_read(
    problems: FindProblems, minimal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("NAME=above\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert "NAME is not set" in problems(with_customer(minimal, "${NAME}"))[0]


def test_the_environment_of_the_process_is_the_default(minimal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from upscale_connect.config import load_config

    monkeypatch.setenv("SOME_CUSTOMER", "acme")
    Path("x.yaml").write_text(with_customer(minimal, "${SOME_CUSTOMER}"), encoding="utf-8")
    assert load_config("x.yaml").syncs["spring"].customer == "acme"


def test_an_env_file_that_is_not_utf8_is_named(problems: FindProblems, minimal: str) -> None:
    Path(".env").write_bytes(b"NAME=\xff\n")
    assert ".env: the file is not UTF-8 (save it as UTF-8 in your editor)" in problems(minimal)


def test_a_virtual_environment_called_env_is_no_file_of_variables(load: Load, minimal: str) -> None:
    Path(".env").mkdir()
    assert load(minimal).syncs
