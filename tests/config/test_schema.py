"""The JSON Schema accepts every file that loads, knows every key, and marks what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from upscale_connect import PluginConfig, config
from upscale_connect.cli import run
from upscale_connect.config.assembly import DEFAULTS_KEYS, INCLUDE_KEYS, MAIN_KEYS
from upscale_connect.config.schema import describe_file, describe_included_file
from upscale_connect.registry import Registry

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
EVERYTHING = re.sub(r"^( *)#(?=[^ \n#])", r"\1", EXAMPLE, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.discover()


@pytest.fixture(scope="module")
def main_file(registry: Registry) -> Draft202012Validator:
    return Draft202012Validator(describe_file(registry.config_models("source"), registry.config_models("sink")))


@pytest.fixture(scope="module")
def client_file(registry: Registry) -> Draft202012Validator:
    models = registry.config_models("source"), registry.config_models("sink")
    return Draft202012Validator(describe_included_file(*models))


class EditorLoader(yaml.SafeLoader):
    """Reads as editors do: by YAML 1.2, in which `on` and `no` are texts."""


EditorLoader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def problems(validator: Draft202012Validator, text: str) -> list[str]:
    return [error.message for error in validator.iter_errors(yaml.load(text, Loader=EditorLoader))]


def test_both_are_schemas(main_file: Draft202012Validator, client_file: Draft202012Validator) -> None:
    for validator in (main_file, client_file):
        Draft202012Validator.check_schema(validator.schema)


@pytest.mark.parametrize("text", [EXAMPLE, EVERYTHING], ids=["as it stands", "everything switched on"])
def test_the_example_is_accepted(main_file: Draft202012Validator, text: str) -> None:
    assert problems(main_file, text) == []


START = "version: 1\naccounts: {main: {api_key: a}}\nsyncs:\n  spring:\n    source: {plugin: csv, path: leads.csv}\n"


@pytest.mark.parametrize(
    "more",
    [
        "    customer: 0012\n    map: {first_name: 7, last_name: {first_of: [A, B]}}",
        "    map: {lead_company: {constant: no}, first_name: {template: '{A} B'}}",
        "    messages: [a, {b: }, {c: {when: {column: X, empty: true}}}, {type: d, when: {column: X, in: [a, 1]}}]",
        "    limits: {hold_above: '${CAP}', messages_per_run: '7', max_in_doubt: }",
        "    request: {tone_preference: '${TONE}', extra: {a: {b: [1]}}}",
        "    sinks: {back: source, other: {plugin: somebody-elses, key: [1, 2]}}",
        "    sinks: {}\nledger: {path: x.db, force: yes}\ninclude: [clients/*.yaml]",
        "ledger: x.db\nnotify: {command: [a, b], on: [stale_26h]}",
        "defaults: {account: main, limits: {hold_above: 5}, messages: [a], request: {tone_preference: formal}}",
    ],
)
def test_what_loads_is_accepted(main_file: Draft202012Validator, more: str) -> None:
    assert problems(main_file, f"{START}{more}\n") == []


@pytest.mark.parametrize(
    "more",
    [
        "    customr: x",
        "    map: {frist_name: A}",
        "    map: {first_name: {first: [A]}}",
        "    messages: {a: b}",
        "    messages: [{a: {wen: x}}]",
        "    limits: {hold_above: many}",
        "    limits: {hold_above: -1}",
        "    request: {tone_preference: friendly}",
        "    sinks: {back: sauce}",
        "    sinks: {a: {plugin: csv, path: b.csv, colums: {}}}",
        "ledgr: x.db",
        "notify: {command: ./a.sh}",
        "defaults: {sinks: {}}",
    ],
)
def test_what_does_not_load_is_marked(main_file: Draft202012Validator, more: str) -> None:
    assert problems(main_file, f"{START}{more}\n")


def test_a_clients_file(client_file: Draft202012Validator) -> None:
    good = "client: acme\nenv_file: .env\naccount: {api_key: '${KEY}'}\nsyncs: {spring: {campaign: 5}}\n"
    assert problems(client_file, good) == []
    assert problems(client_file, good + "version: 1\n")
    assert problems(client_file, "account: main\n")


def keys_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from keys_in(item)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from keys_in(value)


def test_every_key_is_in_it(
    main_file: Draft202012Validator, client_file: Draft202012Validator, registry: Registry
) -> None:
    models: list[type[BaseModel]] = [config.Account, config.Poll, config.Limits, config.Request, config.Notify]
    models += [*registry.config_models("source").values(), *registry.config_models("sink").values()]
    wanted = {name for model in models for name in model.model_fields} - {"name", "folder"}
    assert wanted | {*MAIN_KEYS, *DEFAULTS_KEYS} <= set(keys_in(main_file.schema))
    assert set(INCLUDE_KEYS) <= set(keys_in(client_file.schema))


def test_options_that_have_no_schema_may_be_anything() -> None:
    class Odd(PluginConfig):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        thing: Registry

    validator = Draft202012Validator(describe_file({"odd": Odd}, {}))
    assert problems(validator, START.replace("csv, path: leads.csv", "odd, anything: [1]")) == []


@pytest.mark.parametrize(("option", "key"), [([], "accounts"), (["--included"], "client")])
def test_the_command_prints_it(option: list[str], key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema", *option]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert key in printed["properties"]
