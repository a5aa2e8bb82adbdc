from __future__ import annotations

from collections.abc import Callable

import pytest

FindProblems = Callable[..., list[str]]

#: Text of `minimal` → what replaces it → the one problem, without the file's name.
MISTAKES = [
    ("version: 1", "version: 2", "1: this program reads `version: 1` only (a newer file needs a newer program)"),
    ("version: 1\n", "", "1: `version` is missing (begin the file with `version: 1`)"),
    ("accounts:", "acounts:", "2: unknown key `acounts` (did you mean 'accounts'?)"),
    ("syncs:", "sync:", "5: unknown key `sync` (did you mean 'syncs'?)"),
    ("api_key:", "apikey:", "4: unknown key `apikey` (did you mean 'api_key'?)"),
    ("    api_key: ${KEY:-sandbox-valid}", "    api_key:", "4: `api_key` has no value"),
    ("${KEY:-sandbox-valid}", "[a, b]", "4: `api_key` must be text"),
    ("${KEY:-sandbox-valid}", "'a b'", "4: `api_key` has characters that no API key has"),
    ("syncs:", "    batch_size: 0\nsyncs:", "5: `batch_size` must be at least 1"),
    ("syncs:", "    batch_size: 9999\nsyncs:", "5: `batch_size` must be at most 1000"),
    ("syncs:", "    batch_size: many\nsyncs:", "5: `batch_size` must be a whole number"),
    ("syncs:", "    poll: {factor: nan}\nsyncs:", "5: `factor` must be at most 10"),
    ("syncs:", "    poll: {first_seconds: soon}\nsyncs:", "5: `first_seconds` must be a number"),
    ("syncs:", "    poll: 20\nsyncs:", "5: `poll` must be keys and values"),
    ("syncs:", "    name: other\nsyncs:", "5: unknown key `name`"),
    ("syncs:", "    dialect: steps\nsyncs:", "5: `dialect` must be one of: 'flat'"),
    ("syncs:", "    base_url: http://api.example\nsyncs:", "5: `base_url` must start with https://"),
    ("syncs:", "    base_url: 'https://[x'\nsyncs:", "5: `base_url` must be a URL"),
    ("syncs:", "    base_url: 'https://x:y'\nsyncs:", "5: `base_url` must be a URL"),
    ("syncs:", "    base_url: https://u:p@x.example\nsyncs:", "5: `base_url` must not hold a user name"),
    ("syncs:", "    extra_message_types: breakup\nsyncs:", "5: `extra_message_types` must be a list"),
    ("  main:", "  'my account':", "3: a name under `accounts` that cannot be used (a name has 1 to 49 letters"),
    ("  main:\n    api_key: ${KEY:-sandbox-valid}\n", "  x\n", "2: `accounts` must be names with keys below them"),
    ("    api_key: ${KEY:-sandbox-valid}", "    api_key", "3: keys and values must stand here"),
    ("accounts:", "ledger: {path: x, force: maybe}\naccounts:", "2: `force` must be yes or no"),
    ("accounts:", "ledger: ''\naccounts:", "2: `path` must name a file"),
    ("accounts:", "notify: ./tell.sh\naccounts:", "2: keys and values must stand here"),
    ("accounts:", "notify: {command: ./tell.sh}\naccounts:", "2: `command` must be a list"),
    (
        "accounts:",
        "notify: {command: [x], on: [always]}\naccounts:",
        "2: item 1 of `on` must be one of: 'needs",
    ),
    ("accounts:", "defaults: {source: x}\naccounts:", "2: unknown key `source`"),
    ("accounts:", "defaults: [limits]\naccounts:", "2: `defaults` must be keys and values"),
    ("accounts:", "include: clients/*.yaml\naccounts:", "2: `include` must be a list"),
    ("  spring:", "  spring/1:", "6: a name under `syncs` that cannot be used"),
    ("    customer: customer_12345\n", "", "6: `customer` is missing (write `customer: …`, or name its column"),
    ("campaign:", "campain:", "8: unknown key `campain` (did you mean 'campaign'?)"),
    (
        "    map:",
        "    map:\n      automation_tool_campaign_id: C",
        "11: `campaign` is given here and at upscale-c",
    ),
    ("{plugin: csv, path: leads.csv}", "csv", "9: a plugin must stand here, such as {plugin: csv"),
    ("{plugin: csv, path: leads.csv}", "{path: leads.csv}", "9: `plugin` is missing"),
    ("    source: {plugin: csv, path: leads.csv}\n", "", "6: `source` is missing"),
    ("first_name:", "firstname:", "11: unknown key `firstname` under `map` (did you mean 'first_name'?)"),
    ("      lead_linkedin: LinkedIn\n", "", "10: `map` lacks `lead_linkedin`"),
    ("First name", "{column: First name}", "11: `first_name` must be a column, {constant"),
    ("https://www.acmecorp.com", "acmecorp", "17: `proposition_company_url` must be a valid HTTP or HTTPS URL"),
    ("proposition_company_name:", "proposition_name:", "16: unknown key `proposition_name` (did you mean"),
    (
        "    messages:\n",
        "    messages:\n      - conection_request\n",
        "19: unknown message type `conection_request`",
    ),
    ("    messages:\n", "    messages:\n      - poem\n", "19: unknown message type (there are: connection_request,"),
    (
        "    messages:\n",
        "    messages:\n      - breakup\n",
        "19: `breakup` is announced, but not yet offered",
    ),
    (
        "    messages:\n",
        "    messages:\n      - connection_request\n",
        "20: the message type `connection_request` is",
    ),
    ("    messages:\n      - connection_request", "    messages: []", "18: `messages` must not be empty"),
    ("    messages:\n      - connection_request", "    messages: all", "18: `messages` must be a list"),
    ("connection_request", "connection_request: {wenn: x}", "19: unknown key `wenn` (did you mean 'when'?)"),
    ("connection_request", "connection_request: {when: {column: A}}", "19: `when` must have exactly one of equals"),
    ("    map:", "    account: mian\n    map:", "10: there is no such account 'mian' (did you mean 'main'?)"),
    ("    map:", "    account: {api_key: x}\n    map:", "10: `account` must be the name of an account"),
    ("    map:", "    account: other\n    map:", "10: there is no such account (there are: main)"),
    ("    map:", "    formerly: a b\n    map:", "10: `formerly` may hold letters, digits"),
    ("    map:", "    limits: {hold_above: -1}\n    map:", "10: `hold_above` must be at least 0"),
    ("    map:", "    sinks: {}\n    map:", "10: `sinks` is empty"),
    ("    map:", "    sinks: {a: source, b: source}\n    map:", "10: a second sink that is `source`"),
    ("    map:", "    sinks: {back: csv}\n    map:", "10: a plugin must stand here"),
    ("    map:", "    sinks: {my sink: source}\n    map:", "10: `my sink` may hold letters, digits"),
    ("    map:", "    sinks: [source]\n    map:", "10: `sinks` must be keys and values"),
    ("    map:", "    formerly: spring\n    map:", "10: `formerly` names one that still exists"),
]


