"""Forgetting a person: in the ledger, in its copies, and in the files that this program writes.

What other systems hold is told, because no call takes it away there.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..config import Sync
from ..contracts import Delivery, Sink, Table
from ..errors import LedgerError, SinkError, UpscaleConnectError, UsageError
from ..identity import read_linkedin_keys
from ..ledger import Ledger, Mention, find_backups
from ..models import Lead
from ..suppression import Entry, read_email
from .connect import Services, close_run, open_run
from .locks import lock_run
from .namings import Naming, find_namings
from .outside import Outside, list_outside
from .run import Options, Run
from .shield import shield, shield_iterator
from .tables import TableWriter

#: Why a hashed entry is there. An id must not be used again: the API may have its old message for a new person.
REASON = "forgotten"
REASON_OF_ID = "its person was forgotten: another person needs another id"


@dataclass(slots=True)
class Forgotten:
    """What was done, and what is left to do.

    `files`: those that were erased from. `rows`: sink → rows that are gone, 0 for a table that was written anew.
    `left`: what a person has to look at. `named`: messages of other leads that name the person. `outside`: other
    systems that hold data.
    """

    leads: int = 0
    messages: int = 0
    files: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    named: list[Naming] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)


def find_person(ledger: Ledger, text: str, copies: Sequence[Path] = ()) -> tuple[tuple[str, ...], list[Mention]]:
    """The LinkedIn keys and the leads of the one person whom a text means.

    There are no leads of one who was forgotten before, or whom only a copy may know. Raises UsageError if it means
    nobody, or several people.
    """
    keys = read_linkedin_keys(text)
    found = ledger.find_people(text, keys)
    if not found and keys and (copies or ledger.was_forgotten(keys[0])):
        return keys, []
    if not found:
        hint = "see docs/privacy.md for what else may hold data; `suppress add` keeps somebody from being contacted"
        raise UsageError(f"the ledger knows nobody by {text!r}", hint=hint)
    if len(found) > 1:
        people = "; ".join(f"{keys[0]}: {_tell(mentions[0])}" for keys, mentions in found.items())
        hint = "give the address of the LinkedIn profile"
        raise UsageError(f"{text!r} may be {len(found)} people: {people}", hint=hint)
    return next(iter(found.items()))


def forget(
    services: Services,
    keys: Sequence[str],
    mentions: Sequence[Mention],
    actor: str,
    *,
    asked: str,
    copies: Sequence[Path] = (),
    messages: Collection[int] = (),
) -> Forgotten:
    """Erase the person with these LinkedIn keys. `asked`: how a person named it; `copies`: more files to erase from.

    `messages`: of other leads, which lose their texts, too, as they name the person. Raises LockHeldError if a run
    works, LedgerError if the ledger cannot be written anew, UsageError for a message that is not there: then nothing
    was changed.
    """
    ledger, path, done = services.ledger, services.config.ledger.path, Forgotten()
    texts = [text for number in messages for text in ledger.all_texts(number)]
    entries = _make_entries(keys, mentions, asked)
    with _lock_all(services), ExitStack() as stack:
        ledger.require_alone()
        done.outside = list_outside(services.config, ledger, keys)
        done.named = [replace(one, erased=one.message in messages) for one in find_namings(ledger, keys)]
        opened = [_open(services, sync, mentions, done, stack) for sync in services.config.syncs.values()]
        runs = [run for run in opened if run is not None]
        for run in runs:
            _erase_sinks(run, keys, done)
        erased = ledger.erase(keys, entries, actor, services.clock.now(), texts)
        done.leads, done.messages = erased.leads, erased.messages
        ledger.scrub()
        done.files.append(str(path))
        for run in runs:
            _rewrite_tables(run, keys, done)
            _list_leftovers(run, done)
        for copy in dict.fromkeys((*find_backups(path), *copies)):
            _erase_copy(services, copy, keys, entries, actor, texts, done)
    done.left += [
        f"{place}: message {one.message} of lead {one.lead_id!r} was delivered there; a table loses it with the next"
        " run, elsewhere take it out"
        for one in done.named
        if one.erased
        for place in one.delivered_to
    ]
    return done


def _tell(mention: Mention) -> str:
    return f"{mention.name or 'a lead'}, {mention.customer}/{mention.campaign}/{mention.lead_id} of {mention.sync}"


@contextmanager
def _lock_all(services: Services) -> Iterator[None]:
    """No run of any sync, whatever it is called, works meanwhile. Raises LockHeldError."""
    with ExitStack() as stack:
        for name in services.ledger.sync_names():
            sync_id = services.ledger.find_sync(name)
            assert sync_id is not None
            stack.callback(lock_run(services.config, sync_id, name, services.stop).release)
        yield


def _open(services: Services, sync: Sync, mentions: Sequence[Mention], done: Forgotten, stack: ExitStack) -> Run | None:
    """The connectors of a sync that knows the person; None if it does not, or if they cannot be built."""
    sync_id = services.ledger.find_sync(sync.name, sync.formerly)
    names = {services.ledger.find_sync(mention.sync) for mention in mentions}
    if sync_id is None or sync_id not in names:
        return None
    try:
        run = open_run(services, sync, uuid.uuid4().hex[:12], Options())
    except UpscaleConnectError as error:
        done.left.append(f"the sinks of {sync.name}: nothing was erased there: {error.message}")
        return None
    stack.callback(close_run, run)
    return run


def _erase_sinks(run: Run, keys: Sequence[str], done: Forgotten) -> None:
    """What the sinks can take away themselves; while the ledger still knows where it is."""
    for name, sink in run.sinks.items():
        if not isinstance(sink, Sink):
            continue
        label = f"{run.sync.name}: {name}"
        sink_id = run.ledger.bind_sink(run.sync_id, name, getattr(run.sync.sinks[name], "formerly", None))
        deliveries = [
            Delivery(one.lead.key, one.record, one.lead, one.messages, one.receipt, one.earlier)
            for key in keys
            for one in run.ledger.deliveries_of(run.sync_id, sink_id, key)
        ]
        if not deliveries:
            continue
        try:
            with shield(partial(_fail, label), run.config.secrets):
                results = sink.erase(deliveries)
                fail = partial(_fail, label)
                found = [] if results is None else list(shield_iterator(results, fail, run.config.secrets))
        except UpscaleConnectError as error:
            done.left.append(f"{label}: look there, it was not erased for certain: {error.message}")
            continue
        if results is not None:
            if missing := len(deliveries) - len(found):
                done.left.append(f"{label}: it did not say what became of {missing} of {len(deliveries)}: look there")
            else:
                done.outside = [one for one in done.outside if one.what != label]
            if erased := sum(one.outcome == "written" for one in found):
                done.rows[label] = erased
            done.left += [f"{label}: {one.why}" for one in found if one.outcome in ("conflict", "failed", "skipped")]


def _rewrite_tables(run: Run, keys: Sequence[str], done: Forgotten) -> None:
    """Without the person's texts: the ledger has none any more, and the row is suppressed."""
    for name, table in run.sinks.items():
        if not isinstance(table, Table):
            continue
        label = f"{run.sync.name}: {name}"
        sink_id = run.ledger.bind_sink(run.sync_id, name, getattr(run.sync.sinks[name], "formerly", None))
        if not run.ledger.read_stamps(sink_id):
            continue  # it was never written
        try:
            TableWriter(run, name, table, sink_id).rewrite()
            places = _find_rows(run, label, table, keys)
        except UpscaleConnectError as error:
            done.left.append(f"{label}: it was not written anew: {error.message}")
            continue
        done.left += [f"{place}: it still shows a message; empty the cell" for place in places]
        done.outside = [one for one in done.outside if one.what != label]
        done.rows[label] = 0


