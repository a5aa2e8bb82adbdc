"""What may stand under `when`: for which records a message is bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_TESTS = ("equals", "not_equals", "in", "empty", "not_empty")
_EXAMPLE = 'such as {column: Accepted, equals: "yes"}'


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one column.

    The record's text is stripped, then compared exactly: `Yes` is not `yes`. A column that the record does
    not have is empty. Raises `ValueError` unless there is exactly one test.
    """

    column: str
    equals: str | None = None
    not_equals: str | None = None
    in_: tuple[str, ...] | None = None
    empty: bool = False
    not_empty: bool = False

    def __post_init__(self) -> None:
        given = [self.equals is not None, self.not_equals is not None, self.in_ is not None]
        if sum([*given, self.empty, self.not_empty]) != 1:
            raise ValueError(f"must have exactly one of {', '.join(_TESTS)}, {_EXAMPLE}")

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether a record with these fields passes the test."""
        text = (fields.get(self.column) or "").strip()
        if self.equals is not None:
            return text == self.equals
        if self.not_equals is not None:
            return text != self.not_equals
        if self.in_ is not None:
            return text in self.in_
        return bool(text) is self.not_empty

    def comes_close(self, fields: Mapping[str, str]) -> str:
        """The text of a record that fails the test only because of upper and lower case; "" if it is not so."""
        wanted = self.in_ or (() if self.equals is None else (self.equals,))
        text = (fields.get(self.column) or "").strip()
        is_close = text not in wanted and text.casefold() in {one.casefold() for one in wanted}
        return text if is_close else ""


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('in must be a list of texts, such as {column: Stage, in: ["won", "open"]}')
    return tuple(_text(item, "each element of in") for item in value)


def _true(value: object, key: str) -> bool:
    if value is True or (isinstance(value, str) and value.strip().lower() == "true"):
        return True
    other = "empty" if key == "not_empty" else "not_empty"
    raise ValueError(f"{key} can only be true; for the opposite write {other}: true")


def parse_condition(value: object) -> Condition:
    """Read `{column: …, <one test>: …}`; a condition is passed through. Raises `ValueError`."""
    if isinstance(value, Condition):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a column and one test, {_EXAMPLE}")
    unknown = [str(key) for key in value if key not in ("column", *_TESTS)]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}: allowed are column, {', '.join(_TESTS)}")
    column = value.get("column")
    if not isinstance(column, str) or not column.strip():
        raise ValueError(f"must name a column, {_EXAMPLE}")
    return Condition(
        column,
        equals=_text(value["equals"], "equals") if "equals" in value else None,
        not_equals=_text(value["not_equals"], "not_equals") if "not_equals" in value else None,
        in_=_texts(value["in"]) if "in" in value else None,
        empty="empty" in value and _true(value["empty"], "empty"),
        not_empty="not_empty" in value and _true(value["not_empty"], "not_empty"),
    )
