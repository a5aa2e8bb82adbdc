"""The configuration of a proof: the person's own, with everything replaced that leads out of its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..config import Config, show
from .recorder import NAMES, SOURCE
from .recording import Recording

FILE, LEDGER = "upscale-connect.yaml", "ledger.db"

#: A folder for temporary files may be anywhere, and this ledger is soon gone.
_LEDGER = {"path": LEDGER, "force": True}

#: Messages of the sandbox take no time.
_POLL = {"first_seconds": 0.05, "factor": 1, "max_seconds": 0.2}


def write_configuration(
    config: Config, recordings: Sequence[Recording], folder: Path, base_url: str, keys: Mapping[str, str]
) -> None:
    """Write the configuration of these syncs, and their records, into `folder`.

    Accounts (`keys`: account → made-up key) get the sandbox's address and a quick poll, and lose their callback
    address. `notify`, `extra` and former names are left out, as are all secrets. Syncs keep the names that they have.
    """
    shown = show(config.model_copy(update={"syncs": {one.sync.name: one.sync for one in recordings}}))
    accounts = {
        name: {**_without(shown["accounts"][name], "callback_url", "formerly"), **_endpoint(base_url, key)}
        for name, key in keys.items()
    }
    clients: dict[str, dict[str, Any]] = {}
    for number, recording in enumerate(recordings, start=1):
        recording.write(folder / name_records(number))
        client, _, name = recording.sync.name.rpartition("/")
        clients.setdefault(client, {})[name] = _replace_ends(shown["syncs"][recording.sync.name], recording, number)
    own = clients.pop("", {})
    # Only an included file can give a sync a name such as `acme/spring`.
    for client, syncs in clients.items():
        _write(folder / f"{client}.client.yaml", {"client": client, "syncs": syncs})
    include = {"include": [f"{client}.client.yaml" for client in clients]} if clients else {}
    lists = {"suppression": shown["suppression"]} if "suppression" in shown else {}
    _write(
        folder / FILE,
        {"version": shown["version"], "accounts": accounts, "ledger": _LEDGER, **lists, **include, "syncs": own},
    )


def name_records(number: int) -> str:
    """The file with the records of a sync, counted from 1."""
    return f"{number}-records.jsonl"


def name_notebook(number: int, sink: str) -> str:
    """The file of what stands in for a sink."""
    return f"{number}-{sink}.jsonl"


def _endpoint(base_url: str, key: str) -> dict[str, Any]:
    return {"api_key": key, "base_url": base_url, "poll": _POLL}


def _replace_ends(shown: Mapping[str, Any], recording: Recording, number: int) -> dict[str, Any]:
    """A sync with stand-ins for its source and its sinks."""
    source: dict[str, Any] = {"plugin": SOURCE, "path": name_records(number)}
    sinks: dict[str, Any] = {}
    for name, options in recording.sync.sinks.items():
        stand_in = recording.sinks[name]
        notebook = {"path": name_notebook(number, name), "finds": stand_in.finds}
        if options == "source":
            sinks[name] = "source"
            source |= {"beside": stand_in.kind, "notebook": notebook}
        else:
            sinks[name] = {"plugin": NAMES[stand_in.kind], **notebook}
    request = _without(shown["request"], "extra")
    return {**_without(shown, "formerly"), "source": source, "sinks": sinks, "request": request}


def _without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _write(path: Path, values: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(_escape(values), sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _escape(value: Any) -> Any:
    """No text is taken for a variable. All lists and maps are new, so that YAML writes none as a reference."""
    if isinstance(value, Mapping):
        return {name: _escape(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [_escape(below) for below in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
