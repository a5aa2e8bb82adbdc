"""How a suite is run, by pytest and without it, and what it says."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

import upscale_connect.testing
from tests.testing.remote import PortalSource, PortalSuite
from tests.testing.twins.sources import Strips
from upscale_connect import BadRecord, Record, UsageError, testing
from upscale_connect.testing import (
    CheckError,
    CheckResult,
    MemorySink,
    MemorySource,
    NotApplicable,
    Sandbox,
    run_checks,
)
from upscale_connect.testing.checks import Check, must

KIT = Path(upscale_connect.testing.__file__).parent


def run(suite: type[Any], *numbers: str) -> dict[str, CheckResult]:
    return {one.check.number: one for one in run_checks(suite, lambda check: check.number in numbers)}


class StrippingSuite(PortalSuite):
    connector = Strips


def test_a_check_that_fails_tells_what_to_do() -> None:
    found = run(StrippingSuite, "S23")["S23"]
    assert found.state == "failed"
    assert found.check == Check("S23", "MUST", "text survives as it is")
    title, expected, seen, advice = found.message.splitlines()
    assert title == "S23 (MUST): text survives as it is"
    assert expected == "  expected: ' leading and trailing ', or a BadRecord"
    assert seen == "  seen:     'leading and trailing'"
    assert advice.startswith("  do:       change no text")


def test_a_check_may_be_bypassed_with_a_reason() -> None:
    class Bypassing(StrippingSuite):
        bypass: ClassVar = {"S23": "the portal strips notes itself"}

    found = run(Bypassing, "S23")["S23"]
    assert (found.state, found.message) == ("bypassed", "S23 is bypassed: the portal strips notes itself")


@pytest.mark.parametrize(
    ("bypass", "seen"), [({"S99": "no idea"}, "S99"), ({"S23": " "}, "an empty reason"), ({"K01": "x"}, "K01")]
)
def test_a_bypass_without_a_reason_or_for_no_check_is_an_error(bypass: Mapping[str, str], seen: str) -> None:
    suite = type("Wrong", (PortalSuite,), {"bypass": bypass})
    with pytest.raises(CheckError, match=seen):
        list(run_checks(suite))


def test_what_is_not_defined_leaves_its_check_out() -> None:
    class Plain(PortalSuite):
        def spoil(self) -> None:
            raise NotApplicable("every contact can be read")

    found = run(Plain, "S19")["S19"]
    assert (found.state, found.message) == ("not applicable", "every contact can be read")


def test_a_column_that_the_mapping_reads_must_be_there() -> None:
    class LeavesOut(PortalSource):
        def make_record(self, item: Any) -> Record | BadRecord:
            return Record(item["id"], {name: one for name, one in item.items() if name != "company"}, "contact 1")

    suite = type("LeavesOutSuite", (PortalSuite,), {"connector": LeavesOut})
    assert "contact 1 has no company" in run(suite, "S08")["S08"].message


def test_an_exception_of_the_plugin_is_told_with_its_place() -> None:
    class Raising(PortalSuite):
        @must("S99", "nothing is raised")
        def test_s99_nothing_is_raised(self) -> None:
            raise KeyError("contact")

    message = run(Raising, "S99")["S99"].message
    assert message.startswith(
        "S99 (MUST): nothing is raised\n  expected: no exception\n  seen:     KeyError: 'contact'"
    )
    assert "test_runner.py:" in message


def test_an_error_of_ours_is_told_with_its_hint() -> None:
    class Raising(PortalSuite):
        @must("S99", "nothing is raised")
        def test_s99_nothing_is_raised(self) -> None:
            raise UsageError("it cannot be meant so", hint="mean it otherwise")

    assert run(Raising, "S99")["S99"].message.splitlines()[1:] == [
        "  expected: no error, as nothing is wrong",
        "  seen:     UsageError: it cannot be meant so",
        "  do:       mean it otherwise",
    ]


PAGE = """
from tests.testing.test_runner import PortalSuite, StrippingSuite

class TestStripping(StrippingSuite):
    bypass = {"S24": "for no reason but this test"}
"""


def test_pytest_collects_a_suite_and_shows_messages_and_reasons(tmp_path: Path) -> None:
    (tmp_path / "test_portal.py").write_text(PAGE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-k", "s23 or s24 or s22"]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert "1 failed, 1 passed, 1 skipped" in done.stdout
    assert "S23 (MUST): text survives as it is" in done.stdout
    assert "S24 is bypassed: for no reason but this test" in done.stdout
    assert "_mark" not in done.stdout  # the author sees the message, not our code


def test_only_the_fixtures_need_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    monkeypatch.delitem(sys.modules, "upscale_connect.testing.fixtures", raising=False)
    with pytest.raises(UsageError, match=r"needs pytest: pip install 'upscale-connect\[testing\]'"):
        _ = testing.sandbox
    assert run(PortalSuite, "S01")["S01"].state == "passed"


def test_no_module_of_the_kit_but_the_fixtures_imports_pytest() -> None:
    imports = {
        path.name
        for path in KIT.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name == "pytest" for name in node.names)
    }
    assert imports == {"fixtures.py"}


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'SourceSuite'"):
        _ = testing.SourceSuite


def test_the_fixture_is_a_sandbox(sandbox: Sandbox) -> None:
    assert sandbox.base_url.startswith("http://127.0.0.1:")


def test_the_memory_connectors_pass_what_there_is_to_check() -> None:
    from tests.testing.memory import MemorySinkSuite, MemorySourceSuite

    assert issubclass(MemorySourceSuite.connector, MemorySource)
    assert issubclass(MemorySinkSuite.connector, MemorySink)
    for suite in (MemorySourceSuite, MemorySinkSuite):
        assert [one.message for one in run_checks(suite) if one.state == "failed"] == []
