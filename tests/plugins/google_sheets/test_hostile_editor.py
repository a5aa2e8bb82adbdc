"""No message stands beside a wrong lead after a run, whatever others do between any two of our requests."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from tests.plugins.google_sheets.conftest import HEADER, person
from tests.plugins.google_sheets.editor import Act, Editor, fill
from upscale_connect import SinkError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, Seen

LEADS = 30
NUMBER = st.integers(0, 1 << 16)
ACT = st.builds(Act, st.sampled_from(["sort", "insert", "insert above", "delete"]), NUMBER, NUMBER)
#: Together they lead through every way of putting something back.
SEEDS = (0, 7, 13, 15, 16, 105, 116)
SCRIPT = st.lists(st.one_of(st.just(Act("nothing")), ACT), max_size=40)


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect_google_sheets.writer._ROWS", 8)
    monkeypatch.setattr("upscale_connect_google_sheets.sink.CHUNK", 15)


@given(script=SCRIPT, seed=st.integers(0, 99), fresh=st.booleans())
@settings(
    max_examples=30,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make a script shorter would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_everybody_gets_their_own_message(bench: Bench, book: Book, script: list[Act], seed: int, fresh: bool) -> None:
    """Also what an earlier run and a person wrote, and all columns of the user, are as they were."""
    prepare(book, fresh=fresh)
    deliveries = [bench.delivery(number) for number in range(LEADS) if fresh or number % 5]
    random.Random(seed).shuffle(deliveries)
    editor = Editor(book.tab, list(script))
    before = editor.leads()
    bench.google.on_request = editor
    try:
        results = bench.write(*deliveries)
    except SinkError:
        reject()  # given up, as it is for a tab without rest
    finally:
        bench.google.on_request = lambda seen: None
    editor.check(before, results)


def prepare(book: Book, *, fresh: bool) -> None:
    """A tab with messages of an earlier run and texts of a person, or a fresh one without our columns."""
    book.tab.rows, book.tab.columns = 1000, 26
    if fresh:
        rows = [[*HEADER, "Note"], *([*person(number), f"note {number}"] for number in range(LEADS))]
        book.tab.fill(rows)
    else:
        fill(book.tab, LEADS, earlier=range(0, LEADS, 5), edited=range(1, LEADS, 5))


@pytest.mark.parametrize("seed", SEEDS)
def test_more_acts_than_requests_without_one(bench: Bench, book: Book, seed: int) -> None:
    """Also what is put back is misplaced then, and what takes that back."""
    chance = random.Random(seed)
    prepare(book, fresh=False)
    kinds = chance.choices(["nothing", "sort", "insert", "insert above", "delete"], [40, 30, 15, 3, 12], k=500)
    editor = Editor(book.tab, [Act(kind, chance.randrange(1 << 16), chance.randrange(1 << 16)) for kind in kinds])
    before = editor.leads()
    bench.google.on_request = editor
    results = bench.write(*(bench.delivery(number) for number in range(LEADS) if number % 5))
    editor.check(before, results)


def test_a_tab_without_rest_is_given_up(bench: Bench, book: Book) -> None:
    prepare(book, fresh=False)
    script = [Act("insert", number, 0) for number in range(5000)]
    bench.google.on_request = Editor(book.tab, script)
    with pytest.raises(SinkError, match="is changed faster than its rows can be put right"):
        bench.write(*(bench.delivery(number) for number in range(2, LEADS)))


def test_rows_that_were_deleted_to_the_end_of_the_grid_are_told(bench: Bench, book: Book) -> None:
    """A tab that is exactly as long as its data, as after an import."""
    prepare(book, fresh=False)
    book.tab.rows = len(book.tab.cells)
    editor = Editor(book.tab, [Act("nothing")] * 4 + [Act("delete", 5)] * 12)
    before = editor.leads()
    bench.google.on_request = editor
    results = bench.write(*(bench.delivery(number) for number in range(LEADS) if number % 5))
    editor.check(before, results)
    assert editor.deleted


def test_what_lands_above_the_header_is_taken_back(bench: Bench, book: Book) -> None:
    prepare(book, fresh=False)
    rows = [9]

    def insert(seen: Seen) -> None:
        if seen.kind == "Write" and rows:
            book.tab.insert_rows(0, rows.pop())

    bench.google.on_request = insert
    assert [result.outcome for result in bench.write(bench.delivery(2), bench.delivery(3))] == ["written"] * 2
    assert not any(map(any, book.tab.texts()[:9]))


def test_columns_that_are_moved_are_followed(bench: Bench, book: Book, caplog: pytest.LogCaptureFixture) -> None:
    prepare(book, fresh=False)
    times = [4, 9]

    def insert(seen: Seen) -> None:
        if seen.kind == "Read" and bench.google.count("Read") in times:
            times.remove(bench.google.count("Read"))
            book.tab.insert_columns(0)

    bench.google.on_request = insert
    results = bench.write(*(bench.delivery(number) for number in range(2, 5)))
    assert [result.outcome for result in results] == ["written"] * 3
    column = book.tab.texts()[0].index("outreach_message")
    assert column == 7
    assert [row[column] for row in book.tab.texts()[3:6]] == ["Hi Ann2", "Hi Ann3", "Hi Ann4"]


def test_columns_that_are_moved_while_we_write_are_told(
    bench: Bench, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(book, fresh=False)
    bench.google.on_request = lambda seen: book.tab.insert_columns(0) if seen.kind == "Write" else None
    (result,) = bench.write(bench.delivery(2))
    assert result.outcome == "conflict"
    assert "columns of the tab 'Sheet1' were moved while rows 4 to 4 of F to K were written" in caplog.text


def test_a_column_of_ours_that_is_renamed_ends_the_run(bench: Bench, book: Book) -> None:
    prepare(book, fresh=False)
    reads: list[int] = []

    def rename(seen: object) -> None:
        reads.append(1)
        if len(reads) == 5:
            book.tab.put(0, 5, "Message")

    bench.google.on_request = rename
    with pytest.raises(SinkError, match="the column 'outreach_message' of the tab 'Sheet1' was renamed or deleted"):
        bench.write(bench.delivery(2))
