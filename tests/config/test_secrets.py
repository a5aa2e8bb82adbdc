"""No secret in any message: what the libraries would repeat, the configuration does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, PostgresDsn, SecretStr, ValidationError

from upscale_connect.config import Account, Config, load_config, render, show
from upscale_connect.config.problems import explain
from upscale_connect.contracts import PluginConfig
from upscale_connect.errors import ConfigError

CANARY = "sk-live-7f3kQ9zT"

Load = Callable[..., Config]
FindProblems = Callable[..., list[str]]


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert CANARY not in text
        assert "7f3kQ9zT" not in text


class TestPydantic:
    """Each of these is repeated by `errors()`, and by `str()` of a model that does not hide its input."""

    class Options(PluginConfig):
        token: SecretStr = Field(SecretStr("x" * 40), min_length=40)
        dsn: PostgresDsn | None = None
        size: int = 1

    @pytest.mark.parametrize(
        "options",
        [
            {"tokn": CANARY},
            {"token": CANARY},
            {"token": [CANARY]},
            {"dsn": f"postgres://u:{CANARY}@[x/db"},
            {"size": CANARY},
        ],
        ids=["misspelt name", "too short", "a list", "invalid address", "not a number"],
    )
    def test_an_invalid_option(self, options: dict[str, object]) -> None:
        with pytest.raises(ValidationError) as caught:
            self.Options.model_validate(options)
        assert CANARY in str(caught.value.errors()), "the probe has lost its sense"
        told = list(explain(caught.value, self.Options))
        assert told
        assert_clean(str(told), str(caught.value), repr(caught.value))

    def test_another_field_is_wrong(self) -> None:
        with pytest.raises(ValidationError) as caught:
            self.Options.model_validate({"token": CANARY * 5, "size": "x"})
        assert_clean(str(list(explain(caught.value, self.Options))), str(caught.value))

    def test_a_model_of_ours(self) -> None:
        account = Account(name="main", api_key=SecretStr(CANARY))
        assert_clean(repr(account), str(account), str(account.model_dump()), account.model_dump_json())


@pytest.mark.promise(row="K1")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("api_key: ${KEY:-sandbox-valid}", f"api_kye: {CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: [{CANARY}]"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {{{CANARY}: }}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {{{{ {CANARY} }}}}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {CANARY} ä"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key:{CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f'api_key: "{CANARY}'),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {CANARY}: x"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {CANARY}\n\tbatch_size: 3"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: !{CANARY} x"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: &{CANARY} x"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: *{CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: %{CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: ${{{CANARY}}}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: {CANARY}\n    api_key: {CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: x\n    {CANARY}: x"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: x\n    base_url: https://{CANARY}@x.example"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: x\n    base_url: https://[{CANARY}"),
        ("api_key: ${KEY:-sandbox-valid}", f"api_key: x\n    base_url: https://x:{CANARY}"),
        ("version: 1", f"version: {CANARY}"),
        ("connection_request", CANARY),
        ("    map:", f"    account: {CANARY}\n    map:"),
        ("    map:", f"    limits: {{hold_above: {CANARY}}}\n    map:"),
        ("    map:", f"    sinks: {{back: {CANARY}}}\n    map:"),
        ("first_name:", f"{CANARY}:"),
    ],
)
def test_a_key_in_the_wrong_place_is_in_no_message(problems: FindProblems, minimal: str, old: str, new: str) -> None:
    assert_clean(*problems(minimal.replace(old, new, 1)))


def test_an_unset_variable_does_not_tell_its_neighbours(problems: FindProblems, minimal: str) -> None:
    Path(".env").write_text(f"FIRST={CANARY}\n", encoding="utf-8")
    found = problems(minimal.replace("${KEY:-sandbox-valid}", "${FIRST}${SECOND}"), THIRD=CANARY)
    assert_clean(*found)
    assert "SECOND is not set" in found[0]


def test_nothing_foreign_hangs_on_the_error(load: Load, minimal: str) -> None:
    """A traceback prints the errors that led to this one."""
    with pytest.raises(ConfigError) as caught:
        load(minimal.replace("${KEY:-sandbox-valid}", f'"{CANARY}'))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_loaded_configuration_knows_and_hides_its_secrets(load: Load, minimal: str) -> None:
    text = minimal.replace("${KEY:-sandbox-valid}", "${KEY}").replace(
        "    request:", "    request:\n      extra: {material_link: 'https://x.example/${EXTRA}'}"
    ) + (
        "    sinks:\n"
        f"      crm: {{plugin: hubspot, token: {CANARY}-crm, match: {{column: Email, value: '${{MATCH}}'}}}}\n"
        f"notify: {{command: [tell, --key, '${{TELL}}']}}\n"
    )
    suffixes = {"KEY": "key", "EXTRA": "extra", "MATCH": "match", "TELL": "tell"}
    config = load(text, **{name: f"{CANARY}-{suffix}" for name, suffix in suffixes.items()})
    assert config.secrets == {f"{CANARY}-{suffix}" for suffix in (*suffixes.values(), "crm")}
    assert_clean(repr(config), str(config), render(config), str(show(config)))


def test_what_is_shown_anyway_is_no_secret(load: Load, minimal: str) -> None:
    """Redacting a customer's name, or every 25, would make a report useless."""
    text = minimal.replace("customer_12345", "${WHO}").replace("syncs:", "    batch_size: ${SIZE}\nsyncs:")
    config = load(
        text.replace("path: leads.csv", "path: leads.csv, delimiter: '${MARK}'"), WHO="acme", SIZE="25", MARK=";"
    )
    assert config.secrets == {"sandbox-valid"}
    assert show(config)["syncs"]["spring"]["customer"] == "acme"


SCALAR = re.compile(r"(?<=[:\-\[,] )[^\s{}\[\],#][^{}\[\],#\n]*")


@pytest.mark.promise(row="K1")
@given(data=st.data())
def test_no_damage_to_a_file_brings_a_secret_into_a_message(data: st.DataObject) -> None:
    """The canary takes the place of some values, then some characters of the file are changed."""
    text = (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    values = list(SCALAR.finditer(text))
    for match in sorted(data.draw(st.lists(st.sampled_from(values), max_size=3)), key=lambda match: -match.start()):
        text = text[: match.start()] + CANARY + text[match.end() :]
    for _ in range(data.draw(st.integers(0, 3))):
        position = data.draw(st.integers(0, len(text)))
        width = data.draw(st.integers(0, 2))
        text = text[:position] + data.draw(st.sampled_from(":-[]{}'\"#&*!|>%@\t\n ${}")) + text[position + width :]
    assert CANARY not in outcome(text)


def outcome(text: str) -> str:
    Path("x.yaml").write_text(text, encoding="utf-8")
    try:
        load_config("x.yaml", environ={"UPSCALE_API_KEY": CANARY})
    except ConfigError as error:
        return str(error)
    return ""
