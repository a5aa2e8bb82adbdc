"""What all stages of one sync's run share."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ..clock import Clock, Stop
from ..config import Account, Config, Sync
from ..contracts import Context, Sink, Source, Table
from ..errors import ConfigError, Problem
from ..ledger import Ledger
from ..mapping import Mapping
from .report import SyncResult

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
    `retry`: try again what a sink refused. `redeliver`: the sink that gets again what it has. `actor` is who says so.
    """

    wait: bool = False
    timeout: float | None = None
    limit: int | None = None
    yes: bool = False
    approve: Callable[[str, int, int], bool] | None = None
    retry: bool = False
    due_only: bool = False
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


@dataclass(slots=True, kw_only=True)
class Run(Upkeep):
    """One sync in one run: who it is, what it works with, and what it has done so far.

    `gone`: the ids of the syncs that the configuration has no more.
    """

    sync: Sync
    account_id: int | None
    gone: frozenset[int]
    mapping: Mapping
    source: Source[Any]
    source_version: str
    sinks: dict[str, Sink[Any] | Table[Any]]
    client: UpscaleClient
    options: Options

    def fingerprint(self) -> str:
        """What a cursor belongs to: another source, mapping, request or version reads everything again."""
        parts = [
            self.mapping.fingerprint,
            self.sync.source.plugin,
            self.source_version,
            repr(self.source.config),
            self.sync.request.model_dump_json(),
            self.sync.account,
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
    if problems:
        raise ConfigError(problems)


def _place(config: Config, name: str, used_by: str) -> str:
    if match := re.match(r"map\.(\w+)", used_by):
        return config.where("syncs", name, "map", match[1])
    return config.where("syncs", name, *used_by.split(".")[:1])


def make_context(sync: Sync, mapping: Mapping, clock: Clock, stop: Stop, http: Any, plugin: str) -> Context:
    return Context(
        folder=sync.folder,
        http=http,
        clock=clock,
        stop=stop,
        log=logging.getLogger(f"upscale_connect.plugins.{plugin}"),
        columns=mapping.columns,
        message_types=tuple(wanted.type for wanted in sync.messages),
        mapping=mapping.sources,
    )