def _find_rows(run: Run, label: str, table: Table[Any], keys: Sequence[str]) -> list[str]:
    """Where a target still shows a message of the person: it is the source itself, or has what somebody wrote."""
    with shield(partial(_fail, label), run.config.secrets):
        shown = table.shown()
    places = []
    for row in shield_iterator(iter(()) if shown is None else shown, partial(_fail, label), run.config.secrets):
        lead = run.mapping.lead(row.record)
        if row.fields.keys() - {"status"} and isinstance(lead, Lead) and lead.linkedin_key in keys:
            places.append(row.record.where)
    return places


def _list_leftovers(run: Run, done: Forgotten) -> None:
    for name, sink in run.sinks.items():
        label = f"{run.sync.name}: {name}"
        try:
            with shield(partial(_fail, label), run.config.secrets):
                done.left += [f"{one}: an earlier state; look for the person, or remove it" for one in sink.leftovers()]
        except SinkError as error:
            done.left.append(error.message)


def _fail(label: str, why: str) -> SinkError:
    return SinkError(f"{label}: {why}")


def _erase_copy(
    services: Services,
    copy: Path,
    keys: Sequence[str],
    entries: Sequence[Entry],
    actor: str,
    texts: Sequence[str],
    done: Forgotten,
) -> None:
    try:
        services.ledger.erase_copy(copy, keys, entries, actor, services.clock.now(), texts)
        done.files.append(str(copy))
    except LedgerError as error:
        done.left.append(f"{error.message}: the person was not erased from it; remove it, or try again")


def _make_entries(keys: Sequence[str], mentions: Sequence[Mention], asked: str) -> list[Entry]:
    """What keeps the person from being contacted and bought again, whatever form the address takes."""
    values = {Entry("linkedin", one, None, REASON) for one in (*keys, *read_linkedin_keys(asked))}
    ids = [f"{one.customer}/{one.campaign}/{one.lead_id}" for one in mentions]
    values |= {Entry("id", one, None, REASON_OF_ID) for one in ids}
    if email := read_email(asked):
        values.add(Entry("email", email, None, REASON))
    return sorted(values, key=lambda entry: (entry.kind, entry.value))
