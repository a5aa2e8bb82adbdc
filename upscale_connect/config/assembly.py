"""What the files of a configuration say together: includes and defaults, still as trees with places."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .document import Node, read_document, show_path
from .environment import Variables, expand, read_env_file
from .models import VERSION
from .problems import Problems, describe_unknown_key
from .shape import PART

MAIN_KEYS = ("version", "accounts", "ledger", "defaults", "include", "notify", "suppression", "retention_days", "syncs")
INCLUDE_KEYS = ("client", "account", "env_file", "suppression", "syncs")
DEFAULTS_KEYS = ("account", "request", "messages", "limits")

_NAME_RULE = "1 to 49 letters, digits, `.`, `_` and `-`, and a letter or digit first"


@dataclass(slots=True)
class SyncEntry:
    """A sync before validation; its relative paths start at `folder`."""

    node: Node
    folder: Path


@dataclass(slots=True)
class Assembly:
    """All files of a configuration. `complete` is False if one could not be used: what is missing may be there."""

    main: Node
    folder: Path
    accounts: dict[str, Node] = field(default_factory=dict)
    syncs: dict[str, SyncEntry] = field(default_factory=dict)
    complete: bool = True


def assemble(path: Path, environ: Mapping[str, str], problems: Problems) -> Assembly | None:
    """Read the main file and what it includes; None if the main file cannot be understood at all."""
    main = read_document(path, problems)
    if main is None or not _check_version(main, problems):
        return None
    local = path.parent / ".env"
    variables = Variables(environ, read_env_file(local, None, problems), file=show_path(local))
    expand(main, variables, problems)
    check_keys(main, MAIN_KEYS, problems)
    assembly = Assembly(main, path.absolute().parent)
    for name, node in named(main, "accounts", problems).items():
        _add_account(assembly, name, node, problems)
    for name, node in named(main, "syncs", problems).items():
        _add_sync(assembly, name, SyncEntry(node, assembly.folder), problems)
    for included in _included_files(main, path, problems):
        _include(assembly, included, variables, problems)
    _apply_defaults(assembly, problems)
    return assembly


def check_keys(node: Node, known: Iterable[str], problems: Problems) -> None:
    """Report the keys of a mapping that nobody knows."""
    names = list(known)
    for key, child in node.entries.items():
        if key not in names:
            problems.add(child.place, *describe_unknown_key(key, names))


def named(node: Node, key: str, problems: Problems) -> dict[str, Node]:
    """The entries of `key`, each under a name that may be used in file names and on the command line."""
    child = node.entries.get(key)
    if child is None:
        return {}
    if not isinstance(child.value, dict):
        if not child.broken:
            problems.add(child.place, f"`{key}` must be names with keys below them")
        return {}
    entries = {}
    for name, entry in child.entries.items():
        if re.fullmatch(PART, name):
            entries[name] = entry
        else:
            problems.add(entry.place, f"a name under `{key}` that cannot be used", f"a name has {_NAME_RULE}")
    return entries


def _check_version(main: Node, problems: Problems) -> bool:
    """Whether the rest may be read: a missing version is a problem, another one is the only problem."""
    version = main.entries.get("version")
    if version is None or version.value is None:
        problems.add(main.place, "`version` is missing", f"begin the file with `version: {VERSION}`")
        return True
    if version.text == VERSION:
        return True
    problems.add(version.place, f"this program reads `version: {VERSION}` only", "a newer file needs a newer program")
    return False


def _add_account(assembly: Assembly, name: str, node: Node, problems: Problems) -> None:
    other = assembly.accounts.setdefault(name, node)
    if other is not node:
        problems.add(node.place, f"the account {name!r} stands here and at {other.place}", "rename one of them")


def _add_sync(assembly: Assembly, name: str, entry: SyncEntry, problems: Problems) -> None:
    other = assembly.syncs.setdefault(name, entry)
    if other is not entry:
        place = other.node.place
        problems.add(entry.node.place, f"the sync {name!r} stands here and at {place}", "rename one of them")


def _included_files(main: Node, path: Path, problems: Problems) -> list[Path]:
    include = main.entries.get("include")
    if include is None or include.value is None or include.broken:
        return []
    if not isinstance(include.value, list):
        problems.add(include.place, "`include` must be a list, such as [clients/*.yaml]")
        return []
    found: dict[Path, Path] = {}
    for item in include.items:
        files = _matching_files(path.parent, item.text or "")
        if not files and not item.broken:
            hint = "it starts at the folder of this file; take it out if there is nothing to include yet"
            problems.add(item.place, "`include` names a pattern that no file matches", hint)
        for file in files:
            found.setdefault(file.resolve(), file)
    found.pop(path.resolve(), None)
    return list(found.values())


def _matching_files(folder: Path, pattern: str) -> list[Path]:
    # Path.glob would refuse absolute patterns, and include an editor's hidden files.
    matches = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207  # see above
    return [file for match in sorted(matches) if (file := folder / match).is_file()]


def _include(assembly: Assembly, path: Path, variables: Variables, problems: Problems) -> None:
    root = read_document(path, problems)
    client = _prepare(root, path, variables, problems) if root is not None else None
    if root is None or client is None:
        assembly.complete = False
        return
    account = root.entries.get("account")
    if account is not None and account.entries:
        _add_account(assembly, client, account, problems)
        account = Node(client, account.place)
    for name, node in named(root, "syncs", problems).items():
        own = node.entries.get("account")
        if account is not None and (own is None or own.value is None) and isinstance(node.value, dict):
            node.value = {**node.value, "account": account}
        if (lists := root.entries.get("suppression")) is not None and isinstance(node.value, dict):
            node.value = {**node.value, "suppression": _join(lists, node.entries.get("suppression"))}
        _add_sync(assembly, f"{client}/{name}", SyncEntry(node, path.absolute().parent), problems)


def _join(general: Node, own: Node | None) -> Node:
    """The lists of a client and those of one of its syncs: none of them takes the place of another."""
    nodes = [general] if own is None else [general, own]
    items = [item for node in nodes for item in ([node] if isinstance(node.value, str | dict) else node.items)]
    return Node(items, general.place, broken=any(node.broken for node in nodes))


def _prepare(root: Node, path: Path, variables: Variables, problems: Problems) -> str | None:
    """Expand an included file and give its client's name, None if it has none.

    What stands in the client's own `env_file` holds for that client: a key in the process's environment
    would else be used for every client.
    """
    env_file = root.entries.get("env_file")
    if env_file is not None:
        expand(env_file, variables, problems)
        if env_file.text and not env_file.broken:
            own = path.parent / env_file.text
            variables = variables.after(read_env_file(own, env_file.place, problems), file=show_path(own))
    for child in root.entries.values():
        if child is not env_file:
            expand(child, variables, problems)
    check_keys(root, INCLUDE_KEYS, problems)
    client = root.entries.get("client")
    if client is None or not client.text:
        problems.add(client.place if client else root.place, "`client` is missing", "such as `client: acme`")
        return None
    if not re.fullmatch(PART, client.text):
        if not client.broken:
            problems.add(client.place, "`client` cannot be used as a name", f"a name has {_NAME_RULE}")
        return None
    return client.text


def _apply_defaults(assembly: Assembly, problems: Problems) -> None:
    defaults = assembly.main.entries.get("defaults")
    if defaults is None or defaults.value is None or defaults.broken:
        return
    if not isinstance(defaults.value, dict):
        problems.add(defaults.place, "`defaults` must be keys and values, such as {limits: {hold_above: 500}}")
        return
    check_keys(defaults, DEFAULTS_KEYS, problems)
    general = Node({key: node for key, node in defaults.entries.items() if key in DEFAULTS_KEYS}, defaults.place)
    for entry in assembly.syncs.values():
        if isinstance(entry.node.value, dict):
            entry.node = _merge(general, entry.node)


def _merge(general: Node, own: Node) -> Node:
    """Maps merge; a list or a text of the sync replaces the default, an empty value does not."""
    if own.value is None and not own.broken:
        return general
    if not (isinstance(general.value, dict) and isinstance(own.value, dict)):
        return own
    merged = dict(general.value)
    for key, node in own.value.items():
        merged[key] = _merge(merged[key], node) if key in merged else node
    return Node(merged, own.place, broken=own.broken)
