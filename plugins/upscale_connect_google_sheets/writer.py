"""Brings messages beside their leads, or takes them away, while others sort, insert and delete rows.

Google knows no write with a condition. Between our look at a tab and our write a row may move, and the message then
stands beside somebody else. So everything is looked at again after it was written, and put right until nothing is
left to do. What stood in our columns before is kept in memory: what a misplaced message has replaced is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from upscale_connect import Context, Delivery, SinkError, WriteResult, show_column

from .a1 import place as name_place
from .changes import to_areas
from .client import Client, RefusedWriteError, ShrunkError
from .columns import RECEIPT, OurColumns
from .job import Job
from .judging import Judge, Texts
from .keys import Keys
from .layout import Layout
from .memory import Memory
from .places import LONG_PAGE, PAGE, MovedError, Place, PlaceReader
from .survey import Survey

#: How often others may undo what was done before it is given up.
_ROUNDS = 20
#: Rows that are refused one after the other before it is given up.
_REFUSALS = 8
#: What one write takes at most: rows, the rows between them, and characters.
_ROWS, _SPAN, _CHARACTERS = 250, 2_000, 400_000


class TabWriter:
    """Used by one run. `locate` reads the layout as it is now, `prepare` before anything else is done.

    `judge` says what is to be written or taken away.
    """

    def __init__(
        self,
        client: Client,
        context: Context,
        ours: OurColumns,
        keys: Keys,
        judge: Judge,
        locate: Callable[[], Layout],
        prepare: Callable[[], Layout],
    ) -> None:
        self._client = client
        self._context = context
        self._keys = keys
        self._judge = judge
        self._locate = locate
        self._prepare = prepare
        self._reader = PlaceReader(client, keys)
        self._memory = Memory(ours)
        self._receipt = ours.others[RECEIPT]
        person = list(dict.fromkeys([*keys.columns, *keys.columns_of_person]))
        self._all = [*person, *ours.headers]
        self._few = list(dict.fromkeys([*keys.columns, *keys.profiles, self._receipt]))
        self._is_located = self._knows_all = False
        self._unseen: dict[int, dict[int, str]] = {}
        self._targets: dict[int, Delivery] = {}
        self._refusals = 0

    def write(self, deliveries: Sequence[Delivery]) -> Iterable[WriteResult]:
        """Results of what was seen in its place, and of what cannot be written.

        None for what a stop has left open. Raises `SinkError` and `CredentialsError`: then nothing is certain.
        """
        job = Job(deliveries, self._keys)
        if not self._is_located:
            self._layout = self._prepare()
            self._is_located = True
        self._memory.begin()
        rows: dict[int, int] = {}
        missed: list[Delivery] = []
        for _ in range(_ROUNDS):
            try:
                self._visit(job, rows)
                survey = self._look(job)
            except (MovedError, ShrunkError):
                self._relocate(job)
                rows = {}
                continue
            rows = self._choose_rows(job, survey)
            lost = [delivery for delivery in job.open() if not survey.places(delivery)]
            if not rows and lost == missed:
                for delivery in lost:
                    job.settle(self._judge.miss(delivery, self._tab) or job.tell(delivery))
                return job.results()
            missed = lost
        raise SinkError(
            f"the tab {self._tab!r} is changed faster than its rows can be put right",
            hint="nothing is lost; run again when fewer people work on it",
        )

    @property
    def _tab(self) -> str:
        return self._layout.tab.title

    def _look(self, job: Job) -> Survey:
        """The whole tab; for the first time with all that stands in our columns."""
        whole = not self._knows_all
        columns, size = (self._all, PAGE) if whole or self._memory.needs_texts else (self._few, LONG_PAGE)
        survey = Survey()
        for page in self._reader.pages(self._layout, columns, size):
            for place in page:
                if delivery := job.find(place.key):
                    survey.add(delivery, place)
                if self._memory.is_wrong(place, job):
                    survey.astray.append(place.row)
                elif whole:
                    self._memory.learn(place)
        self._knows_all = True
        for delivery in job.placed():
            places = survey.places(delivery)
            if places and not self._judge.is_done(delivery, places):
                job.reopen(delivery)
        return survey

    def _choose_rows(self, job: Job, survey: Survey) -> dict[int, int]:
        """The rows that must be visited → the characters to be written there."""
        rows = dict.fromkeys(survey.astray, 0)
        if not self._context.stop.is_set():
            for delivery in list(job.open()):
                chosen = self._judge.choose(delivery, survey.places(delivery), self._tab)
                if isinstance(chosen, WriteResult):
                    if not survey.astray:  # else what it is about may be misplaced
                        job.settle(chosen)
                else:
                    rows.update((place.row, self._judge.count(delivery)) for place in chosen)
        return rows

    def _visit(self, job: Job, rows: Mapping[int, int]) -> None:
        """Write what is to be written around these rows, and look at it until it is right.

        A stop that comes meanwhile leaves the rest open; what is wrong already is still put right.
        """
        is_ending = self._context.stop.is_set()
        for first, last in _windows(rows):
            if self._context.stop.is_set() and not is_ending:
                return
            for _ in range(_ROUNDS):
                changes = self._decide(self._reader.read(self._layout, first, last, self._all), job)
                self._unseen = changes
                if not changes:
                    break
                self._write(changes, job)

    def _write(self, changes: Mapping[int, Mapping[int, str]], job: Job) -> None:
        """If Google refuses something of it, everything else is written all the same.

        Where only refusals come, it is not for one row: then the first of them ends the run.
        """
        try:
            self._client.write(to_areas(self._tab, changes))
            self._refusals = 0
        except RefusedWriteError as refused:
            rows = sorted(changes)
            if len(rows) > 1:
                for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
                    self._write({row: changes[row] for row in part}, job)
                return
            delivery = self._targets.get(rows[0])
            self._refusals += 1
            if delivery is None or self._refusals == _REFUSALS:
                raise refused.error from None
            why = f"{name_place(self._tab, rows[0])}: {refused.error.message}; {refused.error.hint}"
            job.settle(delivery.failed(why, retry=False))

    def _decide(self, places: Sequence[Place], job: Job) -> dict[int, dict[int, str]]:
        """What is to be written in these rows: row → column → text. Settles what needs nothing more."""
        texts: dict[int, Texts] = {}
        mine: dict[int, tuple[Delivery, list[Place]]] = {}
        for place in places:
            if self._memory.is_wrong(place, job):
                texts[place.row] = self._memory.repair(place)
                if misplaced := job.find_receipt(place.shown.get(self._receipt, "")):
                    job.note_written(misplaced)
                continue
            self._memory.remember(place)
            if delivery := job.find(place.key):
                mine.setdefault(id(delivery), (delivery, []))[1].append(place)
        self._targets = {}
        for delivery, rows in mine.values():
            for place in self._judge.select(delivery, rows):
                texts[place.row] = self._place(delivery, place, job)
                self._targets[place.row] = delivery
        columns = self._layout.ours
        return {row: {columns[header]: text for header, text in one.items()} for row, one in texts.items() if one}

    def _place(self, delivery: Delivery, place: Place, job: Job) -> Texts:
        """What is to be written of a delivery in its row."""
        if not job.is_open(delivery):
            return {}
        verdict = self._judge.judge(delivery, place, name_place(self._tab, place.row))
        if isinstance(verdict, WriteResult):
            job.settle(verdict)
            return {}
        if verdict:
            job.note_written(delivery)
            self._memory.expect(place, verdict)
        else:
            job.confirm(delivery)
        return verdict

    def _relocate(self, job: Job) -> None:
        """Find everything again."""
        before = self._layout
        for _ in range(_ROUNDS):
            self._layout = self._locate()
            if not self._has_hit_header(before, job):
                break
            headers = {column: header for header, column in before.ours.items() if header in self._memory.written}
            self._client.write(to_areas(self._tab, {self._layout.header.row: headers}))
        self._warn_of_moved_columns(before)
        self._unseen = {}
        if gone := [header for header in before.ours if header not in self._layout.ours]:
            raise SinkError(
                f"the column {gone[0]!r} of the tab {self._tab!r} was renamed or deleted while messages were written",
                hint="nothing is lost; if it has another name now, say so under `columns:`, then run again",
            )

    def _has_hit_header(self, before: Layout, job: Job) -> bool:
        """Whether we have written into the header's row: somebody inserted a row above it meanwhile."""
        cells = self._layout.header.cells
        column = before.ours[self._receipt]
        if before.theirs != self._layout.theirs or self._receipt in self._layout.ours:
            return False
        shown = cells[column] if column < len(cells) else ""
        return self._memory.is_foreign(shown, "", job) if shown else self._memory.needs_texts

    def _warn_of_moved_columns(self, before: Layout) -> None:
        """Say so if columns were moved between a look and a write."""
        moved = before.ours != self._layout.ours or before.theirs != self._layout.theirs
        if moved and self._unseen:
            first, last = min(self._unseen), max(self._unseen)
            columns = {column for change in self._unseen.values() for column in change}
            self._context.log.warning(
                "columns of the tab %r were moved while rows %d to %d of %s to %s were written: if something is missing"
                " there, choose File > Version history in the spreadsheet",
                self._tab,
                first,
                last,
                show_column(min(columns)),
                show_column(max(columns)),
            )


def _windows(rows: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """First and last row of each part that is written at once."""
    window: list[int] = []
    size = 0
    for row in sorted(rows):
        if window and (len(window) == _ROWS or row - window[0] >= _SPAN or size + rows[row] > _CHARACTERS):
            yield window[0], window[-1]
            window, size = [], 0
        window.append(row)
        size += rows[row]
    if window:
        yield window[0], window[-1]