@pytest.mark.promise(row="J1")
@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES)
def test_one_mistake_is_one_line_with_its_place_and_what_to_do(
    problems: FindProblems, minimal: str, old: str, new: str, expected: str
) -> None:
    assert old in minimal
    (line,) = problems(minimal.replace(old, new, 1))
    assert line.startswith(f"upscale-connect.yaml:{expected}")


@pytest.mark.promise(row="J1")
def test_all_problems_come_at_once_in_the_order_of_lines(problems: FindProblems, minimal: str) -> None:
    text = (
        minimal.replace("version: 1\n", "")
        .replace("${KEY:-sandbox-valid}", "${KEY}")
        .replace("syncs:", "    in_flight: 0\nsyncs:")
        .replace("customer:", "custommer:")
        .replace("first_name:", "frist_name:")
        .replace("connection_request", "first_folow_up")
    )
    lines = [int(line.split(":")[1]) for line in problems(text)]
    assert lines == [1, 3, 4, 7, 11, 19]


def test_nothing_at_all_says_what_is_needed(problems: FindProblems) -> None:
    found = problems("version: 1\n")
    assert [line.split(" (")[0] for line in found] == [
        "upscale-connect.yaml: there is no account",
        "upscale-connect.yaml: there is no sync",
    ]


def test_a_problem_of_the_defaults_is_told_once(problems: FindProblems, minimal: str) -> None:
    second = minimal[minimal.index("  spring:") :].replace("spring", "autumn")
    (line,) = problems(minimal + second + "defaults: {limits: {hold_above: x}}\n")
    assert line == "upscale-connect.yaml:34: `hold_above` must be a whole number"


def test_an_account_must_be_chosen_where_there_are_several(problems: FindProblems, minimal: str) -> None:
    (line,) = problems(minimal.replace("syncs:", "  other: {api_key: x}\nsyncs:"))
    assert line == "upscale-connect.yaml:7: `account` is missing: there are several (there are: main, other)"


def test_a_former_name_has_one_successor(problems: FindProblems, minimal: str) -> None:
    second = minimal[minimal.index("  spring:") :].replace("spring", "autumn")
    (line,) = problems(minimal + "    formerly: winter\n" + second + "    formerly: winter\n")
    assert line.startswith("upscale-connect.yaml:35: the same `formerly` stands here and at upscale-connect.yaml:20")


def test_a_former_name_of_a_sink_has_one_successor(problems: FindProblems, minimal: str) -> None:
    sinks = "    sinks:\n      a: {plugin: csv, formerly: b}\n      b: {plugin: csv}\n"
    (line,) = problems(minimal + sinks)
    assert line.startswith("upscale-connect.yaml:21: `formerly` names one that still exists")


def test_what_an_anchor_spoils_is_not_told_twice(problems: FindProblems, minimal: str) -> None:
    (line,) = problems(minimal.replace("    request:", "    request: &r"))
    assert line.startswith("upscale-connect.yaml:15: anchors")
    (line,) = problems(minimal.replace("{plugin: csv, path: leads.csv}", "*source"))
    assert line.startswith("upscale-connect.yaml:9: anchors")
