"""What holds for every connector: how it is offered, its options, its manners."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from importlib import metadata
from typing import Any, ClassVar, TypeVar

import pluggy

from .. import hookspecs
from ..contracts import Connector, Sink, Source
from .bench import FINDING
from .calls import Answer
from .canaries import EMAIL, NOTE, TEXT, find_leak
from .checks import NotApplicable, must, should
from .conformance import ALWAYS, fail
from .import_checks import ImportWatch, import_anew
from .option_checks import OptionChecks

K = TypeVar("K", bound=Connector[Any])

_NAME = re.compile(r"[a-z0-9_-]+")
#: Longest time of processor that an import may take, in seconds.
_IMPORT_SECONDS = 0.3
#: A slow one is tried again so often: the machine may have been busy.
_MORE_IMPORTS = 2


class PluginChecks(OptionChecks[K]):
    """P01 to P18. P02 needs no check: the name of the entry-point group is the version of the contract."""

    _watch: ClassVar[ImportWatch | None] = None

    @must("P01", "a plugin offers the connector under a name that can be written in a configuration")
    def test_p01_it_is_offered(self) -> None:
        name = getattr(self.connector, "name", None)
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise fail(
                "a `name` of a-z, 0-9, `_` and `-`", repr(name), "it is what a configuration says after `plugin:`"
            )
        if self.connector not in _offered_by(self._find_plugin()):
            raise fail(
                f"a hook that returns {self.connector.__name__}",
                f"hooks that return {[kind.__name__ for kind in _offered_by(self._find_plugin())]}",
                "add the class to lead_sources or message_sinks",
            )

    @must("P03", "the hooks are those of the contract")
    def test_p03_its_hooks_are_known(self) -> None:
        manager = pluggy.PluginManager(hookspecs.GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            manager.register(self._find_plugin(), "checked")
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise fail(
                "hooks called lead_sources and message_sinks", str(error), "correct the name or signature"
            ) from None

    @must("P04", "importing it has no effect")
    def test_p04_the_import_has_no_effect(self) -> None:
        watch = self._import()
        if watch.effects:
            raise fail(
                "an import that opens no connection, writes no file, starts no thread and sets up no logging",
                "; ".join(watch.effects),
                "do it in a method, when it is needed",
            )

    @should("P04b", "importing it takes less than 0.3 s")
    def test_p04b_the_import_is_quick(self) -> None:
        seconds = self._import().seconds
        for _ in range(_MORE_IMPORTS):
            if seconds > _IMPORT_SECONDS:
                seconds = min(seconds, import_anew(self.connector.__module__, self.bench.guard).seconds)
        if seconds > _IMPORT_SECONDS:
            raise fail(
                f"less than {_IMPORT_SECONDS} s",
                f"{seconds:.2f} s",
                "import what is heavy inside the function that needs it",
            )

    @must("P09", "it calls only hosts that it declares")
    def test_p09_hosts_are_declared(self) -> None:
        self.exercise(self.open_connector())
        strangers = {sent.host for sent in self.bench.wire.undeclared} | set(self.bench.guard.hosts)
        if strangers:
            raise fail(
                "calls to the hosts in `hosts` and in the options only",
                ", ".join(sorted(strangers)),
                "add them to `hosts` of the class: users decide by that what a plugin may do",
            )

    @must("P14", "HTTP goes through context.http")
    def test_p14_http_goes_through_the_context(self) -> None:
        self.exercise(self.open_connector())
        if self.bench.guard.own_http:
            raise fail(
                "no HTTP but through context.http",
                ", ".join(self.bench.guard.own_http),
                "use self.context.http: it has time-outs, limits and no hidden repetition",
            )

    @must("P15", "a secret is shown nowhere")
    def test_p15_secrets_are_not_shown(self) -> None:
        self._exercise_in_all_weather()
        if not self.bench.secrets:
            raise NotApplicable("its options hold no secret")
        leak = find_leak(self.bench.secrets, [*self.bench.said, *self.bench.logged(logging.DEBUG)])
        if leak:
            raise fail(
                "no secret in a log line, a repr, an exception or a reason",
                f"{leak[0]}: {leak[1][:200]!r}",
                "never put it into an address or a message, and never pass on the text of a foreign exception",
            )

    @must("P16", "nobody's data is logged or put into an error")
    def test_p16_personal_data_is_not_shown(self) -> None:
        self._exercise_in_all_weather()
        kept = [one for one in self.bench.said if one[0] != FINDING]  # a finding is shown to a person, and forgotten
        leak = find_leak([EMAIL.partition("@")[0], NOTE, TEXT], [*kept, *self.bench.logged(logging.INFO)])
        if leak:
            raise fail(
                "no address, note or message of a person in a log line, an exception or a reason",
                f"{leak[0]}: {leak[1][:200]!r}",
                "say where it stands (a row, a line, an id), not what stands there",
            )

    @must("P17", "it waits through context.stop")
    def test_p17_it_waits_through_the_context(self) -> None:
        self._exercise_in_all_weather()
        if self.bench.guard.slept:
            raise fail(
                "no time.sleep",
                f"time.sleep({self.bench.guard.slept[0]:g})",
                "call self.context.stop.wait(seconds): it ends as soon as the run should end",
            )

    @must("P18", "it closes what it opens")
    def test_p18_it_closes_what_it_opens(self) -> None:
        connector = self.open_connector()
        self.exercise(connector)
        connector.close()
        self.bench.release(connector)
        del connector
        if self.bench.guard.unclosed:
            raise fail(
                "everything closed by close()",
                self.bench.guard.unclosed[0],
                "use `with`, or close it in close(), which may be called twice",
            )

    def _exercise_in_all_weather(self) -> None:
        """All goes well; then the service refuses, is ill, and is gone."""
        options = self.find_options()
        self.exercise(self.open_connector(options))
        if not self.bench.wire.calls:
            return
        for fault in (Answer(401, {"message": "no"}), Answer(400, {"message": "no"}), Answer(500, b"<html>"), "down"):
            self.inject(fault, times=ALWAYS)
            for step in self.steps(self.open_connector(options)):
                with suppress(Exception):  # whatever it raises is remembered, and the subject of other checks
                    step()

    def _find_plugin(self) -> object:
        if self.plugin is not None:
            return self.plugin
        for entry in metadata.entry_points(group=hookspecs.GROUP):
            try:
                plugin = entry.load()
            except Exception:  # noqa: BLE001  # another plugin's import may raise anything
                continue
            if self.connector in _offered_by(plugin):
                return plugin
        raise fail(
            f"an installed plugin that offers {self.connector.__name__}",
            f"no entry point in the group {hookspecs.GROUP!r} has it",
            "add the entry point to pyproject.toml and install the package: `pip install -e .`",
        )

    def _import(self) -> ImportWatch:
        """Once for a suite: it takes longer than all else."""
        suite = type(self)
        if "_watch" not in vars(suite):
            try:
                suite._watch = import_anew(self.connector.__module__, self.bench.guard)
            except ImportError:
                raise NotApplicable(f"{self.connector.__module__} cannot be imported by its name") from None
        assert suite._watch is not None
        return suite._watch


def _offered_by(plugin: object) -> list[type[Connector[Any]]]:
    found: list[type[Connector[Any]]] = []
    for hook, kind in (("lead_sources", Source), ("message_sinks", Sink)):
        if callable(function := getattr(plugin, hook, None)) and hasattr(function, f"{hookspecs.GROUP}_impl"):
            found += [one for one in function() if isinstance(one, type) and issubclass(one, kind)]
    return found
