"""One pass over the rows of a tab, and whether it has met each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from .a1 import area
from .client import Client
from .header import Header
from .pages import Page, PageReader
from .tabs import Tab


class Reading:
    """`mapped`: the columns that are used. `linked`: those whose links are read instead of their labels."""

    def __init__(
        self,
        client: Client,
        tab: Tab,
        header: Header,
        mapped: Collection[int],
        linked: Collection[int],
        *,
        skip_hidden: bool,
    ) -> None:
        self._client = client
        self._tab = tab
        self._header = header
        self._mapped = mapped or range(len(header.names))
        self._pages = PageReader(client, tab, linked, needs_hidden=skip_hidden)
        self._skip_hidden = skip_hidden
        self._compared = 0
        self._read = 0
        self._tally: Counter[int] = Counter()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of each row that has text and is not left out."""
        for page in self._pages.pages(self._header.row + 1):
            if self._read == 0:
                self._compared = self._choose_column(page)
            self._read += 1
            self._count(page)
            for number, cells in enumerate(page.rows, page.first):
                if any(map(str.strip, cells)) and not (self._skip_hidden and number in page.hidden):
                    yield number, cells

    def is_complete(self) -> bool:
        """Whether the tab still shows the rows that were read; their order makes no difference."""
        if self._read < 2:
            return True
        column = area(self._tab.title, self._header.row + 1, None, self._compared, self._compared)
        (rows,) = self._client.read([column])
        return self._tally == Counter(hash(row[0]) for row in rows if row and row[0])

    def _choose_column(self, page: Page) -> int:
        """The mapped column that tells the rows apart best."""
        return max(self._mapped, key=lambda column: len(set(self._texts(page, column))))

    def _count(self, page: Page) -> None:
        self._tally.update(hash(text) for text in self._texts(page, self._compared) if text)

    def _texts(self, page: Page, column: int) -> Iterator[str]:
        """What the cells of a column show, not where they lead."""
        for index, cells in enumerate(page.rows):
            yield page.labels.get((index, column)) or (cells[column] if column < len(cells) else "")
