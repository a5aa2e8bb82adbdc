"""Collecting everything that is wrong, and saying what pydantic found in our own words.

Pydantic's own text quotes the input, which may be a secret. Here only its kind of error, the key and the
numbers that stand in the model are used.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError, Problem

if typing.TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

#: More names make no hint that somebody reads.
MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; lines and columns count from 1, 0 is unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


class Problems:
    """What is wrong so far. The same problem at the same place counts once."""

    def __init__(self, main: str) -> None:
        self._main = main
        self._found: dict[tuple[Place, str], Problem] = {}

    def add(self, place: Place, message: str, hint: str = "") -> None:
        self._found.setdefault((place, message), Problem(str(place), message, hint))

    def raise_any(self) -> None:
        """Raise what was found, if anything was."""
        if self._found:
            raise self.error()

    def error(self) -> ConfigError:
        """All problems, those of the main file first, in the order of lines."""
        return ConfigError([self._found[key] for key in sorted(self._found, key=self._order)])

    def _order(self, key: tuple[Place, str]) -> tuple[bool, str, int, int]:
        place, _ = key
        return (place.file != self._main, place.file, place.line, place.column)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """What a misspelt word was meant to be, None if nothing known is like it."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def suggest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint: the one that was meant, or all there are."""
    names = list(known)
    meant = nearest(word, names, cutoff)
    if meant:
        return f"did you mean {meant!r}?"
    return f"there are: {list_names(names)}" if names else ""


def list_names(names: Sequence[str]) -> str:
    """The names in a line; of many the first ones."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def is_wordlike(text: str) -> bool:
    """Whether `text` is a word, as keys are, and not a secret in the wrong place."""
    return text.replace("_", "").replace("-", "").isalpha() and len(text) <= 30


def describe_unknown_key(key: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a key that nobody knows. It is repeated only where it looks like one."""
    names = list(known)
    shown = f"unknown key `{key}`" if is_wordlike(key) else "unknown key"
    return shown, suggest(key, names)


def explain(
    error: ValidationError, model: type[BaseModel], hidden: Collection[str] = ()
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Each error as (keys that lead to it, message, hint), free of any input.

    `hidden` are fields of the model that are no keys of the file. A key that is missing because it is
    misspelt is told once.
    """
    details = error.errors(include_url=False, include_input=False)
    paths = [tuple(str(key) for key in detail["loc"] if key != "[key]") for detail in details]
    meant: set[tuple[str, ...]] = set()
    for detail, path in sorted(zip(details, paths, strict=True), key=lambda pair: pair[0]["type"] == "missing"):
        kind = detail["type"]
        if kind == "extra_forbidden":
            known = [name for name in _fields_at(model, path[:-1]) if name not in hidden]
            meant.add((*path[:-1], nearest(path[-1], known) or ""))
            yield path, *describe_unknown_key(path[-1], known)
        elif kind == "missing" and path in meant:
            continue
        elif kind == "too_short" and any(other[: len(path)] == path and other != path for other in paths):
            continue  # only because its items have problems
        else:
            yield path, f"{_name(path)} {_sentence(detail)}", ""


def _name(path: tuple[str, ...]) -> str:
    if not path:
        return "this"
    if path[-1].isdigit() and len(path) > 1:
        return f"item {int(path[-1]) + 1} of `{path[-2]}`"
    return f"`{path[-1]}`"


#: Kinds of pydantic's errors → what must be. The first that the kind begins with counts.
_SENTENCES = (
    ("missing", "is missing"),
    ("int_", "must be a whole number"),
    ("float_", "must be a number"),
    ("finite_number", "must be a number"),
    ("bool_", "must be yes or no"),
    ("string_too_long", "is too long"),
    ("string_too_short", "must not be empty"),
    (
        "string_pattern_mismatch",
        "may hold letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
    ),
    ("string_", "must be text"),
    ("path_", "must be a path"),
    ("too_short", "must not be empty"),
    ("too_long", "has too many items"),
    ("tuple_type", "must be a list, such as [a, b]"),
    ("list_type", "must be a list, such as [a, b]"),
    ("set_type", "must be a list, such as [a, b]"),
    ("frozen_set_type", "must be a list, such as [a, b]"),
    ("dict_type", "must be keys and values, such as {key: value}"),
    ("mapping_type", "must be keys and values, such as {key: value}"),
    ("model_type", "must be keys and values, such as {key: value}"),
    ("model_attributes_type", "must be keys and values, such as {key: value}"),
)

#: Kinds whose context holds a bound of the model.
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least"),
    "greater_than": ("gt", "must be more than"),
    "less_than_equal": ("le", "must be at most"),
    "less_than": ("lt", "must be less than"),
}


def _sentence(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {context[name]:g}" if isinstance(context.get(name), int | float) else "is out of range"
    if kind in ("literal_error", "enum"):
        return f"must be one of: {context['expected']}"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    return next((words for start, words in _SENTENCES if kind.startswith(start)), "is not valid")


def _fields_at(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    """The keys that the model at `path` knows, in their order."""
    known: type[BaseModel] | None = model
    for key in path:
        if known is not None and key in known.model_fields:
            known = _model_in(known.model_fields[key].annotation)
    return list(known.model_fields) if known is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model within an annotation such as `tuple[Annotated[Wanted, …], ...] | None`."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)
