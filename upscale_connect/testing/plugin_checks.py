"""What holds for every connector: how it is offered, its options, its manners."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from types import UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin

import pluggy
from pydantic import SecretBytes, SecretStr, ValidationError

from .. import hookspecs
from ..contracts import Connector, Sink, Source
from .bench import FINDING
from .calls import Answer
from .canaries import EMAIL, NOTE, TEXT, find_leak
from .checks import NotApplicable, must, should
from .conformance import ALWAYS, Conformance, fail
from .import_checks import ImportWatch, import_anew

K = TypeVar("K", bound=Connector[Any])

_NAME = re.compile(r"[a-z0-9_-]+")
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:token|secret|password|passwd|api_?key|private_key|access_key|credentials?|authorization)(?:$|_)"
)
#: Longest time of processor that an import may take, in seconds.
_IMPORT_SECONDS = 0.3


class PluginChecks(Conformance[K]):
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
        watch = self._import()
        if watch.seconds > _IMPORT_SECONDS:
            raise fail(
                f"less than {_IMPORT_SECONDS} s",
                f"{watch.seconds:.2f} s",
                "import what is heavy inside the function that needs it",
            )

    @must("P05", "an unknown option is an error")
    def test_p05_unknown_options_are_refused(self) -> None:
        options = {**self.find_options(), "no_such_option_at_all": "x"}
        try:
            self.connector.config_model.model_validate(options)
        except ValidationError:
            return
        raise fail(
            "an error for a key that is no option",
            "it was ignored",
            'keep `extra="forbid"` of PluginConfig: a misspelt option must not be lost',
        )

    @must("P05b", "the options have a JSON Schema")
    def test_p05b_the_options_have_a_schema(self) -> None:
        try:
            self.connector.config_model.model_json_schema()
        except Exception as error:  # pydantic and the plugin's own types raise many kinds
            raise fail("a JSON Schema", f"{type(error).__name__}", "use types that pydantic can describe") from error

    @should("P05c", "every option is described")
    def test_p05c_options_are_described(self) -> None:
        plain = [name for name, field in self.connector.config_model.model_fields.items() if not field.description]
        if plain:
            raise fail(
                "a description of every option",
                f"none of {', '.join(plain)}",
                'write `Field(description="…")`: editors show it where the configuration is written',
            )

    @must("P06", "the options can be written in a configuration file")
    def test_p06_options_are_read_from_text(self) -> None:
        options = {name: _as_text(value) for name, value in self.find_options().items() if value is not None}
        try:
            self.connector.config_model.model_validate(options)
        except ValidationError as error:
            raise fail(
                "options that are valid as text, which is what a YAML file holds",
                _places(error),
                "do not use strict types: pydantic reads numbers and yes/no out of text",
            ) from None

    @must("P07", "a required option that is missing is named")
    def test_p07_missing_options_are_named(self) -> None:
        options = dict(self.find_options())
        for name, field in self.connector.config_model.model_fields.items():
            key = field.alias or name
            if not field.is_required() or key not in options:
                continue
            try:
                self.connector.config_model.model_validate({one: options[one] for one in options if one != key})
            except ValidationError as error:
                if key in _places(error):
                    continue
                raise fail(
                    f"an error that names {key!r}", _places(error), "do not read it before it is validated"
                ) from None
            raise fail(f"an error if {key!r} is missing", "none", "let no validator fill in what is required")

    @must("P08", "what is secret is a SecretStr")
    def test_p08_secrets_are_typed(self) -> None:
        plain = [
            name
            for name, field in self.connector.config_model.model_fields.items()
            if _SECRET_NAME.search(name) and str in _parts(field.annotation)
        ]
        if plain:
            raise fail(
                "SecretStr for options whose name says that they are secret",
                f"{', '.join(plain)}: str",
                "a SecretStr is shown as **********; take its text with get_secret_value()",
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

    @should("P12", "options of older versions are still valid")
    def test_p12_earlier_options_are_valid(self) -> None:
        if not self.earlier_options:
            raise NotApplicable("there are no `earlier_options`")
        for options in self.earlier_options:
            try:
                self.connector.config_model.model_validate(dict(options))
            except ValidationError as error:
                raise fail(
                    "options of an older version to be valid", _places(error), "accept the old key, too"
                ) from None

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


def _as_text(value: object) -> object:
    """As `yaml` reads it here: scalars stay text."""
    if isinstance(value, SecretStr | SecretBytes):
        return str(value.get_secret_value())
    if isinstance(value, Mapping):
        return {str(name): _as_text(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(part) for part in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _places(error: ValidationError) -> str:
    """Where the options are wrong, without their values."""
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'options'}: {one['type']}" for one in error.errors())


def _parts(annotation: object) -> Iterator[object]:
    """The types that a union or an annotated type is made of."""
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation
