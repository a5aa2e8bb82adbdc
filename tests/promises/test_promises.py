"""Every promise has its tests or its reason, and the page says so."""

from __future__ import annotations

from tests.promises.page import PAGE, find_marks, write
from tests.promises.rows import ROWS, SECTIONS


def test_every_row_is_held_or_its_absence_is_explained() -> None:
    marked = {row for row, _, _ in find_marks()}
    assert marked == {number for number, row in ROWS.items() if not row.is_absent}
    assert all(row.gap for row in ROWS.values() if row.is_absent)


def test_rows_are_numbered_without_a_hole() -> None:
    for letter in SECTIONS:
        numbers = [int(number[1:]) for number in ROWS if number[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))
    assert {number[0] for number in ROWS} == set(SECTIONS)


def test_page_is_what_the_marks_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert write(text) == text, "run: python -m tests.promises.page"
