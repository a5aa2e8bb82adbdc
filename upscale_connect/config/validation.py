"""From trees to the models, with the place of every problem."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from .accounts import Account
from .assembly import MAIN_KEYS, Assembly, SyncEntry
from .checks import check_account_name, check_syncs
from .document import Node
from .models import Ledger, Notify
from .privacy import Privacy
from .problems import Place, Problems, describe_unknown_key, explain, is_wordlike, nearest
from .shape import Model
from .syncs import PluginOptions, Sync

M = TypeVar("M", bound=Model)

DEFAULT_LEDGER = "upscale-connect.db"

#: Fields of the models that no file gives.
_INTERNAL = frozenset({"name", "folder"})

#: Keys of a connector that are not its own options.
_OF_CORE = frozenset({"plugin", "formerly"})

#: Stands for a part that has a problem, so that the rest is checked all the same.
_PLACEHOLDER = PluginOptions(plugin="?")


def validate(
    assembly: Assembly, file: Place, problems: Problems
) -> tuple[dict[str, Account], dict[str, Sync], Ledger, Notify | None, Privacy]:
    """All parts of the configuration; what cannot be built is left out, and reported."""
    accounts, syncs = assembly.accounts, assembly.syncs
    if not accounts and _is_left_out(assembly, "accounts"):
        problems.add(file, "there is no account", 'begin with `accounts: {main: {api_key: "${UPSCALE_API_KEY}"}}`')
    if not syncs and _is_left_out(assembly, "syncs"):
        problems.add(file, "there is no sync", "`upscale-connect init leads.csv` shows how one looks")
    built_accounts = {name: build(Account, node, problems, name=name) for name, node in accounts.items()}
    built_syncs = {name: _build_sync(name, entry, accounts, problems) for name, entry in syncs.items()}
    check_syncs({name: entry.node for name, entry in syncs.items()}, accounts, problems)
    return (
        {name: account for name, account in built_accounts.items() if account is not None},
        {name: sync for name, sync in built_syncs.items() if sync is not None},
        _build_ledger(assembly, problems),
        _build_notify(assembly, problems),
        _build_privacy(assembly, problems),
    )


def build(model: type[M], node: Node, problems: Problems, **given: object) -> M | None:
    """The model of a mapping, None if it has problems. `given` are the fields that we know better."""
    data = node.plain()
    if not isinstance(data, dict):
        if not node.broken:
            problems.add(node.place, "keys and values must stand here, such as {key: value}")
        return None
    known = [name for name in model.model_fields if name not in _INTERNAL]
    for key in _INTERNAL & data.keys() & given.keys():
        problems.add(node.entries[key].place, *describe_unknown_key(key, known))
    try:
        return model.model_validate({**data, **given})
    except ValidationError as error:
        for path, message, hint in explain(error, model, _INTERNAL):
            _report(node, path, message, hint, problems)
    return None


def _report(node: Node, path: tuple[str, ...], message: str, hint: str, problems: Problems) -> None:
    """At the nearest node that the file has; not at all where an earlier problem is the cause."""
    trail = node.trail(path)
    if any(found.broken for found in trail):
        return
    if len(trail) > len(path):
        message = message.replace("is missing", "has no value")
    problems.add(trail[-1].place, _hide_values(message, trail[-1]), hint)


def _hide_values(message: str, node: Node) -> str:
    """The words of a validator without what stands in the file: it may quote what it refuses."""
    for path, below in node.walk():
        texts = [text for text in (*path[-1:], below.text or "") if len(text) >= 8 and not is_wordlike(text)]
        for text in (*texts, *below.variables):
            message = message.replace(text, "***")
    return message


def _is_left_out(assembly: Assembly, key: str) -> bool:
    """Whether nobody gave the key, well or badly: then that has to be said."""
    keys = assembly.main.entries
    if key in keys:
        return keys[key].value == {}
    return assembly.complete and not nearest(key, keys.keys() - set(MAIN_KEYS))


def _build_sync(name: str, entry: SyncEntry, accounts: Mapping[str, Node], problems: Problems) -> Sync | None:
    node = entry.node
    if not isinstance(node.value, dict):
        return build(Sync, node, problems)
    given: dict[str, Any] = {"name": name, "folder": entry.folder}
    given["account"] = check_account_name(node.entries.get("account"), accounts, node, problems) or "?"
    source = node.entries.get("source")
    if source is not None and source.value is not None:
        given["source"] = _build_plugin(source, problems)
    sinks = node.entries.get("sinks")
    if sinks is not None and sinks.value is not None:
        given["sinks"] = _build_sinks(sinks, problems)
    return build(Sync, node, problems, **given)


def _build_sinks(sinks: Node, problems: Problems) -> object:
    if not isinstance(sinks.value, dict):
        return sinks.plain()
    if not sinks.value:
        problems.add(sinks.place, "`sinks` is empty", "leave it out to write back beside the leads")
    return {
        name: "source" if child.text == "source" else _build_plugin(child, problems)
        for name, child in sinks.value.items()
    }


def _build_plugin(node: Node, problems: Problems) -> PluginOptions:
    if not isinstance(node.value, dict):
        if not node.broken:
            problems.add(node.place, "a plugin must stand here, such as {plugin: csv, path: leads.csv}")
        return _PLACEHOLDER
    parts = {key: child for key, child in node.value.items() if key in _OF_CORE}
    options = {key: child for key, child in node.value.items() if key not in _OF_CORE}
    built = build(
        PluginOptions,
        Node(parts, node.place),
        problems,
        options={key: child.plain() for key, child in options.items() if child.value is not None},
        hidden=frozenset(key for key, child in options.items() if any(below.variables for _, below in child.walk())),
    )
    return built or _PLACEHOLDER


def _build_ledger(assembly: Assembly, problems: Problems) -> Ledger:
    node = assembly.main.entries.get("ledger")
    ledger = Ledger(path=Path(DEFAULT_LEDGER))
    if node is not None and node.value is not None:
        ledger = build(Ledger, node if node.text is None else Node({"path": node}, node.place), problems) or ledger
    return ledger.model_copy(update={"path": assembly.folder / ledger.path})


def _build_notify(assembly: Assembly, problems: Problems) -> Notify | None:
    node = assembly.main.entries.get("notify")
    if node is None or node.value is None:
        return None
    return build(Notify, node, problems, folder=assembly.folder)


def _build_privacy(assembly: Assembly, problems: Problems) -> Privacy:
    keys = {key: node for key, node in assembly.main.entries.items() if key in Privacy.model_fields}
    privacy = build(Privacy, Node(keys, assembly.main.place), problems) or Privacy()
    lists = tuple(one.model_copy(update={"path": assembly.folder / one.path}) for one in privacy.suppression)
    return privacy.model_copy(update={"suppression": lists})
