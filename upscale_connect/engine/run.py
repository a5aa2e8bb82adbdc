"""What all stages of one sync's run share."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import re
import secrets
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ..clock import Clock, Stop
from ..config import Account, Config, Sync, find_placeholders
from ..contracts import Sink, Source, Table
from ..errors import ConfigError, NoCreditsError, Problem, UpscaleConnectError
from ..http.quoting import redact
from ..ledger import Ledger
from ..mapping import Mapping
from .read_back import ReadBack
from .report import SyncResult
from .suppression import Gate
from .watch import Watch

if TYPE_CHECKING:
    from ..upscale import UpscaleClient

log = logging.getLogger(__name__)


class Progress(Protocol):
    """Told what a run does, as often as it changes. `total` is None while nobody knows."""

    def update(self, sync: str, stage: str, done: int, total: int | None) -> None: ...


class NoProgress:
    def update(self, sync: str, stage: str, done: int, total: int | None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Options:
    """What a person said about this run.

    `wait`: until nothing but doubts and held leads is open; `timeout` bounds that, in seconds. `limit`: buy for
    the first leads only. `yes`: approve what would be asked or held for its size. `approve` is asked where a
    person can answer: sync, leads, messages. `due_only`: ask for requests that are due, not for all that are open.
    `retry`: try again what a sink refused, of all leads or of `retry_lead`. `redeliver`: the sink that gets again
    what it has. `actor` is who says so. `is_visit`: it takes a moment, and whoever wants the sync meanwhile waits
    for it.
    """

    wait: bool = False
    timeout: float | None = None
    limit: int | None = None
    yes: bool = False
    approve: Callable[[str, int, int], bool] | None = None
    retry: bool = False
    retry_lead: str | None = None
    due_only: bool = False
    is_visit: bool = False
    redeliver: str | None = None
    actor: str = ""


@dataclass(slots=True, kw_only=True)
class Upkeep:
    """What it takes to look after what a sync has bought: no source, no sink.

    `account` is the one that bought it. `client_of`: name of an account → its client, None if the configuration
    does not know that account (any more).
    """

    id: str
    config: Config
    account: Account
    ledger: Ledger
    sync_id: int
    client_of: Callable[[str], UpscaleClient | None]
    clock: Clock
    stop: Stop
    result: SyncResult
    progress: Progress = field(default_factory=NoProgress)
    make_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    jitter: Callable[[], float] = random.random

    def now(self) -> datetime:
        return self.clock.now()

    def note(self, sentence: str) -> None:
        """Something that people should know; it changes nothing. What was said already is not said again."""
        if sentence in self.result.notes:
            return
        log.warning("%s: %s", self.result.name, sentence)
        self.result.notes.append(sentence)

    def fail(self, error: UpscaleConnectError) -> None:
        """Keep the error as the sync's. Books that do not add up may be the ledger's damage, and no bug."""
        self.result.fail(self.ledger.find_damage(error) or error)


@dataclass(slots=True, kw_only=True)
class Run(Upkeep):
    """One sync in one run: who it is, what it works with, and what it has done so far.

    `gone`: the ids of the syncs that the configuration has no more. `exhausted`: name of an account that has no
    credits → what the API said; all syncs of a run share it. `is_planned`: this run has read the whole source.
    """

    sync: Sync
    account_id: int | None
    gone: frozenset[int]
    exhausted: dict[str, NoCreditsError]
    mapping: Mapping
    gate: Gate
    source: Source[Any]
    source_version: str
    sinks: dict[str, Sink[Any] | Table[Any]]
    client: UpscaleClient
    options: Options
    watch: Watch
    read_back: ReadBack
    is_planned: bool = False

    def fingerprint(self) -> str:
        """What a cursor belongs to: another source, mapping, request, version or list reads everything again."""
        parts = [
            self.mapping.fingerprint,
            self.sync.source.plugin,
            self.source_version,
            repr(self.source.config),
            self.sync.request.model_dump_json(),
            self.sync.account,
            *filter(None, [self.gate.digest]),
            *(["copy"] if self.sync.duplicates == "copy" else []),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def check_columns(run_sync: Sync, mapping: Mapping, available: Sequence[str] | None, config: Config) -> None:
    """Raises ConfigError for mapped columns that the source does not have, all at once."""
    if available is None:
        return
    problems = []
    for used_by, column, guess in mapping.missing(available):
        hint = f"did you mean {guess!r}?" if guess else "it has: " + ", ".join(available[:20])
        place = _place(config, run_sync.name, used_by)
        problems.append(Problem(place, f"the source has no column {column!r} ({used_by})", hint))
    for column in run_sync.read_back:
        if column in available:
            place = config.where("syncs", run_sync.name, "read_back", column)
            problems.append(Problem(place, f"the source has a column {column!r} too", "choose another name"))
    if problems:
        raise ConfigError(problems)


def refuse_placeholders(run: Run) -> None:
    """Raises ConfigError while the messages speak for the company that `init` invented, unless somebody says yes."""
    left = [key for key in find_placeholders(run.sync) if key.startswith("request.")]
    if left and not run.options.yes:
        hint = "write whom the messages speak for; for a trial, `--yes` buys them as they are"
        places = {key: run.config.where("syncs", run.sync.name, *key.split(".")) for key in left}
        raise ConfigError([Problem(place, f"{key} is as `init` wrote it", hint) for key, place in places.items()])


def _place(config: Config, name: str, used_by: str) -> str:
    if match := re.match(r"map\.(\w+)", used_by):
        return config.where("syncs", name, "map", match[1])
    return config.where("syncs", name, *used_by.split(".")[:1])


class Redaction(logging.Filter):
    """Keeps the secrets of the configuration out of what a plugin logs."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage(), self._secrets), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact("".join(traceback.format_exception(record.exc_info[1])), self._secrets)
            record.exc_info = None
        return True


def plugin_log(plugin: str, secrets: Collection[str]) -> logging.Logger:
    """A logger of one connector, below that of its plugin: its filter belongs to this run alone."""
    parent = logging.getLogger(f"upscale_connect.plugins.{plugin}")
    log = logging.Logger(parent.name)
    log.parent = parent
    log.addFilter(Redaction(secrets))
    return log
