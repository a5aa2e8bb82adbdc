"""Round after round: a fresh world, disturbed runs, runs in peace until nothing changes any more, and its books."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from ..clock import Stop
from ..config import Config
from ..errors import UsageError
from ..sandbox.faults import Early
from .books import Purchase, Verdict, check_books, read_ledger
from .disturbances import Timeline
from .recording import Recording
from .world import PROGRAM, BrokenError, Ending, StoppedError, World

#: What a round that is not fine has in its folder.
REPORT = "round.json"

#: How a run may end: well, with something that a person should see, or with something that was done to it.
_IN_PEACE = frozenset({0, 3, 5, 6, 9})
_DISTURBED = _IN_PEACE | {10}

#: Disturbed runs in a row at most.
_IN_A_ROW = 4
#: Seconds until the messages of a request are there, and what the API says before.
_DELAYS = (0.0, 0.0, 0.2)
_EARLY: tuple[Early, ...] = ("partial-200", "202", "nulls-200", "404-until-ready")

#: Runs in peace after which nothing may change any more, beyond those that an undisturbed world takes.
_RUNS_MORE = 4
#: Runs in peace that an undisturbed world may take.
_LONGEST = 50
#: Rounds that are played at the same time, where there are so many processors.
_WORKERS = 4


@dataclass(slots=True)
class Round:
    """One world. Number 0 is not disturbed. `faults`: those that a run met. `folder` is there if it is not fine."""

    number: int
    folder: Path
    disturbances: list[str] = field(default_factory=list)
    kills: int = 0
    faults: int = 0
    verdict: Verdict = field(default_factory=Verdict)


@dataclass(slots=True)
class Totals:
    """Of all rounds but number 0, `in_doubt` in requests. `broken`: the first round that was not fine."""

    rounds: int = 0
    kills: int = 0
    faults: int = 0
    in_doubt: int = 0
    paid_twice: int = 0
    lost: int = 0
    wrong_row: int = 0
    broken: Round | None = None

    def add(self, one: Round) -> None:
        self.rounds += one.number > 0
        self.kills += one.kills
        self.faults += one.faults
        self.in_doubt += one.verdict.in_doubt
        self.paid_twice += one.verdict.paid_twice
        self.lost += one.verdict.lost
        self.wrong_row += one.verdict.wrong_row
        if not one.verdict.is_fine and self.broken is None:
            self.broken = one


class Proof:
    """Plays rounds in `folder`, several at a time. The same `seed` brings the same disturbances, by its number.

    `program`: the command under proof.
    """

    def __init__(
        self,
        folder: Path,
        config: Config,
        recordings: Sequence[Recording],
        *,
        seed: int,
        stop: Stop,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.totals = Totals()
        self._folder = folder
        self._config = config
        self._recordings = recordings
        self._seed = seed
        self._stop = stop
        self._program = program
        self._longest = _LONGEST
        self._expected: Collection[Purchase] = ()
        self._timeline = Timeline({}, 0.0)

    def begin(self) -> None:
        """Measure a world that nobody disturbs. Raises UsageError if nothing is bought there."""
        if (calm := self._conduct(0, self._measure)) is None:
            return
        self.totals.add(calm)
        if calm.verdict.is_fine and not self._expected:
            raise UsageError(
                "nothing is bought with this configuration, so nothing can be proven",
                hint="`upscale-connect plan` shows what a sync would buy, and why not",
            )

    def rounds(self, is_over: Callable[[Totals], bool]) -> Iterator[Totals]:
        """Begin rounds until `is_over`, one is broken or a person has had enough; the totals after each."""
        numbers = count(1)
        workers = min(_WORKERS, os.cpu_count() or 1)
        playing: set[Future[Round | None]] = set()
        with ThreadPoolExecutor(workers) as pool:
            while True:
                while len(playing) < workers and not self._has_ended(is_over):
                    playing.add(pool.submit(self._conduct, next(numbers), self._disturb))
                if not playing:
                    return
                done, playing = wait(playing, return_when=FIRST_COMPLETED)
                for one in filter(None, [future.result() for future in done]):
                    self.totals.add(one)
                yield self.totals

    def _has_ended(self, is_over: Callable[[Totals], bool]) -> bool:
        return self.totals.broken is not None or self._stop.is_set() or is_over(self.totals)

    def _conduct(self, number: int, act: Callable[[Round, World], None]) -> Round | None:
        """One round; None if a person stopped it. Its folder is kept only if something is wrong."""
        one = Round(number, self._folder / f"round-{number}")
        try:
            with World(one.folder, self._config, self._recordings, self._stop, self._program) as world:
                try:
                    act(one, world)
                except BrokenError as error:
                    one.verdict.damages.append(str(error))
                if not one.verdict.is_fine:
                    self._report(one, world)
        except StoppedError:
            return None
        if one.verdict.is_fine:
            shutil.rmtree(one.folder, ignore_errors=True)
        return one

    def _measure(self, one: Round, world: World) -> None:
        ending, self._timeline = world.measure()
        _judge(ending, _IN_PEACE)
        ending, runs = self._rest(world)
        self._longest = runs + _RUNS_MORE
        one.verdict = check_books(world, ending)
        if one.verdict.in_doubt:
            one.verdict.damages.append("requests are in doubt that nobody had disturbed")
        if one.verdict.is_fine and world.sandbox.state.accepted:
            self._expected = read_ledger(world.ledger).purchases.keys()

    def _disturb(self, one: Round, world: World) -> None:
        random = Random(f"{self._seed} {one.number}")
        world.sandbox.faults.set(delay=random.choice(_DELAYS), early=random.choice(_EARLY))
        for _ in range(random.randint(1, _IN_A_ROW)):
            disturbance = self._timeline.draw(random, len(world.sandbox.state.requests))
            one.disturbances.append(str(disturbance))
            ending = world.run(disturbance)
            one.kills += ending.killed
            one.faults += disturbance.fault is not None
            if not ending.killed:
                _judge(ending, _DISTURBED)
        one.faults -= world.repair()
        ending, _ = self._rest(world)
        one.verdict = check_books(world, ending, self._expected)

    def _rest(self, world: World) -> tuple[Ending, int]:
        """Run in peace until a run changes nothing: the last run, and how many it took."""
        before = world.look()
        for number in range(1, self._longest + 1):
            ending = world.run()
            _judge(ending, _IN_PEACE)
            if (after := world.look()) == before:
                return ending, number
            before = after
        raise BrokenError(f"the program is still at work after {self._longest} runs in peace")

    def _report(self, one: Round, world: World) -> None:
        """What a bug report needs, into the folder of the round."""
        told = {
            "seed": self._seed,
            "round": one.number,
            "disturbances": one.disturbances,
            "broken": one.verdict.explain(),
            **world.describe(),
        }
        (one.folder / REPORT).write_text(json.dumps(told, indent=2), encoding="ascii")


def _judge(ending: Ending, allowed: frozenset[int]) -> None:
    if ending.exit_code not in allowed:
        raise BrokenError(f"a run ended with exit code {ending.exit_code}: {ending.error or 'see its .err file'}")
