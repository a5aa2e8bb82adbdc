"""Leads from a spreadsheet."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence

from upscale_connect import Context, Cursor, Finding, Record, Source, SourceError, fold_header

from .a1 import place
from .access import require_google_auth
from .answers import GridRange
from .client import HOSTS, LIMITS, Client, ShrunkError
from .columns import name_columns
from .header import Header
from .inspection import tell_mapping
from .layout import locate
from .options import GOOGLE, GoogleSheetsConfig
from .pages import PAGE, Faults
from .reading import Reading
from .sink import GoogleSheetsSink
from .tabs import Tab

#: How often a tab that changes while it is read is read again.
_ROUNDS = 3


class GoogleSheetsSource(Source[GoogleSheetsConfig]):
    """Reads a tab page by page. Every cell is the text that it shows.

    A page is read as of one moment, several are not. So at the end of a longer tab one column is read once
    more as a whole: if it shows other rows than were read, somebody sorted or changed them meanwhile, and the
    tab is read again for the rows that were missed.
    """

    name = "google-sheets"
    config_model = GoogleSheetsConfig
    hosts = HOSTS
    limits = LIMITS
    whole = True

    def __init__(self, config: GoogleSheetsConfig, context: Context) -> None:
        super().__init__(config, context)
        require_google_auth()
        ours = name_columns(config, context.message_types, SourceError)
        mapped = set(map(fold_header, context.columns))
        self._ours = {fold_header(header) for header in ours.headers} - mapped
        self._client = Client(config, context)
        self._found: tuple[Tab, Header] | None = None

    def read(self, since: Cursor | None) -> Iterator[Record]:
        """Every row that is not empty, each time: Google does not tell cheaply whether anything changed.

        Raises `SourceError` and `CredentialsError`.
        """
        faults = Faults()
        seen: set[int] = set()
        for _ in range(_ROUNDS):
            met: set[int] = set()
            with contextlib.suppress(ShrunkError):
                tab, header = self._find()
                reading = self._start(tab, header)
                names = self._keep_names(header)
                for number, cells in reading.rows():
                    mark = hash(tuple(cells))
                    met.add(mark)
                    if mark not in seen:
                        faults.clear(cells, tab.title, number)
                        padded = [*cells, *[""] * (len(header.names) - len(cells))]
                        fields = {name: padded[index] for index, name in names}
                        yield Record(None, fields, place(tab.title, number))
                if reading.is_complete():
                    break
            seen |= met
        else:
            raise SourceError(
                f"the tab was changed each of the {_ROUNDS} times that it was read",
                hint="nothing is lost; run again when fewer people work on it",
            )
        if faults.count:
            self.context.log.warning("cells that show an error count as empty: %s", faults)

    def columns(self) -> Sequence[str]:
        """The header's names without our own; a column without a name is called `column_C`."""
        _, header = self._found or self._find()
        return [name for _, name in self._keep_names(header)]

    def beside(self) -> GoogleSheetsSink:
        """The sink that writes into the same tab."""
        return GoogleSheetsSink(self.config, self.context)

    def check(self) -> Iterator[Finding]:
        try:
            tab, header = self._find()
        except SourceError as error:
            yield Finding("error", error.message, error.hint)
            return
        opened = f"opened by {self._client.account}" if self._client.account else "opened"
        where = "" if self.config.api_root == GOOGLE else f" at {self.config.api_root}"
        yield Finding(
            "ok",
            f"{tab.book!r}{where}, tab {tab.title!r} (gid {tab.id}): {tab.rows:,} rows, header in row {header.row}"
            f" with {len(header.names)} columns; {opened}",
        )
        pages = math.ceil((tab.rows - header.row) / PAGE)
        reads = 2 + pages + (pages > 1)
        yield Finding(
            "ok",
            f"mapped: {tell_mapping(self.context.mapping, header)}; a run reads it with about {reads} of the"
            f" {LIMITS[0].amount:.0f} calls a minute",
        )
        tall = [merge for merge in tab.merges if _is_tall(merge, header)]
        if tall:
            first = place(tab.title, tall[0].start_row_index + 1, tall[0].start_column_index)
            yield Finding(
                "warning",
                f"cells of several rows are merged, first at {first}: only the top row of each shows a value",
                "unmerge them if each of these rows is a lead",
            )

    def _find(self) -> tuple[Tab, Header]:
        """Tab and header as they are now."""
        self._found = locate(self._client, self.config, self.context.columns, SourceError)
        return self._found

    def _start(self, tab: Tab, header: Header) -> Reading:
        found = {name: header.find(name) for name in self.context.columns}
        mapped = [index for index in found.values() if index is not None]
        profiles = self.context.mapping.get("lead_linkedin", ())
        linked = [index for name in profiles if (index := found.get(name)) is not None]
        return Reading(self._client, tab, header, mapped, linked, skip_hidden=self.config.skip_hidden_rows)

    def _keep_names(self, header: Header) -> list[tuple[int, str]]:
        """Place and name of the columns that are not ours."""
        return [(index, name) for index, name in enumerate(header.names) if fold_header(name) not in self._ours]


def _is_tall(merge: GridRange, header: Header) -> bool:
    """Whether a merged area covers several rows of the data."""
    first = max(merge.start_row_index, header.row)
    within = merge.start_column_index < len(header.names)
    return within and (merge.end_row_index is None or merge.end_row_index - first > 1)
