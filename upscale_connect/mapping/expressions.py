"""What may stand under `map`: where the value of a lead's field comes from.

A plain string is a column. `{constant: …}`, `{first_of: […]}` and `{template: "…{Column}…"}` are the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

_FORMS = "a column, {constant: …}, {first_of: […]} or {template: …}"
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Column:
    """The value of one column."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every record."""

    value: str


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The value of the first of these columns that is not blank."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Text around columns: `https://{Domain}/about`. A literal brace is doubled.

    It is blank as soon as one of its columns is: half an address is worse than none. Raises `ValueError` if
    a brace stands alone, or if there is no column in it.
    """

    text: str
    #: The columns in the order of the text.
    columns: tuple[str, ...] = field(init=False, compare=False)
    #: The text around the columns, one piece more than there are columns.
    pieces: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        columns, pieces = _split_template(self.text)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "pieces", pieces)


Expression: TypeAlias = Column | Constant | FirstOf | Template


def _split_template(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    columns: list[str] = []
    pieces: list[str] = [""]
    end = 0
    for token in _TOKEN.finditer(text):
        pieces[-1] += text[end : token.start()]
        end = token.end()
        name = token[1]
        if name is not None:
            if not name.strip():
                raise ValueError("template has {} without a column's name between the braces")
            columns.append(name)
            pieces.append("")
        elif token[0] in ("{{", "}}"):
            pieces[-1] += token[0][0]
        else:
            raise ValueError(f"template has a single {token[0]}: write {{Column}}, and double a brace to keep it")
    pieces[-1] += text[end:]
    if not columns:
        raise ValueError("template names no {Column}; for a fixed value write {constant: …}")
    return tuple(columns), tuple(pieces)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} must be a text that is not empty")
    return value


def _parse_columns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("first_of must be a list of columns, such as {first_of: [Company, Employer]}")
    return tuple(_text(name, "each column of first_of") for name in value)


_PARSERS: Mapping[str, Callable[[object], Expression]] = {
    "constant": lambda value: Constant(_text(value, "constant")),
    "first_of": lambda value: FirstOf(_parse_columns(value)),
    "template": lambda value: Template(_text(value, "template")),
}


def parse_expression(value: object) -> Expression:
    """Read a value from under `map`; an expression is passed through. Raises `ValueError`."""
    if isinstance(value, Column | Constant | FirstOf | Template):
        return value
    if isinstance(value, str):
        return Column(_text(value, "a column's name"))
    if isinstance(value, Mapping) and len(value) == 1:
        ((form, content),) = value.items()
        if parse := _PARSERS.get(form):
            return parse(content)
    raise ValueError(f"must be {_FORMS}")


def columns_of(expression: Expression) -> tuple[str, ...]:
    """The columns that the expression reads, in its order."""
    if isinstance(expression, Column):
        return (expression.name,)
    if isinstance(expression, Constant):
        return ()
    return expression.columns


def compile_expression(expression: Expression, clean: Callable[[str], str]) -> Callable[[Mapping[str, str]], str]:
    """Make the function that reads the expression from a record's fields.

    `clean` is applied to every value, and to the text of a template; it gives "" for what counts as blank. A
    column that the record does not have is blank.
    """
    if isinstance(expression, Constant):
        value = clean(expression.value)
        return lambda fields: value
    if isinstance(expression, Column):
        name = expression.name
        return lambda fields: clean(fields.get(name) or "")
    if isinstance(expression, FirstOf):
        names = expression.columns
        return lambda fields: next((found for name in names if (found := clean(fields.get(name) or ""))), "")
    return _compile_template(expression, clean)


def _compile_template(template: Template, clean: Callable[[str], str]) -> Callable[[Mapping[str, str]], str]:
    start, rest = template.pieces[0], tuple(zip(template.columns, template.pieces[1:], strict=True))

    def read(fields: Mapping[str, str]) -> str:
        text = start
        for name, piece in rest:
            value = clean(fields.get(name) or "")
            if not value:
                return ""
            text += value + piece
        return clean(text)

    return read
