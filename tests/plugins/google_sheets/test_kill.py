"""A run that ends at any of its requests is continued by the next one, to the same sheet."""

from __future__ import annotations

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


@pytest.mark.parametrize("is_sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("last", range(REQUESTS))
def test_the_next_run_goes_on(
    bench: Bench, book: Book, monkeypatch: pytest.MonkeyPatch, last: int, is_sent: bool
) -> None:
    monkeypatch.setattr("upscale_connect_google_sheets.writer._ROWS", 2)
    book.tab.fill([HEADER, *map(person, range(LEADS))])
    request, count = HttpSession.request, iter(range(1000))

    def kill(session: HttpSession, *args: Any, **options: Any) -> Any:
        number = next(count)
        answer = request(session, *args, **options) if is_sent or number < last else None
        if number >= last:
            raise KilledError
        return answer

    deliveries = [bench.delivery(number) for number in range(LEADS)]
    with monkeypatch.context() as patched:
        patched.setattr(HttpSession, "request", kill)
        try:
            bench.write(*deliveries)
        except KilledError:
            assert next(count) == last + 1
    assert {result.outcome for result in bench.write(*deliveries)} <= {"written", "unchanged"}
    header, *rows = book.tab.texts()
    assert [row[4] for row in rows] == [f"Hi Ann{number}" for number in range(LEADS)]
    assert [row[-1] for row in rows] == [f"uc-{number}" for number in range(LEADS)]
    assert len(header) == len(set(header)) == len(HEADER) + 6
