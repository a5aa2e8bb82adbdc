"""A run that ends at any of its requests is continued by the next one, to the same sheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.google_sheets.conftest import HEADER, person
from upscale_connect.http import HttpSession

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book

LEADS = 5
#: More than a run has.
REQUESTS = 16


class KilledError(BaseException):
    """The process ends here."""


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, last: int, *, is_sent: bool) -> Iterator[None]:
    """Let what is done here end at its request of this number, from 0, before or after it was sent."""
    request, count = HttpSession.request, iter(range(1000))

    def kill(session: HttpSession, *args: Any, **options: Any) -> Any:
        number = next(count)
        answer = request(session, *args, **options) if is_sent or number < last else None
        if number >= last:
            raise KilledError
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(HttpSession, "request", kill)
        try:
            yield
        except KilledError:
            assert next(count) == last + 1


@pytest.mark.parametrize("is_sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("last", range(REQUESTS))
def test_the_next_run_goes_on(
    bench: Bench, book: Book, monkeypatch: pytest.MonkeyPatch, last: int, is_sent: bool
) -> None:
    monkeypatch.setattr("upscale_connect_google_sheets.writer._ROWS", 2)
    book.tab.fill([HEADER, *map(person, range(LEADS))])
    deliveries = [bench.delivery(number) for number in range(LEADS)]
    with killed(monkeypatch, last, is_sent=is_sent):
        bench.write(*deliveries)
    assert {result.outcome for result in bench.write(*deliveries)} <= {"written", "unchanged"}
    header, *rows = book.tab.texts()
    assert [row[4] for row in rows] == [f"Hi Ann{number}" for number in range(LEADS)]
    assert [row[-1] for row in rows] == [f"uc-{number}" for number in range(LEADS)]
    assert len(header) == len(set(header)) == len(HEADER) + 6


@pytest.mark.parametrize("is_sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("last", range(9))
def test_who_is_being_forgotten_is_gone_after_the_next(
    bench: Bench, book: Book, monkeypatch: pytest.MonkeyPatch, last: int, is_sent: bool
) -> None:
    book.tab.fill([HEADER, *map(person, range(LEADS)), person(1)])
    deliveries = [bench.delivery(number) for number in range(LEADS)]
    bench.write(*deliveries)
    before = book.tab.texts()
    with killed(monkeypatch, last, is_sent=is_sent):
        list(bench.sink().erase(deliveries[1:2]))
    (result,) = bench.sink().erase(deliveries[1:2])
    assert result.outcome in ("written", "unchanged")
    gone = [*person(1), "", "", "", "", "", ""]
    assert book.tab.texts() == [gone if row[0] == "Ann1" and len(row) > len(HEADER) else row for row in before]
