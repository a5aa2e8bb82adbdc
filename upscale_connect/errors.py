"""Every exception that upscale-connect raises on purpose.

    UpscaleConnectError                 1   (never raised itself)
    ├── UsageError                      2   the command or call cannot be meant so
    ├── ConfigError                     2   all problems of the configuration at once
    ├── PluginError                     2   a plugin failed to load, or a sync names one that did
    ├── SourceError                    10   a source could not be read
    ├── SinkError                       9   a sink could not be written
    ├── CredentialsError                8   a service that a plugin uses does not accept its credentials
    ├── QuotaError                     10   a service that a plugin uses allows no more calls for now
    ├── LedgerError                     2   the ledger cannot be opened or trusted
    │   └── DiskFullError               2   there is no room on its disk
    ├── LockHeldError                   4   another run works on this sync
    ├── InvariantError                  1   our own books do not add up: a bug, nothing is bought on
    └── ApiError                       10   a call to the Upscale API
        ├── NotSentError               10   no byte of the request left: may be repeated
        ├── UnreachableError           10   a repeatable call failed for now
        ├── BadAnswerError             10   the answer is not the API's: HTML, cut, foreign ids
        ├── InDoubtError                5   a paid request may or may not have been accepted
        └── RefusedError                3   refused for certain: nothing was bought
            ├── AccessDeniedError       8   a firewall, a proxy or the API lets us not through
            ├── InvalidKeyError         8
            ├── RevokedKeyError         8
            ├── NoCreditsError          7
            ├── ValidationError         3   one problem or many, with the lead's index where named
            ├── NotFoundError           3   the request id is not known to this account
            ├── WrongAddressError       2   a redirect, 404 or 405: base_url is wrong
            └── RateLimitedError       10   wait, then try again

Each carries the exit code of the command line and a hint that says what to do. Messages are built here
from our own fields: the text of a foreign exception may hold a secret and is never passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class UpscaleConnectError(Exception):
    """What the command line shows as one line and a hint."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(UpscaleConnectError):
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration. `where` is `file:line`, `file`, or empty."""

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(UpscaleConnectError):
    """All problems of a configuration, in the order of its lines."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)), hint=hint)


class PluginError(UpscaleConnectError):
    exit_code = 2


class SourceError(UpscaleConnectError):
    exit_code = 10


class SinkError(UpscaleConnectError):
    exit_code = 9


class CredentialsError(UpscaleConnectError):
    """A service that a plugin uses does not know the credentials, or they may not do this."""

    exit_code = 8


class QuotaError(UpscaleConnectError):
    """A day's budget is used up, or a longer pause is asked for than a run waits. Nothing is lost."""

    exit_code = 10


class LedgerError(UpscaleConnectError):
    exit_code = 2


class DiskFullError(LedgerError):
    """What is stored already is whole; the rest was not written."""


class LockHeldError(UpscaleConnectError):
    exit_code = 4

    def __init__(self, sync: str) -> None:
        super().__init__(
            f"another run works on {sync!r}",
            hint="wait until it ends; the lock is released even if that run is killed",
        )


class InvariantError(UpscaleConnectError):
    """Counts that must add up do not. A bug of ours: the run stops before it buys more."""

    exit_code = 1


class ApiError(UpscaleConnectError):
    """`status` is the HTTP status where an answer came."""

    exit_code = 10

    def __init__(self, message: str, *, hint: str = "", status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NotSentError(ApiError):
    """No connection was made, so nothing was sent and nothing was bought."""


class UnreachableError(ApiError):
    """No answer came to a repeatable call after its retries, or to a call of a plugin: a time-out, a reset, a 5xx."""


class BadAnswerError(ApiError):
    """An answer that cannot be the API's; the message quotes its first 200 characters."""


class InDoubtError(ApiError):
    """The request may have been accepted and paid. It is never sent again by the program.

    `cause` is a short word for the ledger, `bytes_sent` what left of the request's body and head.
    """

    exit_code = 5

    def __init__(self, message: str, *, cause: str, status: int | None = None, bytes_sent: int = 0) -> None:
        super().__init__(
            message,
            hint="it may have been accepted and paid, so it is not sent again; see `upscale-connect todo`",
            status=status,
        )
        self.cause = cause
        self.bytes_sent = bytes_sent


class RefusedError(ApiError):
    """Refused for certain: nothing was bought."""

    exit_code = 3


class AccessDeniedError(RefusedError):
    """403 or 407: a firewall, a proxy or the API refuses us before it looks at the request."""

    exit_code = 8


class InvalidKeyError(RefusedError):
    exit_code = 8

    def __init__(self, status: int = 401) -> None:
        super().__init__(
            "the API does not know this key",
            hint="copy the API key from your Upscale account settings into the variable the configuration names",
            status=status,
        )


class RevokedKeyError(RefusedError):
    exit_code = 8

    def __init__(self, status: int = 401) -> None:
        super().__init__(
            "the API key has been revoked",
            hint="make a new key in your Upscale account settings; what is waiting is kept",
            status=status,
        )


class NoCreditsError(RefusedError):
    exit_code = 7

    def __init__(self, message: str = "not enough credits remaining to complete this request") -> None:
        super().__init__(
            message,
            hint="top up the account, then run again: what is queued is kept and goes on where it stopped",
            status=402,
        )


@dataclass(frozen=True, slots=True)
class Invalid:
    """One complaint of the API about a request; `lead` is the index in `lead_data`, from 0."""

    path: str
    message: str
    lead: int | None = None


class ValidationError(RefusedError):
    """`problems` are the API's joined sentences, split; one element if they could not be.

    `about_request`: they name something that all leads of the request share.
    """

    def __init__(
        self, text: str, problems: Sequence[Invalid], *, status: int = 422, about_request: bool = False
    ) -> None:
        super().__init__(
            f"the API refused the request: {text[:500]}",
            hint="correct the lead or the request, then run again; nothing was bought",
            status=status,
        )
        self.problems = tuple(problems)
        self.about_request = about_request


class NotFoundError(RefusedError):
    """The id of a request is not known (any more) to this account."""


class WrongAddressError(RefusedError):
    """A redirect, 404 or 405 of the whole endpoint. Redirects are never followed: the key would travel."""

    exit_code = 2


class RateLimitedError(RefusedError):
    """429. `retry_after` are seconds, None if the API did not say."""

    exit_code = 10

    def __init__(self, retry_after: float | None = None) -> None:
        wait = f"in {retry_after:.0f} s" if retry_after is not None else "later"
        super().__init__(
            "the API asks us to slow down",
            hint=f"nothing was bought by this request; run again {wait}",
            status=429,
        )
        self.retry_after = retry_after
