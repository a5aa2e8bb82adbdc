"""Finds plugins, keeps a record of each, and builds the connectors that a sync names.

A plugin that cannot be loaded harms nobody else: it gets a record with the reason, and is an error only for
the sync that names it.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pluggy
from pydantic import ValidationError

from . import hookspecs
from .config.problems import explain, suggest
from .contracts import Connector, Context, PluginConfig, Sink, Source
from .errors import ConfigError, PluginError, Problem, UpscaleConnectError
from .importing import LOADING_SECONDS, load_in_time
from .masking import find_secrets, mask

if TYPE_CHECKING:
    from .config.syncs import PluginOptions

_LOG = logging.getLogger(__name__)

#: Bundled plugins are loaded first, so that no other can take their names over.
_BUNDLED = "upscale-connect"
_NAME = re.compile(r"[a-z0-9_-]+")
#: Their exceptions may quote a password, a header or a line of a file: only the type is told.
SILENT = ("click", "dotenv", "pydantic", "pydantic_core", "requests", "urllib3", "yaml")

Kind: TypeAlias = Literal["source", "sink"]
_Classes: TypeAlias = "dict[str, type[Connector[Any]]]"
_BASES: dict[Kind, type[Connector[Any]]] = {"source": Source, "sink": Sink}
_HOOKS: dict[Kind, str] = {"source": "lead_sources", "sink": "message_sinks"}


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """One plugin: what it offers, or why it failed. `name` is that of its entry point."""

    name: str
    distribution: str
    version: str
    sources: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    error: str | None = None

    @property
    def state(self) -> Literal["ok", "failed"]:
        return "ok" if self.error is None else "failed"

    @property
    def label(self) -> str:
        """Distribution and version, as far as they are known."""
        return f"{self.distribution} {self.version}".strip() or self.name


class Registry:
    """The connectors of this process by name. `records`: every plugin, in the order of loading."""

    def __init__(self) -> None:
        self.records: list[PluginRecord] = []
        self._connectors: dict[Kind, _Classes] = {"source": {}, "sink": {}}
        self._owners: dict[tuple[Kind, str], PluginRecord] = {}

    @classmethod
    def discover(cls, disabled: Collection[str] = (), patience: float = LOADING_SECONDS) -> Registry:
        """Load every installed plugin, bundled ones first, then by name; those in `disabled` are left alone.

        One that is not imported after `patience` seconds failed. Its thread ends with the program.
        """
        registry = cls()
        for entry in sorted(metadata.entry_points(group=hookspecs.GROUP), key=_order):
            distribution, version = (entry.dist.name, entry.dist.version) if entry.dist else ("", "")
            if entry.name in disabled:
                registry.records.append(PluginRecord(entry.name, distribution, version, error="it is disabled"))
            else:
                own = distribution == _BUNDLED
                load = entry.load if own else partial(load_in_time, entry.load, f"plugin {entry.name}", patience)
                registry._load(load, entry.name, distribution, version)
        return registry

    def register(self, plugin: object, *, name: str, distribution: str = "", version: str = "") -> PluginRecord:
        """Add a plugin that is already imported: a module or any object with hooks. It fails as an installed one."""
        return self._load(lambda: plugin, name, distribution, version)

    def source(self, options: PluginOptions, context: Context, where: Callable[..., str]) -> Source[Any]:
        """Build the source that `options` name. `where(*keys)` gives `file:line` of a key within the options.

        Raises `PluginError` if there is none or it cannot be set up, `ConfigError` with every wrong option.
        """
        built = self._build("source", options, context, where)
        assert isinstance(built, Source)
        return built

    def sink(self, options: PluginOptions, context: Context, where: Callable[..., str]) -> Sink[Any]:
        """Build the sink that `options` name; as `source`."""
        built = self._build("sink", options, context, where)
        assert isinstance(built, Sink)
        return built

    def config_models(self, kind: Kind) -> dict[str, type[PluginConfig]]:
        """Name of each source or sink → the class of its options."""
        return {name: found.config_model for name, found in sorted(self._connectors[kind].items())}

    def connector(self, kind: Kind, name: str) -> type[Connector[Any]]:
        """The class of that name. Raises `PluginError` if there is none."""
        return self._find(kind, name, lambda *_: kind)

    def options_problems(self, kind: Kind, options: PluginOptions, where: Callable[..., str]) -> list[Problem]:
        """Everything wrong with the options of a source or sink. Raises `PluginError` if there is none."""
        outcome = self._validate(kind, self._find(kind, options.plugin, where), options, where)
        return outcome if isinstance(outcome, list) else []

    def _load(self, load: Callable[[], object], name: str, distribution: str, version: str) -> PluginRecord:
        record = PluginRecord(name, distribution, version)
        try:
            # What a plugin prints while it is imported must not spoil the JSON on standard output.
            with contextlib.redirect_stdout(sys.stderr):
                offered = _collect(load(), name)
            record = self._commit(record, offered)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything while it is imported, even exit
            record = PluginRecord(name, distribution, version, error=_describe(error))
            _LOG.warning("plugin %s (%s) was not loaded: %s", name, record.label, record.error)
        self.records.append(record)
        return record

    def _commit(self, record: PluginRecord, offered: dict[Kind, _Classes]) -> PluginRecord:
        """Take over all classes of a plugin, or none."""
        for kind, classes in offered.items():
            for name in classes:
                if owner := self._owners.get((kind, name)):
                    raise PluginError(f"{kind} {name!r} of {record.label} is already provided by {owner.label}")
        complete = PluginRecord(
            record.name, record.distribution, record.version, tuple(offered["source"]), tuple(offered["sink"])
        )
        for kind, classes in offered.items():
            self._connectors[kind].update(classes)
            self._owners.update({(kind, name): complete for name in classes})
        return complete

    def _find(self, kind: Kind, name: str, where: Callable[..., str]) -> type[Connector[Any]]:
        if found := self._connectors[kind].get(name):
            return found
        place = where("plugin")
        failed = [record for record in self.records if record.error is not None]
        for record in failed:
            if record.name.replace("_", "-") == name.replace("_", "-"):
                raise PluginError(
                    f"{place}: plugin {name!r} ({record.label}) cannot be used: {record.error}",
                    hint="`upscale-connect plugins` lists every plugin and its state",
                )
        hints = [suggest(name, self._connectors[kind])]
        if failed:
            hints.append(f"not loaded: {', '.join(record.name for record in failed)}")
        other: Kind = "sink" if kind == "source" else "source"
        if name in self._connectors[other]:
            message = f"plugin {name!r} offers a {other}, but no {kind}"
        else:
            message = f"no plugin offers a {kind} {name!r}"
            hints.append("is its package installed in this environment?")
        raise PluginError(f"{place}: {message}", hint="; ".join(filter(None, hints)))

    def _validate(
        self, kind: Kind, found: type[Connector[Any]], options: PluginOptions, where: Callable[..., str]
    ) -> PluginConfig | list[Problem]:
        model = found.config_model
        try:
            return model.model_validate(dict(options.options))
        except ValidationError as error:
            secrets = find_secrets(model, options)
            return [
                Problem(where(*path), mask(message, secrets), mask(hint, secrets))
                for path, message, hint in explain(error, model)
            ]
        except Exception as error:  # a plugin's own validator may raise anything
            raise self._failure(kind, options, where, error) from error

    def _build(self, kind: Kind, options: PluginOptions, context: Context, where: Callable[..., str]) -> Connector[Any]:
        found = self._find(kind, options.plugin, where)
        config = self._validate(kind, found, options, where)
        if isinstance(config, list):
            raise ConfigError(config)
        try:
            return found(config, context)
        except UpscaleConnectError:
            raise
        except Exception as error:  # a plugin's constructor may raise anything
            raise self._failure(kind, options, where, error) from error

    def _failure(self, kind: Kind, options: PluginOptions, where: Callable[..., str], error: Exception) -> PluginError:
        owner = self._owners[kind, options.plugin]
        reason = mask(_describe(error), find_secrets(self._connectors[kind][options.plugin].config_model, options))
        return PluginError(
            f"{where('plugin')}: {kind} {options.plugin!r} ({owner.label}) failed while it was set up: {reason}",
            hint="this is a fault of the plugin; tell its author",
        )


def _order(entry: metadata.EntryPoint) -> tuple[bool, str, str]:
    distribution = re.sub(r"[-_.]+", "-", entry.dist.name).lower() if entry.dist else ""
    return (distribution != _BUNDLED, entry.name, distribution)


def _collect(plugin: object, name: str) -> dict[Kind, _Classes]:
    """Ask one plugin, alone, what it offers, and check all of it. Raises `PluginError`."""
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError:
        unknown = [caller.name for caller in manager.get_hookcallers(plugin) or () if not caller.has_spec()]
        hints = "; ".join(f"{hook!r}: {suggest(hook, _HOOKS.values())}" for hook in unknown)
        raise PluginError(f"unknown hook {hints}") from None
    offered: dict[Kind, _Classes] = {
        kind: _check_classes(kind, getattr(manager.hook, hook)()) for kind, hook in _HOOKS.items()
    }
    if not any(offered.values()):
        raise PluginError("it offers neither a source nor a sink; is `@hookimpl` missing?")
    return offered


def _check_classes(kind: Kind, results: Iterable[object]) -> _Classes:
    classes: _Classes = {}
    for result in results:
        if not isinstance(result, Iterable) or isinstance(result, str | bytes):
            raise PluginError(f"{_HOOKS[kind]} must return a list of classes")
        for offered in result:
            checked = _check_class(kind, offered)
            if checked.name in classes:
                raise PluginError(f"it offers two {kind}s called {checked.name!r}")
            classes[checked.name] = checked
    return classes


def _check_class(kind: Kind, offered: object) -> type[Connector[Any]]:
    base = _BASES[kind]
    title = f"{_HOOKS[kind]}: {getattr(offered, '__name__', type(offered).__name__)}"
    if not (isinstance(offered, type) and issubclass(offered, base)):
        raise PluginError(f"{title} is no subclass of {base.__name__}")
    if inspect.isabstract(offered):
        missing = ", ".join(sorted(offered.__abstractmethods__))
        raise PluginError(f"{title} does not define {missing}")
    name = getattr(offered, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise PluginError(f"{title} must have a `name` of a-z, 0-9, `_` and `-`")
    model = getattr(offered, "config_model", None)
    if not (isinstance(model, type) and issubclass(model, PluginConfig)):
        raise PluginError(f"{title} must have a `config_model` that is a subclass of PluginConfig")
    return offered


def _describe(error: BaseException) -> str:
    """A foreign exception in one line, without the text of those that may quote a secret."""
    if isinstance(error, UpscaleConnectError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    if isinstance(error, SystemExit):
        return "it ended the program while it was loaded (SystemExit)"
    if type(error).__module__.partition(".")[0] in SILENT:
        return type(error).__name__
    # format_exception_only survives an exception that cannot be shown as text.
    parts = traceback.format_exception_only(error)
    text = next((part for part in parts if not part.startswith(" ")), type(error).__name__)
    text = " ".join(text.split()).removeprefix(f"{type(error).__module__}.")
    return f"{text[:300]}…" if len(text) > 300 else text
