"""An answer of the API as it came, and what may be shown of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from requests.structures import CaseInsensitiveDict

from ..errors import BadAnswerError
from ..http.json_body import parse_json
from ..http.origins import host_of
from ..http.quoting import printable, quote_body, redact

_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """`cut` is empty for a whole answer, else why it ended early; `cause` is its short word."""

    url: str
    status: int
    headers: CaseInsensitiveDict[str]
    content: bytes
    bytes_sent: int = 0
    cause: str = ""
    cut: str = ""

    @property
    def host(self) -> str:
        return host_of(self.url)

    def parse(self) -> object:
        """Its JSON whatever the content type says; None if it has none."""
        try:
            return parse_json(self.content)
        except ValueError:
            return None

    def quote(self, secrets: Collection[str]) -> str:
        """The first 200 characters, fit to be shown."""
        return quote_body(self.content, secrets)

    def unusable(self, problem: str, secrets: Collection[str]) -> BadAnswerError:
        """The error for an answer that is not what was asked for."""
        shown = printable(redact(problem, secrets))
        return BadAnswerError(
            f"{self.host} answered {self.status} with {shown}: {self.quote(secrets)}",
            hint="if this is not the API, correct base_url; if it is, nothing is lost: run again later",
            status=self.status,
        )


def show(text: str, secrets: Collection[str]) -> str:
    """A sentence of the API, fit to be shown and kept."""
    return printable(redact(text, secrets))[:_SHOWN]
