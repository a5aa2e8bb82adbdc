"""Wire shapes of the API. A dialect is the only place that knows the API's own names and paths."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from ...errors import Invalid
from ..wire import AccountInfo, GenerationRequest, MessageSequence, Retrieved


class ShapeError(ValueError):
    """JSON that is not the answer asked for; the text is a clause that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A repeatable call: path below the base URL, and JSON body or query parameters."""

    path: str
    body: bytes | None = None
    params: dict[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """One generation of the API. Stateless, so that it can be shared by threads.

    The `parse_…` methods get parsed JSON and raise `ShapeError`.
    """

    name: str
    submit_path: str
    sequences: Query
    account: Query

    def headers(self, key: str) -> dict[str, str]:
        """The headers of every call."""
        ...

    def encode(self, request: GenerationRequest) -> bytes:
        """The JSON body of a paid request. Raises `UsageError` with every problem of it."""
        ...

    def parse_receipt(self, answer: object) -> str | None:
        """The id of an accepted request, None if the answer does not prove that it was accepted."""
        ...

    def retrieval(self, secure_request_id: str) -> tuple[Query, Query]:
        """The call that fetches messages, with the id in its body and, second, in its query."""
        ...

    def parse_retrieved(self, answer: object, secure_request_id: str, status: int, types: Collection[str]) -> Retrieved:
        """`types` are the message types that were asked for: a field of a type that nobody knows yet is theirs."""
        ...

    def parse_sequences(self, answer: object) -> list[MessageSequence]: ...

    def parse_account(self, answer: object) -> AccountInfo: ...

    def parse_error(self, answer: object) -> str | None:
        """The sentence of an error answer, None if it is none of the API's."""
        ...

    def split_problems(self, text: str) -> tuple[Invalid, ...]:
        """The single complaints of a validation error."""
        ...

    def blames_request(self, text: str) -> bool:
        """Whether an error's text names a field that all leads of a request share."""
        ...

    def lost_id(self, text: str) -> bool:
        """Whether a complaint about a retrieval says that no id arrived."""
        ...

    def looks_newer(self, text: str) -> bool:
        """Whether a complaint about a paid request suggests that the service expects another wire shape."""
        ...
