"""Calls to one portal: repeated where that changes nothing, and explained where they fail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from upscale_connect import Context, QuotaError, SourceError, UnreachableError

from .allowances import read_number
from .answers import Answer
from .errors import StoppedError
from .options import Access
from .paths import Api, find_path
from .refusals import explain_credentials, explain_refusal, find_id, read_error

if TYPE_CHECKING:
    import requests

A = TypeVar("A", bound=Answer)

_TRIES = 5
_TOO_MANY, _LOCKED, _MOVING, _BAD_TOKEN = 429, 423, 477, (401, 530)
#: Failures of the network in front of HubSpot that the session does not know.
_NETWORK = range(520, 525)
_LONGEST_MOVE = 86_400
#: By how much our clock may be ahead of HubSpot's, as long as HubSpot has not told its time.
_WRONG_CLOCK = timedelta(minutes=1)


class Client:
    """`left_today`: how many calls the portal has left, None as long as HubSpot has not told.

    `now` is HubSpot's own time, as its last answer told; `asked_at` the same before the last call. What was changed
    is asked for in that time: clocks differ.

    Every method raises `CredentialsError`, `QuotaError` or `SourceError` if HubSpot cannot be used now,
    `RefusalError` if it does not want what was sent, and `StoppedError` if the run should end.
    """

    def __init__(self, access: Access, context: Context) -> None:
        self.left_today: int | None = None
        self.now = self.asked_at = context.clock.now() - _WRONG_CLOCK
        self._access = access
        self._context = context

    def get(
        self, model: type[A], api: Api, rest: str, params: Mapping[str, str] | None = None, *, optional: bool = False
    ) -> A:
        """`optional`: what this token may not see is a refusal, not a fault of the credentials."""
        return self._call(model, "GET", api, rest, params=params, optional=optional)

    def post(
        self,
        model: type[A],
        api: Api,
        rest: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool = True,
        optional: bool = False,
    ) -> A:
        """`repeatable`: sending it twice changes nothing, so it is sent again if no answer came."""
        return self._call(model, "POST", api, rest, body=body, repeatable=repeatable, optional=optional)

    def require_calls(self) -> None:
        """Raises `QuotaError` if HubSpot has told that no call is left for today."""
        if self.left_today == 0:
            raise _used_up()

    def _call(
        self,
        model: type[A],
        method: str,
        api: Api,
        rest: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        optional: bool = False,
    ) -> A:
        path = find_path(self._access.api_version, api, rest)
        attempt = 1
        while True:
            response = self._send(method, path, params, body, repeatable=repeatable)
            if response.status_code < 300:
                return _read(model, response, path)
            pause = _judge(response, path, attempt, can_repeat=repeatable, optional=optional)
            if self._context.stop.wait(pause):
                raise StoppedError
            attempt += 1

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        *,
        repeatable: bool,
    ) -> requests.Response:
        self.require_calls()
        self.asked_at = self.now
        try:
            response = self._context.http.request(
                method,
                self._access.base_url + path,
                params=params,
                json=body,
                headers={"Authorization": f"Bearer {self._access.token.get_secret_value()}"},
                repeatable=repeatable,
            )
        except UnreachableError as error:
            if self._context.stop.is_set():
                raise StoppedError from None
            raise SourceError(f"HubSpot: {error.message}", hint=error.hint) from None
        if (left := read_number(response.headers, "Daily-Remaining")) is not None:
            self.left_today = left
        self.now = _read_date(response) or self.now
        if response.status_code >= 300 and self._context.stop.is_set():
            raise StoppedError
        return response


def _judge(response: requests.Response, path: str, attempt: int, *, can_repeat: bool, optional: bool) -> float:
    """Seconds until a call that failed may be tried again. Raises what ends it."""
    status, error = response.status_code, read_error(response.content)
    if status in _BAD_TOKEN or (status == 403 and not optional):
        raise explain_credentials(status, error)
    if status == _MOVING:
        raise _moving(response.headers.get("Retry-After", ""))
    if status == _TOO_MANY and error.policy == "DAILY":
        raise _used_up()
    if attempt < _TRIES:
        if status == _TOO_MANY and not can_repeat:
            return 0.0  # nothing was done, and the session waits until there is room
        if status == _LOCKED:
            return 2.0 * attempt
        if status in _NETWORK and can_repeat:
            return 2.0 ** (attempt - 1)
    if status < 500 and status not in (_TOO_MANY, _LOCKED):
        raise explain_refusal(status, error)
    where = f" (correlation id {id_})" if (id_ := find_id(error)) else ""
    raise SourceError(f"HubSpot answered {status} to {path}{where}", hint="nothing is lost; run again later")


def _read(model: type[A], response: requests.Response, path: str) -> A:
    try:
        return model.model_validate_json(response.content or b"{}")
    except ValidationError:
        raise SourceError(
            f"HubSpot's answer to {path} is not what its API promises",
            hint="is `base_url` the address of HubSpot, or of a server that is compatible with it?",
        ) from None


def _read_date(response: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return None


def _used_up() -> QuotaError:
    return QuotaError(
        "HubSpot: the calls that this portal has for today are used up",
        hint="nothing is lost; run again after midnight in the portal's time zone",
    )


def _moving(retry_after: str) -> QuotaError:
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else _LONGEST_MOVE
    return QuotaError(
        "HubSpot is moving this portal to another data centre",
        hint=f"nothing is lost; run again in {min(seconds, _LONGEST_MOVE) / 3600:.0f} h or later",
    )
