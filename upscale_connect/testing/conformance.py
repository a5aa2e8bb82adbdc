"""What all suites share: the plugin under test, and the surroundings of each check."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from ..contracts import Connector, Finding
from ..http.origins import origin_of
from .bench import Bench, compare
from .calls import Handler
from .canaries import SECRET
from .checks import CheckError, NotApplicable, find_checks
from .clocks import FakeClock, FakeStop
from .invented import MAPPING, TYPES
from .wire import Fault, Sent, once

#: For a fault that does not end.
ALWAYS = 1_000_000

K = TypeVar("K", bound=Connector[Any])
T = TypeVar("T")


class Conformance(Generic[K]):
    """Derive from one of the suites, not from this.

    `connector`: the class under test. `plugin`: the module with its hooks; None: the installed plugin that offers it.
    `bypass`: number of a check → why it is left out. `safe_calls`: those that only read or log in although their
    method does not say so, such as `"POST /contacts/search"`. `earlier_options`: options that older versions of the
    plugin took.

    In the methods that an author writes: `folder` is a new folder, where relative paths of the options start;
    `secret` is the token to give in the options; `clock` and `stop` are those of the connector's context.
    """

    connector: ClassVar[type[Connector[Any]]]
    plugin: ClassVar[object | None] = None
    bypass: ClassVar[Mapping[str, str]] = {}
    safe_calls: ClassVar[Collection[str]] = ()
    earlier_options: ClassVar[Sequence[Mapping[str, object]]] = ()

    secret: ClassVar[str] = SECRET
    bench: Bench
    _room: ClassVar[tempfile.TemporaryDirectory[str] | None] = None
    _depth = 0

    # Called by pytest, or by `run_checks`.

    @classmethod
    def setup_class(cls) -> None:
        """Make room for the folders of the checks, and look at `bypass`."""
        unknown = cls.bypass.keys() - {check.number for check in find_checks(cls).values()}
        if unknown or not all(reason.strip() for reason in cls.bypass.values()):
            raise CheckError(
                expected="`bypass` with numbers of checks, and a reason for each",
                seen=f"{', '.join(sorted(unknown)) or 'an empty reason'}",
                advice="correct `bypass`; the documentation lists the numbers",
            )
        cls._room = tempfile.TemporaryDirectory(prefix="upscale-connect-checks-")

    @classmethod
    def teardown_class(cls) -> None:
        if cls._room is not None:
            cls._room.cleanup()
            cls._room = None

    def setup_method(self) -> None:
        """Make new surroundings."""
        self.bench = self._make_bench()

    def teardown_method(self) -> None:
        """Close everything."""
        self.bench.close()

    def _make_bench(self) -> Bench:
        assert self._room is not None, "setup_class() comes first"
        folder = Path(self._room.name) / str(self._depth)
        folder.mkdir(exist_ok=True)
        self._depth += 1
        return Bench(folder, self.safe_calls)

    # For the author.

    @property
    def folder(self) -> Path:
        return self.bench.folder

    @property
    def clock(self) -> FakeClock:
        return self.bench.clock

    @property
    def stop(self) -> FakeStop:
        return self.bench.stop

    def serve(self, address: str, by: Handler | str) -> None:
        """Let calls to `address` (`https://api.example.com`) be answered by a function, or by a server on this machine.

        The connector needs no option for it: the function gets what is meant for that host.
        """
        self.bench.wire.routes[origin_of(address)] = by

    def enter(self, manager: AbstractContextManager[T]) -> T:
        """Enter `manager`, such as a `FaultServer`; it is left when the check is over."""
        return self.bench.stack.enter_context(manager)

    # For the suites.

    def find_options(self) -> Mapping[str, Any]:
        """Options with which the connector has something to do. A suite defines it."""
        raise NotImplementedError

    def steps(self, connector: K) -> Iterator[Callable[[], object]]:
        """Everything that a run does with a connector, one by one. A suite defines it."""
        raise NotImplementedError

    def exercise(self, connector: K) -> None:
        """Do all of it."""
        for step in self.steps(connector):
            step()

    @contextmanager
    def fresh_bench(self) -> Iterator[None]:
        """Surroundings of their own for a part of a check: another folder, nothing arranged yet."""
        before, self.bench = self.bench, self._make_bench()
        try:
            yield
        finally:
            self.bench.close()
            self.bench = before
            self._depth -= 1

    def open_connector(self, options: Mapping[str, Any] | None = None) -> K:
        """A new connector, closed when the check is over."""
        given = self.find_options() if options is None else options
        config = self.connector.config_model.model_validate(dict(given))
        self.bench.learn(self.connector, given, config)
        context = self.bench.make_context(*self.describe_sync())
        connector: K = cast("Any", self.connector)(config, context)
        self.bench.keep(connector)
        return connector

    def describe_sync(self) -> tuple[Sequence[str], Sequence[str], Mapping[str, Sequence[str]]]:
        """Columns that the mapping reads, message types, and the mapping."""
        return [column for columns in MAPPING.values() for column in columns], TYPES, MAPPING

    def require_calls(self) -> None:
        """Leave a check out that is about HTTP, for a connector that makes no call."""
        with self.fresh_bench():
            self.exercise(self.open_connector())
            calls = len(self.bench.wire.calls)
        if not calls:
            raise NotApplicable("it makes no call through context.http")

    def require_no_error(self, connector: K) -> None:
        """Its check() finds nothing wrong where nothing is."""
        findings = self.bench.check(connector)
        wrong = [one for one in findings if not isinstance(one, Finding) or one.level == "error"]
        if wrong:
            raise fail(
                "findings of level ok or warning",
                repr(wrong[0]),
                "yield Finding(level, message, hint); see the message",
            )

    def require_quiet_start(self, open_one: Callable[[Mapping[str, Any]], Connector[Any]], work: str) -> None:
        """Its constructor does nothing, and it may be closed at any time. `work`: where it may open and ask."""
        options = self.find_options()
        before = self.bench.snapshot()
        connector = open_one(options)
        changed = compare(before, self.bench.snapshot())
        if self.bench.wire.calls or changed:
            seen = changed or str(self.bench.wire.calls[0])
            raise fail("a constructor that only keeps what it got", seen, f"open and ask in check() and {work}()")
        connector.close()
        connector.close()

    def inject(self, fault: Fault, *, writes: bool = False, times: int = 1, skip: int = 0) -> None:
        """Let the next calls fail; with `writes`, only those that change something, after `skip` that do not fail."""
        seen = 0

        def is_meant(sent: Sent) -> bool:
            nonlocal seen
            if writes and not self.bench.wire.is_write(sent):
                return False
            seen += 1
            return seen > skip

        self.bench.wire.choose_fault = once(fault, is_meant, times)

    def heal(self) -> None:
        """Let all calls go through again."""
        self.inject("down", times=0)


def fail(expected: str, seen: str, advice: str) -> CheckError:
    """Shorter to write; raise what it returns."""
    return CheckError(expected=expected, seen=seen, advice=advice)
