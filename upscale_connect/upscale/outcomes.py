"""Which error an answer of the API means: by proof of what was bought, not by the family of its status."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from ..errors import (
    AccessDeniedError,
    ApiError,
    InDoubtError,
    InvalidKeyError,
    NoCreditsError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    RevokedKeyError,
    UnreachableError,
    ValidationError,
    WrongAddressError,
)
from ..http.origins import redirect_host
from ..http.retry_after import parse_retry_after
from .answers import Answer, show
from .dialects import Dialect

#: Statuses that say the request was not processed; 302 and 303 may come after a POST was.
_REDIRECTS_OF_POST = frozenset({301, 307, 308})
_REDIRECTS_OF_GET = frozenset({301, 302, 303, 307, 308})
_INVALID = frozenset({400, 413, 422})
#: Refused before any processing, by definition of the status (RFC 9110 §15.5, RFC 6585).
_OTHER_REFUSALS = frozenset({411, 414, 415, 421, 426, 431})
_NEWER_HINT = "the service may have moved to a newer wire shape than this dialect"


class Judge:
    """Turns answers that are no success into errors. Their texts are free of `secrets`."""

    def __init__(self, dialect: Dialect, secrets: Collection[str], now: Callable[[], datetime]) -> None:
        self._dialect = dialect
        self._secrets = secrets
        self._now = now

    def of_submit(self, answer: Answer) -> ApiError:
        """The error of a paid request without a usable receipt: refused for certain, or in doubt."""
        if answer.cut:
            return self._in_doubt(answer, answer.cause, f"{answer.cut}, after {answer.status}")
        if 200 <= answer.status < 300:
            return self._in_doubt(
                answer, "no_request_id", f"it answered {answer.status} without the id of a request: probably paid"
            )
        error = self._wrong_address(answer, _REDIRECTS_OF_POST) or self._refusal(answer)
        if error is None:
            return self._in_doubt(answer, f"status_{answer.status}", f"it answered {answer.status}")
        if answer.status == 404 or self._dialect.looks_newer(error.message):
            error.hint = f"{error.hint}; {_NEWER_HINT}"
        return error

    def of_retrieval(self, answer: Answer, secure_request_id: str) -> ApiError:
        """The error of fetching one request's messages."""
        if answer.status == 404 and self._dialect.parse_error(answer.parse()) is not None:
            return NotFoundError(
                f"{answer.host} does not know the request {secure_request_id}: {self._sentence(answer)}",
                hint="it belongs to another account or environment, or is no longer kept there",
                status=404,
            )
        return self.of_query(answer)

    def of_query(self, answer: Answer) -> ApiError:
        """The error of any repeatable call."""
        error = self._wrong_address(answer, _REDIRECTS_OF_GET) or self._refusal(answer)
        if error is not None:
            return error
        if answer.status >= 500 or answer.status in (408, 425):
            return UnreachableError(
                f"{answer.host} answered {answer.status}: {answer.quote(self._secrets)}",
                hint="nothing is lost; run again later",
                status=answer.status,
            )
        return answer.unusable("an unexpected status", self._secrets)

    def lost_id(self, answer: Answer) -> bool:
        """Whether the API says that no request id reached it."""
        return answer.status == 422 and self._dialect.lost_id(self._sentence(answer))

    def _wrong_address(self, answer: Answer, redirects: Collection[int]) -> RefusedError | None:
        if answer.status in redirects:
            target = redirect_host(answer.url, answer.headers.get("Location", ""))
            return WrongAddressError(
                f"{answer.host} redirects ({answer.status}) to {show(target, self._secrets)}",
                hint="correct base_url; redirects are not followed, because the API key would travel along",
                status=answer.status,
            )
        if answer.status in (404, 405):
            return WrongAddressError(
                f"{answer.host} has no such endpoint ({answer.status}): {answer.quote(self._secrets)}",
                hint="correct base_url; the API's own ends in /api/v2",
                status=answer.status,
            )
        return None

    def _refusal(self, answer: Answer) -> RefusedError | None:
        status = answer.status
        text = self._sentence(answer)
        if status == 401:
            revoked = "revoked" in text.lower() and "invalid" not in text.lower()
            return RevokedKeyError() if revoked else InvalidKeyError()
        if status == 402:
            return NoCreditsError(text)
        if status in (403, 407):
            return self._denied(answer, text)
        if status in _INVALID:
            problems, blamed = self._dialect.split_problems(text), self._dialect.blames_request(text)
            return ValidationError(text, problems, status=status, about_request=blamed)
        if status == 429:
            return RateLimitedError(parse_retry_after(answer.headers.get("Retry-After"), self._now()))
        if status in _OTHER_REFUSALS:
            return RefusedError(
                f"{answer.host} refused the request ({status}): {text}",
                hint="nothing was bought; the cause must change before it is sent again",
                status=status,
            )
        return None

    def _denied(self, answer: Answer, text: str) -> RefusedError:
        if answer.status == 407:
            message, hint = "the proxy wants a user name and password (407)", "set them in HTTPS_PROXY"
        else:
            message = f"{answer.host} denies access (403): {text}"
            hint = "check the rights of the API key, and whether a firewall or proxy stands in between"
        return AccessDeniedError(message, hint=f"{hint}; nothing was bought", status=answer.status)

    def _sentence(self, answer: Answer) -> str:
        text = self._dialect.parse_error(answer.parse())
        return show(text, self._secrets) if text else answer.quote(self._secrets)

    def _in_doubt(self, answer: Answer, cause: str, what: str) -> InDoubtError:
        return InDoubtError(
            f"{answer.host}: {what}: {answer.quote(self._secrets)}",
            cause=cause,
            status=answer.status,
            bytes_sent=answer.bytes_sent,
        )
