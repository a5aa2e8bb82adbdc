"""Each check has a twin: a plugin that is wrong in that way alone, and fails it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.testing.files import FileTableSuite
from tests.testing.portal_sink import PortalSinkSuite
from tests.testing.remote import PortalSuite
from tests.testing.twins import TWINS
from upscale_connect.testing import MemoryPlugin, plugin_checks, run_checks
from upscale_connect.testing.checks import find_checks
from upscale_connect.testing.import_checks import ImportWatch

SUITES = (PortalSuite, PortalSinkSuite, FileTableSuite)
#: What a module does when it is imported, and how that is told.
IMPORTS = {
    "from pathlib import Path; Path('import.log').write_text('imported')": "it wrote import.log",
    "import os; os.mkdir('cache')": "it wrote cache",
    "import logging; logging.basicConfig(level='INFO')": "it set up logging",
    "import os; os.environ['PORTAL'] = str(id(os) + len(os.environ))": "it changed the environment",
    "import threading; threading.Timer(0.2, len, [()]).start()": "it started a thread",
    "import socket\ntry: socket.create_connection(('portal.example', 443), 0.1)\nexcept OSError: pass": (
        "it asked for portal.example"
    ),
}


def find_failures(suite: type[Any]) -> list[str]:
    return [f"{result.check.number}: {result.message}" for result in run_checks(suite) if result.state == "failed"]


@pytest.mark.parametrize(
    ("number", "suite"), [pytest.param(number, suite, id=f"{number}-{name}") for number, name, suite in TWINS]
)
def test_a_twin_fails_its_check_and_no_other(number: str, suite: type[Any]) -> None:
    (failure,) = find_failures(suite)
    assert failure.startswith(f"{number}: {number} (")
    for word in ("expected: ", "seen: ", "do: "):
        assert word in failure


@pytest.mark.parametrize("line", IMPORTS, ids=IMPORTS.values())
def test_an_import_with_an_effect_fails_p04_and_nothing_else(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is only found by its name; loaded for the first time, it is the check that loads it."""
    (tmp_path / "noisy_portal.py").write_text(f"{line}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    connector = type("NoisySource", (PortalSuite.connector,), {"__module__": "noisy_portal"})
    attributes = {"connector": connector, "plugin": MemoryPlugin(connector)}
    (failure,) = find_failures(type("NoisySuite", (PortalSuite,), attributes))
    assert failure.startswith("P04: ")
    assert IMPORTS[line] in failure


def test_every_check_has_a_twin() -> None:
    needed = {check.number for suite in SUITES for check in find_checks(suite).values()}
    assert needed - {number for number, _, _ in TWINS} == {"P04", "P04b"}  # of an import: they are above


def import_in(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> list[str]:
    """What the checks find where one import after the other takes so long."""
    first, *others = (ImportWatch(seconds=one) for one in seconds)
    monkeypatch.setattr(plugin_checks, "import_anew", lambda *_: others.pop(0))
    return find_failures(type("SlowSuite", (PortalSuite,), {"_watch": first}))


def test_a_slow_import_fails_p04b(monkeypatch: pytest.MonkeyPatch) -> None:
    (failure,) = import_in(monkeypatch, 0.34, 0.31, 0.33)
    assert failure.startswith("P04b: P04b (SHOULD): importing it takes less than 0.3 s")
    assert "0.31 s" in failure


def test_an_import_that_was_slow_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert import_in(monkeypatch, 0.34, 0.33, 0.3) == []


def test_no_two_checks_of_a_suite_have_one_number() -> None:
    for suite in SUITES:
        numbers = [check.number for check in find_checks(suite).values()]
        assert sorted(set(numbers)) == numbers
        assert all(name.startswith(f"test_{check.number.lower()}_") for name, check in find_checks(suite).items())


def test_twins_are_looked_at_by_everything_that_can_be() -> None:
    """A check that is left out for a careful plugin could hide that it never fails."""
    passed: set[str] = set()
    for suite in SUITES:
        passed |= {result.check.number for result in run_checks(suite) if result.state == "passed"}
    left_out = {check.number for suite in SUITES for check in find_checks(suite).values()} - passed
    assert left_out == {"P12", "P13", "S25"}
