"""Looks at everything that a sync needs, before it costs anything. Writes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from ..config import Account, Config, Sync, find_placeholders
from ..contracts import Connector, Sink, Source
from ..errors import (
    ConfigError,
    InvalidKeyError,
    LedgerError,
    SinkError,
    SourceError,
    UnreachableError,
    UpscaleConnectError,
)
from ..ledger import check_place, require_free
from ..mapping import Mapping, Unmapped
from ..models import BadRecord, Lead, Record
from ..upscale import UpscaleClient
from .connect import Services, build_sink, build_source, close_connector, compile_mapping
from .run import check_columns
from .shield import shield
from .suppression import read_lists

#: Records that are mapped to see whether the mapping fits.
SAMPLE = 5

CALLBACK_HINT = "the API sends callbacks only if a webhook secret was generated in the Upscale account"


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """`sync` is None for what several share. `code`: the exit code that an error brings."""

    sync: str | None
    level: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""
    code: int = 0


@dataclass(slots=True)
class Check:
    """Collects findings. `samples`: per sync its first records, each as the lead it becomes or why it does not."""

    services: Services
    findings: list[CheckFinding] = field(default_factory=list)
    samples: dict[str, list[tuple[Record | BadRecord, Lead | Unmapped | BadRecord]]] = field(default_factory=dict)

    def check_ledger(self) -> None:
        """Its folder, its rights, and the room on its disk."""
        place = self.services.config.ledger
        with self._collect(None):
            check_place(place.path, force=place.force)
            file = place.path if place.path.exists() else place.path.parent
            if not os.access(file, os.W_OK):
                raise LedgerError(f"{file}: writing is not allowed", hint="give yourself the right to write there")
            require_free(place.path.parent)
            self._add(None, "ok", f"ledger {place.path}" + ("" if file == place.path else " (made by the first sync)"))

    def check_account(self, account: Account, client: UpscaleClient) -> None:
        """The key, as far as the API tells: the endpoint that is asked is a placeholder in the API reference."""
        name = f"account {account.name!r}"
        bound = self.services.ledger.find_account(account.name)
        if bound and bound[1] != account.origin:
            hint = "give the other service an account name of its own, or another `ledger:` file"
            message = f"{name} belongs to {bound[1]} in this ledger, not to {account.origin}"
            self._add(None, "error", message, hint, LedgerError.exit_code)
        try:
            info = client.account()
        except UpscaleConnectError as error:
            self._judge_account(name, error)
        else:
            plan = f", plan {info.plan_name!r}" if info.plan_name else ""
            self._add(None, "ok", f"{name}: {account.base_url} knows the key{plan}")
        self._check_callbacks(name, account)

    def _check_callbacks(self, name: str, account: Account) -> None:
        """Whether the secret was generated, only a person can see."""
        if account.callback_url:
            hint = "look there; without it, messages are asked for, and a doubt waits for you"
            self._add(None, "warning", f"{name}: callback_url is set, but {CALLBACK_HINT}", hint)
        else:
            message = "without callback_url, messages are asked for, and no callback ends a doubt by itself"
            self._add(None, "ok", f"{name}: {message}; {CALLBACK_HINT}")

    def _judge_account(self, name: str, error: UpscaleConnectError) -> None:
        status = getattr(error, "status", None)
        is_redirect = status is not None and 300 <= status < 400
        certain = error.exit_code == InvalidKeyError.exit_code or is_redirect
        if certain or (isinstance(error, UnreachableError) and status is None):
            self._add(None, "error", f"{name}: {error.message}", error.hint, error.exit_code)
        else:
            hint = "the endpoint is optional: a sync does not need it"
            self._add(None, "warning", f"{name}: the key is unverified: {error.message}", hint)

    def check_sync(self, sync: Sync) -> None:
        """Plugins and their options, source, columns, mapping, sinks."""
        with self._collect(sync.name):
            mapping = compile_mapping(sync)
            self._check_lists(sync)
            source = build_source(self.services, sync, mapping)
            try:
                self._check_source(sync, mapping, source)
                self._check_sinks(sync, mapping, source)
            finally:
                self._close(sync, source)
        for key in find_placeholders(sync):
            hint = f"{self._config.where('syncs', sync.name, *key.split('.'))}: set it before anything is bought"
            self._add(sync.name, "warning", f"{key} is still the placeholder that `init` wrote", hint)
        types = ", ".join(wanted.type for wanted in sync.messages)
        self._add(sync.name, "ok", f"messages: {types}")

    def _check_lists(self, sync: Sync) -> None:
        with self._collect(sync.name):
            entries = sum(1 for _ in read_lists(self._config, sync))
            if sync.suppression or self._config.privacy.suppression:
                self._add(sync.name, "ok", f"do-not-contact lists: {entries} entries")

    def _check_source(self, sync: Sync, mapping: Mapping, source: Source[Any]) -> None:
        with self._collect(sync.name), shield(_source_failure, self._config.secrets):
            if not self._ask(sync, "source", source, SourceError.exit_code):
                return
            columns = source.columns()
            check_columns(sync, mapping, columns, self._config)
            if columns is not None:
                self._add(sync.name, "ok", f"source: it has the {len(mapping.columns)} columns that are mapped")
            self._map(sync, mapping, source)

    def _map(self, sync: Sync, mapping: Mapping, source: Source[Any]) -> None:
        items = (item for item in source.read(None) if isinstance(item, (Record, BadRecord)))
        records = list(islice(items, SAMPLE))
        items.close()
        made = [item if isinstance(item, BadRecord) else mapping.lead(item) for item in records]
        self.samples[sync.name] = list(zip(records, made, strict=True))
        leads = sum(isinstance(one, Lead) for one in made)
        level: Literal["ok", "warning"] = "ok" if leads == len(made) else "warning"
        hint = "" if level == "ok" else "the others would go to quarantine, and cost nothing"
        self._add(sync.name, level, f"mapping: {leads} of the first {len(made)} records become leads", hint)

    def _check_sinks(self, sync: Sync, mapping: Mapping, source: Source[Any]) -> None:
        for name in sync.sinks:
            with self._collect(sync.name), shield(_failure_of(name), self._config.secrets):
                sink = build_sink(self.services, sync, mapping, source, name)
                try:
                    self._ask(sync, f"sink {name!r}", sink, SinkError.exit_code)
                    if sync.duplicates == "copy" and isinstance(sink, Sink):
                        hint = "only files that are written whole, such as CSV beside the leads, have duplicates"
                        self._add(
                            sync.name, "warning", f"sink {name!r}: `duplicates: copy` changes nothing there", hint
                        )
                finally:
                    self._close(sync, sink)

    def _ask(self, sync: Sync, role: str, connector: Connector[Any], code: int) -> bool:
        """What the connector says of itself; False if something is wrong."""
        findings = list(connector.check())
        for finding in findings:
            found = code if finding.level == "error" else 0
            self._add(sync.name, finding.level, f"{role}: {finding.message}", finding.hint, found)
        if not findings:
            self._add(sync.name, "ok", f"{role}: {connector.name}")
        return all(finding.level != "error" for finding in findings)

    def _close(self, sync: Sync, connector: Connector[Any]) -> None:
        with self._collect(sync.name), shield(_source_failure, self._config.secrets):
            close_connector(connector)

    @property
    def _config(self) -> Config:
        return self.services.config

    @contextmanager
    def _collect(self, sync: str | None) -> Iterator[None]:
        """Our errors become findings."""
        try:
            yield
        except ConfigError as error:
            for problem in error.problems:
                message = f"{problem.where}: {problem.message}" if problem.where else problem.message
                self._add(sync, "error", message, problem.hint, error.exit_code)
        except UpscaleConnectError as error:
            self._add(sync, "error", error.message, error.hint, error.exit_code)

    def _add(
        self,
        sync: str | None,
        level: Literal["ok", "warning", "error"],
        message: str,
        hint: str = "",
        code: int = 0,
    ) -> None:
        self.findings.append(CheckFinding(sync, level, message, hint, code))


def _source_failure(failure: str) -> SourceError:
    return SourceError(f"the source failed: {failure}", hint="this is a fault of the plugin; tell its author")


def _failure_of(sink: str) -> Callable[[str], SinkError]:
    return lambda failure: SinkError(f"the sink {sink!r} failed: {failure}", hint="tell the author of the plugin")
