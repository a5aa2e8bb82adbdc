"""The names that other people's programs and plugins import, and the pages that describe them."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import upscale_connect
from upscale_connect import hookspecs, testing

ROOT = Path(__file__).parent.parent
CONTRACT = (ROOT / "docs/plugins/contract.md").read_text(encoding="utf-8")
HOOKS = (ROOT / "docs/plugins/hooks.md").read_text(encoding="utf-8")
TESTING = (ROOT / "docs/plugins/testing.md").read_text(encoding="utf-8")
LIBRARY = (ROOT / "docs/library.md").read_text(encoding="utf-8")
#: Classes of the contract whose members all stand in tables.
CLASSES = {
    "Allowance",
    "BadRecord",
    "Checkpoint",
    "Clock",
    "Context",
    "Delivery",
    "Finding",
    "Found",
    "Lead",
    "Message",
    "Record",
}
CLASSES |= {"RateLimit", "Row", "Shown", "Stop", "Table", "WriteResult"}
#: Described in words: a session of `requests`, and what other pages describe.
UNSIGNED = {"HttpSession", "Sandbox"}
HEAVY = ("click", "flask", "pluggy", "pydantic", "requests", "rich", "yaml")


def sections(page: str) -> dict[str, str]:
    """Heading → text, for the headings that are a name: ### `Record`."""
    parts = re.split(r"^##+ ", page, flags=re.MULTILINE)[1:]
    named = (re.fullmatch(r"`(\w+)`\n(.*)", part, flags=re.DOTALL) for part in parts)
    return {match[1]: match[2] for match in named if match}


def members(section: str) -> set[str]:
    """The names in the first column of a section's tables."""
    cells = re.findall(r"^\| (`.+?) \|", section, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)[^`]*`", cell)}


def public_members(name: str) -> set[str]:
    """What a class of the contract has itself: fields, methods, class variables."""
    kind = getattr(upscale_connect, name)
    if dataclasses.is_dataclass(kind):
        fields = {field.name for field in dataclasses.fields(kind)}
    else:
        fields = set(inspect.get_annotations(kind))
    return fields | {
        key
        for key, value in vars(kind).items()
        if inspect.isfunction(value) or isinstance(value, property | classmethod)
    }


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(upscale_connect, name) is not None for name in upscale_connect.__all__)


def test_the_list_is_sorted_and_has_no_name_twice() -> None:
    names = list(upscale_connect.__all__)
    assert sorted(names) == names
    assert len(set(names)) == len(names)


def test_dir_shows_them() -> None:
    assert set(upscale_connect.__all__) <= set(dir(upscale_connect))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Leads'"):
        _ = upscale_connect.Leads


def test_the_import_alone_loads_nothing_heavy() -> None:
    code = "import sys, upscale_connect; sys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)


def test_every_public_name_is_documented_and_every_documented_name_is_public() -> None:
    hooks = {"lead_sources", "message_sinks"}
    assert {*sections(CONTRACT), *sections(LIBRARY), *sections(HOOKS)} - hooks == set(upscale_connect.__all__)


def test_every_public_name_of_the_test_kit_is_documented_and_the_other_way_round() -> None:
    assert set(sections(TESTING)) == set(testing.__all__)
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    assert sorted(testing.__all__) == testing.__all__


@pytest.mark.parametrize("name", [*sections(CONTRACT), *sections(HOOKS), *sections(TESTING)])
def test_what_has_a_signature_shows_it(name: str) -> None:
    """That it is the right one is held by `docs/pages.py --check`."""
    subject = next(found for home in (upscale_connect, testing, hookspecs) if (found := getattr(home, name, None)))
    section = next(page[name] for page in map(sections, (CONTRACT, HOOKS, TESTING)) if name in page)
    has_signature = inspect.isfunction(subject) or (
        inspect.isclass(subject)
        and subject.__module__.startswith("upscale_connect")
        and not issubclass(subject, Exception)
    )
    assert (f"<!-- signature of {name}" in section) == (has_signature and name not in UNSIGNED)


def test_no_name_is_documented_twice() -> None:
    assert not sections(CONTRACT).keys() & sections(LIBRARY).keys()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_members_of_a_class_are_documented(name: str) -> None:
    found = {member for member in public_members(name) if not member.startswith("_")}
    assert members(sections(CONTRACT)[name]) == found


@pytest.mark.parametrize("name", ["Source", "Sink"])
def test_the_methods_of_a_connector_are_documented(name: str) -> None:
    assert members(sections(CONTRACT)[name]) == public_members(name)


def test_the_members_of_every_connector_are_documented() -> None:
    own = {*public_members("Connector"), "config", "context"} - {"__init__"}
    assert members(sections(CONTRACT)["Connector"]) == own


def test_the_methods_of_the_client_are_documented() -> None:
    found = {name for name in public_members("UpscaleClient") if not name.startswith("_")}
    assert members(sections(LIBRARY)["UpscaleClient"]) == found


def test_the_attributes_of_a_report_are_documented() -> None:
    assert members(sections(LIBRARY)["SyncReport"]) >= public_members("SyncReport") - {
        name for name in public_members("SyncReport") if name.startswith("_")
    }


def test_hooks_are_documented_with_their_exact_signature() -> None:
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.GROUP}_spec")]
    signatures = [f"def {name}{inspect.signature(getattr(hookspecs, name))}" for name in hooks]
    plain = [text.replace("'", "") for text in signatures]
    assert re.findall(r"```py\n(def .+)\n```", HOOKS) == plain


def test_statuses_and_outcomes_are_documented() -> None:
    from typing import get_args

    from upscale_connect.contracts import Outcome, Status

    sections_ = sections(CONTRACT)
    assert all(f"`{status}`" in sections_["Row"] for status in get_args(Status) if status)
    assert all(f"`{outcome}`" in sections_["WriteResult"] for outcome in get_args(Outcome))
