"""Builds what a run works with: connectors and client. Everything is checked before money is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..clock import Clock, Stop
from ..config import Account, Config, Sync
from ..contracts import Connector, Context, Sink, Source, Table
from ..errors import ConfigError, NoCreditsError, Problem, SinkError
from ..http import RateLimiters, plugin_session, repeatable_session
from ..hygiene import HygieneSettings
from ..ledger import Ledger
from ..mapping import Mapping
from ..registry import Registry
from ..upscale import UpscaleClient
from .read_back import ReadBack
from .report import SyncResult
from .run import NoProgress, Options, Progress, Run, plugin_log
from .shield import shield
from .suppression import open_gate
from .watch import Watch

if TYPE_CHECKING:
    import requests


#: A server that asks for a longer pause before a repeatable call is asked again by a later poll or run.
LONGEST_PAUSE = 30.0


def make_client(account: Account, session: requests.Session) -> UpscaleClient:
    return UpscaleClient(
        account.api_key,
        base_url=account.base_url,
        dialect=account.dialect,
        retrieve_mode=account.retrieve_mode,
        session=session,
    )


@dataclass(slots=True)
class Services:
    """What all syncs of a run share. Closed once, at the end.

    `limiters` are those of the plugins' calls, `api` is for our repeatable ones; a stop ends the pauses of both.
    """

    config: Config
    registry: Registry
    ledger: Ledger
    clock: Clock
    stop: Stop
    progress: Progress = field(default_factory=NoProgress)
    new_client: Callable[[Account, requests.Session], UpscaleClient] = make_client
    clients: dict[str, UpscaleClient] = field(default_factory=dict)
    exhausted: dict[str, NoCreditsError] = field(default_factory=dict)
    limiters: RateLimiters = field(init=False)
    api: requests.Session = field(init=False)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.limiters = RateLimiters(self.clock, self.stop.wait)
        self.watch = Watch(self.clock)
        self.api = repeatable_session(redirects="never", longest_wait=LONGEST_PAUSE, sleep=self.stop.wait)

    def client(self, account: Account) -> UpscaleClient:
        if account.name not in self.clients:
            self.clients[account.name] = self.new_client(account, self.api)
        return self.clients[account.name]

    def client_of(self, name: str) -> UpscaleClient | None:
        """The client of an account that the ledger names; None if it is not configured, or is another by now."""
        account, bound = self.config.accounts.get(name), self.ledger.find_account(name)
        if account is None or bound is None or bound[1] != account.origin:
            return None
        return self.client(account)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.api.close()


def compile_mapping(sync: Sync) -> Mapping:
    return Mapping(
        sync.map,
        customer=sync.customer,
        campaign=sync.campaign,
        messages=[(wanted.type, wanted.when) for wanted in sync.messages],
        hygiene=HygieneSettings(sync.hygiene),
        opt_out=sync.opt_out,
        read_back=sync.read_back,
        sales_navigator=sync.sales_navigator,
    )


def open_run(services: Services, sync: Sync, run_id: str, options: Options, *, dry: bool = False) -> Run:
    """Build the connectors of a sync and find its place in the ledger; `dry` makes none.

    Raises ConfigError, PluginError, LedgerError.
    """
    config, ledger = services.config, services.ledger
    account = config.account_of(sync)
    if dry:
        found = ledger.find_account(account.name) or (account.formerly and ledger.find_account(account.formerly))
        account_id = found[0] if found and found[1] == account.origin else None
        sync_id = ledger.find_sync(sync.name, sync.formerly) or 0
    else:
        account_id = ledger.bind_account(account.name, account.origin, account.formerly, config.accounts)
        sync_id = ledger.bind_sync(sync.name, sync.formerly)
    mapping = compile_mapping(sync)
    gate = open_gate(config, sync, ledger, mapping)
    source = build_source(services, sync, mapping)
    sinks: dict[str, Sink[Any] | Table[Any]] = {}
    run = Run(
        id=run_id,
        config=config,
        sync=sync,
        account=account,
        ledger=ledger,
        sync_id=sync_id,
        account_id=account_id,
        gone=ledger.gone_syncs([name for one in config.syncs.values() for name in _names_of(one)]),
        mapping=mapping,
        gate=gate,
        exhausted=services.exhausted,
        source=source,
        source_version=_version_of(services.registry, sync.source.plugin),
        sinks=sinks,
        read_back=ReadBack(sync.read_back, sinks, config.secrets),
        client=services.client(account),
        client_of=services.client_of,
        clock=services.clock,
        stop=services.stop,
        options=options,
        result=SyncResult(sync.name),
        progress=services.progress,
        watch=services.watch,
    )
    try:
        for name in sync.sinks:
            run.sinks[name] = build_sink(services, sync, mapping, source, name)
    except BaseException:
        close_run(run)
        raise
    return run


def _names_of(sync: Sync) -> list[str]:
    """The names under which the ledger may have a sync."""
    return [sync.name] if sync.formerly is None else [sync.name, sync.formerly]


def build_source(services: Services, sync: Sync, mapping: Mapping) -> Source[Any]:
    context = _make_context(services, sync, mapping, sync.source.plugin)
    return services.registry.source(sync.source, context, _locator(services.config, sync, "source"))


def build_sink(
    services: Services, sync: Sync, mapping: Mapping, source: Source[Any], name: str
) -> Sink[Any] | Table[Any]:
    """Raises ConfigError, PluginError, SinkError."""
    options = sync.sinks[name]
    where = _locator(services.config, sync, "sinks", name)
    if options == "source":
        return _beside(services, source, sync, where())
    context = _make_context(services, sync, mapping, options.plugin)
    return services.registry.sink(options, context, where)


def _make_context(services: Services, sync: Sync, mapping: Mapping, plugin: str) -> Context:
    return Context(
        folder=sync.folder,
        http=plugin_session(services.clock, services.stop.wait, services.limiters),
        clock=services.clock,
        stop=services.stop,
        log=plugin_log(plugin, services.config.secrets),
        columns=mapping.columns,
        message_types=tuple(wanted.type for wanted in sync.messages),
        mapping=mapping.sources,
    )


def _beside(services: Services, source: Source[Any], sync: Sync, where: str) -> Sink[Any] | Table[Any]:
    with shield(
        lambda failure: SinkError(f"the source of {sync.name!r} gave no sink to write back to: {failure}"),
        services.config.secrets,
    ):
        sink = source.beside()
    if sink is None:
        problem = Problem(
            where,
            f"the source {sync.source.plugin!r} cannot write back to where the leads came from",
            "name a sink of its own under `sinks:`",
        )
        raise ConfigError([problem])
    if not isinstance(sink, Sink | Table):
        raise SinkError(f"the source of {sync.name!r} gave {type(sink).__name__} instead of a sink to write back to")
    if isinstance(sink, Table):
        _refuse_shared_table(services.config, sync, where)
    return sink


def _refuse_shared_table(config: Config, sync: Sync, where: str) -> None:
    """A table is written whole: of two syncs that write the same one, each would take away the other's messages.

    The first in the configuration keeps it. Raises ConfigError for a later one.
    """
    for other in config.syncs.values():
        if other.name == sync.name:
            return
        if "source" in other.sinks.values() and (other.folder, other.source) == (sync.folder, sync.source):
            problem = Problem(
                where,
                f"{sync.name!r} would write over the messages that {other.name!r} writes beside the same leads",
                "give one of them another place in its `source:` (csv: `output:`), or a sink of its own under `sinks:`",
            )
            raise ConfigError([problem])


def bind_sinks(run: Run) -> dict[str, int]:
    """The ids under which the ledger knows a run's sinks."""
    return {
        name: run.ledger.bind_sink(run.sync_id, name, getattr(run.sync.sinks[name], "formerly", None))
        for name in run.sinks
    }


def close_run(run: Run) -> None:
    """Give back what the connectors hold. A failure here is noted: the books are closed already."""
    for connector in (*run.sinks.values(), run.source):
        try:
            with shield(lambda failure: SinkError(f"could not be closed: {failure}"), run.config.secrets):
                close_connector(connector)
        except SinkError as error:
            run.note(f"{connector.name}: {error.message}")


def close_connector(connector: Connector[Any]) -> None:
    """Give back what it has opened, and what we have opened for it."""
    try:
        connector.close()
    finally:
        connector.context.http.close()


def _locator(config: Config, sync: Sync, *path: str) -> Callable[..., str]:
    def where(*keys: str) -> str:
        return config.where("syncs", sync.name, *path, *map(str, keys))

    return where


def _version_of(registry: Registry, source: str) -> str:
    return next((record.label for record in registry.records if source in record.sources), "")
