"""A check: its number, its level, and what it says when it fails. Needs no pytest."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from unittest import SkipTest

from ..errors import UpscaleConnectError

if TYPE_CHECKING:
    from .conformance import Conformance

Level: TypeAlias = Literal["MUST", "SHOULD"]

F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Check:
    """`number` is the one under which the documentation has it."""

    number: str
    level: Level
    title: str


class CheckError(AssertionError):
    """A check failed."""

    def __init__(self, *, expected: str, seen: str, advice: str) -> None:
        self.expected, self.seen, self.advice = expected, seen, advice
        super().__init__(f"\n  expected: {expected}\n  seen:     {seen}\n  do:       {advice}")


class NotApplicable(SkipTest):
    """The check has nothing to look at; its reason says why. pytest shows it as skipped."""


class Bypassed(SkipTest):
    """The author of the plugin left the check out, and said why."""


def must(number: str, title: str) -> Callable[[F], F]:
    """A check that every plugin has to pass."""
    return _mark(Check(number, "MUST", title))


def should(number: str, title: str) -> Callable[[F], F]:
    """A check that a plugin may fail for a reason."""
    return _mark(Check(number, "SHOULD", title))


def _mark(check: Check) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        @functools.wraps(function)
        def run(self: Conformance[Any]) -> None:
            __tracebackhide__ = True  # pytest shows the caller instead
            if check.number in self.bypass:
                raise Bypassed(f"{check.number} is bypassed: {self.bypass[check.number]}")
            try:
                function(self)
            except CheckError as error:
                raise _name(check, error) from error.__cause__
            except SkipTest:
                raise
            except Exception as error:  # a plugin may raise anything
                raise _name(check, _explain(error)) from error

        run.check = check  # type: ignore[attr-defined]  # a function may carry what it is
        return run  # type: ignore[return-value]  # `wraps` keeps the signature

    return decorate


def find_checks(suite: type[object]) -> dict[str, Check]:
    """Name of the method → check, in the order of their numbers."""
    marked = {name: getattr(getattr(suite, name, None), "check", None) for name in dir(suite)}
    found = {name: check for name, check in marked.items() if isinstance(check, Check)}
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def _name(check: Check, error: CheckError) -> CheckError:
    named = CheckError(expected=error.expected, seen=error.seen, advice=error.advice)
    named.args = (f"{check.number} ({check.level}): {check.title}{error.args[0]}",)
    return named


def _explain(error: Exception) -> CheckError:
    if isinstance(error, UpscaleConnectError):
        return CheckError(
            expected="no error, as nothing is wrong",
            seen=f"{type(error).__name__}: {error.message}",
            advice=error.hint or "is all there that the test arranges?",
        )
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return CheckError(
        expected="no exception",
        seen=f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})",
        advice="raise SourceError or SinkError, with a message and a hint, for what a user can correct",
    )
