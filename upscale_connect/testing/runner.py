"""Runs a suite without pytest: for the command line, and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from unittest import SkipTest

from .checks import Bypassed, Check, CheckError, find_checks
from .conformance import Conformance

#: Raised with each change of what is checked.
SUITE_VERSION = 2

State: TypeAlias = Literal["passed", "failed", "bypassed", "not applicable"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of a check. `message`: why it failed, or why it was left out."""

    check: Check
    state: State
    message: str = ""


def run_checks(
    suite: type[Conformance[Any]], wanted: Callable[[Check], bool] = lambda _: True
) -> Iterator[CheckResult]:
    """Run every check of a suite that is wanted, each on an object of its own."""
    suite.setup_class()
    try:
        for name, check in find_checks(suite).items():
            if wanted(check):
                yield _run(suite, name, check)
    finally:
        suite.teardown_class()


def _run(suite: type[Conformance[Any]], name: str, check: Check) -> CheckResult:
    one = suite()
    one.setup_method()
    try:
        getattr(one, name)()
    except CheckError as error:
        return CheckResult(check, "failed", str(error))
    except SkipTest as skipped:
        state: State = "bypassed" if isinstance(skipped, Bypassed) else "not applicable"
        return CheckResult(check, state, str(skipped))
    finally:
        one.teardown_method()
    return CheckResult(check, "passed")
