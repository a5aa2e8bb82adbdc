"""Reading a configuration file: the one way from YAML to `Config`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from .accounts import Account
from .assembly import Assembly, assemble
from .display import is_secret_name
from .document import Node, show_path
from .models import Config
from .problems import Place, Problems
from .validation import validate

#: Keys under which a variable's value may be a secret. Elsewhere (a customer, a limit) it is shown anyway.
_SECRET_HOLDERS = frozenset({"api_key", "callback_url", "source", "sinks", "extra", "command"})

#: A shorter value is no secret, and hiding it would hide half of every sentence.
_SHORTEST_SECRET = 4


def load_config(path: str | Path, *, environ: Mapping[str, str] | None = None) -> Config:
    """Read, check and complete a configuration.

    `environ` replaces `os.environ`. Beside the file, `.env` is read; the environment wins over it. Raises
    `ConfigError` with every problem of every file at once, each with its file and line. No message holds a
    value that came from a variable or could be a secret.
    """
    path = Path(path)
    main = Place(show_path(path))
    problems = Problems(main.file)
    assembly = assemble(path, os.environ if environ is None else environ, problems)
    if assembly is None:
        raise problems.error()
    accounts, syncs, ledger, notify, privacy = validate(assembly, main, problems)
    problems.raise_any()
    tree = _tree(assembly)
    return Config(
        path=path.absolute(),
        accounts=accounts,
        ledger=ledger,
        syncs=syncs,
        notify=notify,
        privacy=privacy,
        secrets=frozenset(_secrets(tree, accounts)),
        lines={"": main.file} | {"\0".join(keys): str(node.place) for keys, node in tree.walk() if keys},
    )


def _tree(assembly: Assembly) -> Node:
    """Everything under the names that `Config` has: includes and defaults are in their syncs."""
    place = assembly.main.place
    syncs = {name: entry.node for name, entry in assembly.syncs.items()}
    whole = {"accounts": Node(dict(assembly.accounts), place), "syncs": Node(syncs, place)}
    return Node({**assembly.main.entries, **whole}, place)


def _secrets(tree: Node, accounts: Mapping[str, Account]) -> Iterator[str]:
    for account in accounts.values():
        yield account.api_key.get_secret_value()
    for keys, node in tree.walk():
        values = node.variables if _SECRET_HOLDERS.intersection(keys) else ()
        if node.text and keys and is_secret_name(keys[-1]):
            values = (*values, node.text)
        yield from (value for value in values if len(value) >= _SHORTEST_SECRET)
