"""`upscale-connect prove`."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .interruption import Interruption
from .options import config_option, json_option, names_option, read_config
from .output import emit_json, is_terminal, note, printable, say
from .progress import show_progress
from .report import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..config import Config, Sync
    from ..proof.recording import Recording
    from ..proof.rounds import Proof, Round, Totals

FAREWELL = "Ended at once."
_SEEDS = 1_000_000

COUNTS = ("rounds", "kills", "faults", "in_doubt", "paid_twice", "lost", "wrong_row")
EMPTY: dict[str, object] = {"seed": None, "sources": [], **dict.fromkeys(COUNTS, 0), "broken": None}


@click.command("prove", short_help="Kill it again and again on your own leads, in the sandbox")
@names_option
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="How long; default: 1, or as long as --kills takes.",
)
@click.option("--kills", type=click.IntRange(min=1), metavar="N", help="End after so many kills.")
@click.option(
    "--leads",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="How many records of each source are used.",
)
@click.option("--seed", type=int, metavar="N", help="Repeat the disturbances of another call.")
@config_option
@json_option(**EMPTY)
def prove(
    names: tuple[str, ...],
    every: bool,
    minutes: float | None,
    kills: int | None,
    leads: int,
    seed: int | None,
    config_file: Path,
    as_json: bool,
) -> int:
    """Kill the program again and again while it buys for your own leads, and read its books each time.

    Nothing real is touched. Your sources are read once; the messages are bought from a sandbox on this machine, with
    a ledger of its own, and your sinks are replaced by files in a temporary folder, which is removed at the end. The
    sandbox cuts wires, answers late or not at all, and the program is killed at random moments and started again.

    \b
    Example:
      upscale-connect prove
      upscale-connect prove spring --minutes 10
      upscale-connect prove --all --kills 200 --json
    """
    import random

    from ..engine import select_syncs
    from ..proof.rounds import Proof

    config = read_config(config_file)
    syncs = select_syncs(config, names, everything=every)
    seed = random.SystemRandom().randrange(_SEEDS) if seed is None else seed
    minutes = 1.0 if minutes is None and kills is None else minutes
    with _open_folder() as folder, Interruption(lambda code: _abandon(folder, code), farewell=FAREWELL) as interruption:
        recordings = _record(config, syncs, leads, folder, interruption)
        if not as_json:
            _introduce(seed, recordings)
        proof = Proof(folder, config, recordings, seed=seed, stop=interruption.stop)
        totals = _conduct(proof, minutes, kills)
    code = 1 if totals.broken else interruption.exit_code or 0
    if totals.broken is not None:
        _explain(totals.broken, seed)
    if as_json:
        return emit_json(_describe(seed, recordings, totals), code)
    _conclude(totals)
    return code


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder that only this user can look into, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PROGRAM}-prove-"))
    try:
        yield folder
    finally:
        _clean(folder)


def _clean(folder: Path) -> None:
    """Remove everything but rounds that were found to be broken."""
    from ..proof.rounds import REPORT

    with suppress(OSError):
        for part in folder.iterdir():
            if not (part / REPORT).exists():
                shutil.rmtree(part, ignore_errors=True)
        folder.rmdir()


def _abandon(folder: Path, code: int) -> None:
    _clean(folder)
    os._exit(code)


def _record(
    config: Config, syncs: Sequence[Sync], leads: int, folder: Path, interruption: Interruption
) -> list[Recording]:
    """Read the sources. The person's ledger is not even opened."""
    from ..config import Ledger
    from ..engine import open_services
    from ..proof.recording import record_sync

    apart = config.model_copy(update={"ledger": Ledger(path=folder / "none.db")})
    with open_services(apart, read_only=True, stop=interruption.stop) as services:
        return [record_sync(services, sync, leads) for sync in syncs]


def _conduct(proof: Proof, minutes: float | None, kills: int | None) -> Totals:
    """All rounds, with a bar where a person watches."""
    from ..clock import SystemClock
    from ..engine import NoProgress

    clock = SystemClock()
    with _silence_sandbox(), show_progress() if is_terminal(sys.stderr) else nullcontext(NoProgress()) as progress:
        progress.update("prove", "a run in peace", 0, None)
        proof.begin()
        progress.update("prove", "kills", 0, kills)
        end = None if minutes is None else clock.monotonic() + 60 * minutes

        def is_over(totals: Totals) -> bool:
            if kills is not None and totals.kills >= kills:
                return True
            return end is not None and totals.rounds > 0 and clock.monotonic() >= end

        for totals in proof.rounds(is_over):
            progress.update("prove", "kills", totals.kills, kills)
    return proof.totals


@contextmanager
def _silence_sandbox() -> Iterator[None]:
    """Its server warns of each answer that is cut, which is done on purpose."""
    logger = logging.getLogger("waitress")
    logger.addFilter(_drop)
    try:
        yield
    finally:
        logger.removeFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False


def _introduce(seed: int, recordings: Sequence[Recording]) -> None:
    say(line("seed", str(seed)))
    for one in recordings:
        say(printable(line("source", f"{one.sync.name}: {_tell_source(one)}")))
        if one.left_out:
            say(line("", f"not proven, as the sandbox has no such messages: {', '.join(one.left_out)}"))


def _tell_source(one: Recording) -> str:
    kept = f"{len(one.records):,} of {'more than ' if one.more else ''}{one.seen:,} records"
    return f"{kept}, {one.leads:,} of them leads"


def _conclude(totals: Totals) -> None:
    say(line("rounds", f"{totals.rounds:,}, with {totals.faults:,} faults of the API"))
    say(
        f"\n{totals.kills:,} kills, {totals.paid_twice} paid twice, {totals.lost} lost,"
        f" {totals.wrong_row} on a wrong row"
    )
    if totals.in_doubt:
        say(f"{totals.in_doubt} requests in doubt, each shown")


def _explain(broken: Round, seed: int) -> None:
    for sentence in broken.verdict.explain():
        place = f"round {broken.number} of seed {seed}" if broken.number else "before anything was disturbed"
        note(printable(f"Error: {place}: {sentence}"))
    note(
        f"Hint: this is a bug of upscale-connect; what a report needs is kept in {broken.folder}."
        " It holds your leads: remove what nobody may see, and the folder when you are done"
    )


def _describe(seed: int, recordings: Sequence[Recording], totals: Totals) -> dict[str, object]:
    broken = totals.broken
    return {
        "seed": seed,
        "sources": [
            {
                "sync": one.sync.name,
                "records": len(one.records),
                "leads": one.leads,
                "counted": one.seen,
                "counted_all": not one.more,
                "types_left_out": one.left_out,
            }
            for one in recordings
        ],
        **{name: getattr(totals, name) for name in COUNTS},
        "broken": broken and {"round": broken.number, "what": broken.verdict.explain(), "folder": str(broken.folder)},
    }
