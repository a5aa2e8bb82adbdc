"""Values that must not appear where they do not belong, and where they are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel, SecretBytes, SecretStr

from ..secrecy import find_secrets

#: What a test gives to its connector as a token.
SECRET = "canary/Secret+7f3a9c51e0d2"

#: In the records of a check; a connector has no reason to repeat it.
EMAIL = "canary.ann@person.example"
NOTE = "canary note: prefers to be called in the evening"

#: Begins every message text of a check.
TEXT = "canary message"


def secrets_of(value: object) -> Iterator[str]:
    """What a model holds as `SecretStr`."""
    if isinstance(value, SecretStr | SecretBytes):
        yield str(value.get_secret_value())
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_of(getattr(value, name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from secrets_of(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from secrets_of(part)


def texts_of(error: BaseException) -> Iterator[str]:
    """All that an exception shows, with what it came from."""
    seen: set[int] = set()
    todo: list[BaseException] = [error]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__name__}: {one} {one.args!r} {vars(one)!r}"
        todo += [linked for linked in (one.__cause__, one.__context__) if linked is not None]


def find_leak(values: Iterable[str], places: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The first place (its name, its text) in which one of the values stands."""
    found = find_secrets(values)
    return next(((name, text) for name, text in places if found and found.search(text)), None)
