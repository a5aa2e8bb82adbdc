"""The Upscale API, typed: the four endpoints of the API reference."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from ..clock import Clock, SystemClock
from ..errors import NotFoundError, UnreachableError, UsageError
from ..http import repeatable_session
from ..http.json_body import parse_json
from ..http.origins import host_of, is_loopback
from ..http.reasons import explain
from ..http.session import user_agent
from .answers import Answer
from .dialects import Dialect, Query, ShapeError
from .dialects.flat import FlatDialect
from .dialects.shape import is_request_id
from .outcomes import Judge
from .paid import PaidSession, nothing
from .wire import AccountInfo, GenerationRequest, MessageSequence, Retrieved

DEFAULT_BASE_URL = "https://app.upscaleoutreach.com/api/v2"

#: How the id of a request travels when its messages are fetched.
RetrieveMode: TypeAlias = Literal["auto", "body", "query"]
Form: TypeAlias = Literal["body", "query"]

_DIALECTS: dict[str, type[Dialect]] = {FlatDialect.name: FlatDialect}
#: Statuses of servers and proxies that dislike a GET with a body, or have removed it.
_TRY_QUERY = frozenset({400, 403, 404, 405, 411})
#: A server that asks for a longer pause is left alone: the caller decides whether to wait.
_LONGEST_WAIT = 30.0

log = logging.getLogger(__name__)
T = TypeVar("T")


class UpscaleClient:
    """One API key at one address. May be used by several threads.

    `session` is for the calls that may be repeated, `paid` for the one that may not. A client closes only
    the session that it made itself. Every error is an `ApiError`, or `UsageError` for a call that cannot be
    meant so.
    """

    def __init__(
        self,
        api_key: str | SecretStr,
        *,
        base_url: str = DEFAULT_BASE_URL,
        dialect: str = "flat",
        retrieve_mode: RetrieveMode = "auto",
        session: requests.Session | None = None,
        paid: PaidSession | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._key = _check_key(api_key)
        self._base_url = _check_base_url(base_url)
        self._dialect = _find_dialect(dialect)
        self._form = _check_mode(retrieve_mode)
        self._owns_session = session is None
        self._session = session or repeatable_session(redirects="never", longest_wait=_LONGEST_WAIT)
        self._paid = paid or PaidSession()
        self._secrets = (self._key.get_secret_value(),)
        self._judge = Judge(self._dialect, self._secrets, (clock or SystemClock()).now)

    def __repr__(self) -> str:
        return f"UpscaleClient(base_url={self._base_url!r}, dialect={self._dialect.name!r})"

    def __enter__(self) -> UpscaleClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections of the session that this client made."""
        if self._owns_session:
            self._session.close()

    def encode(self, request: GenerationRequest) -> bytes:
        """The JSON body of a paid request, checked. Raises `UsageError`."""
        return self._dialect.encode(request)

    def submit(self, body: bytes, *, before_send: Callable[[], None] = nothing) -> str:
        """Send a paid request once and return its `secure_request_id`.

        `before_send` is called right before the first byte leaves; what it raises ends the call unchanged,
        with nothing sent. Raises `NotSentError` if no byte left, a `RefusedError` if nothing was bought for
        certain, and `InDoubtError` for everything else.
        """
        url = self._base_url + self._dialect.submit_path
        answer = self._paid.post(url, body, self._headers(), before_send=before_send)
        if 200 <= answer.status < 300:
            receipt = self._dialect.parse_receipt(answer.parse())
            if receipt is not None:
                return receipt
        raise self._judge.of_submit(answer)

    def request_message_generation(self, request: GenerationRequest) -> str:
        """`encode`, then `submit`."""
        return self.submit(self.encode(request))

    def retrieve_messages(self, secure_request_id: str, types: Collection[str] = ()) -> Retrieved:
        """What the API shows of a request now, complete or not.

        `types`: the message types that were asked for; only types that are not in the API reference need it.
        Raises `NotFoundError` if it does not know the request, and `BadAnswerError` if the answer is not
        about this request or contradicts itself.
        """
        if not is_request_id(secure_request_id):
            raise UsageError("the id of a request has 1 to 128 letters, digits and hyphens")
        answer = self._retrieve(secure_request_id)
        retrieved = self._parse(
            answer, lambda found: self._dialect.parse_retrieved(found, secure_request_id, answer.status, types)
        )
        log.debug("retrieved %s (this call: %s)", secure_request_id, retrieved.retrieve_id)
        return retrieved

    def get_sequences(self) -> list[MessageSequence]:
        """The sequences that the API recommends. A placeholder in the API reference."""
        return self._parse(self._query(self._dialect.sequences), self._dialect.parse_sequences)

    def account(self) -> AccountInfo:
        """Plan and credits. A placeholder in the API reference."""
        return self._parse(self._query(self._dialect.account), self._dialect.parse_account)

    def _retrieve(self, secure_request_id: str) -> Answer:
        """Fetch with the id in the body, in the query, or first so and then so; keep to what has worked."""
        forms = dict(zip(("body", "query"), self._dialect.retrieval(secure_request_id), strict=True))
        first = self._get(forms[self._form or "body"])
        if _is_success(first):
            self._form = self._form or "body"
            return first
        error = self._judge.of_retrieval(first, secure_request_id)
        if self._form or not (first.status in _TRY_QUERY or self._judge.lost_id(first)):
            raise error
        second = self._get(forms["query"])
        if _is_success(second):
            self._form = "query"
            return second
        other = self._judge.of_retrieval(second, secure_request_id)
        if isinstance(error, NotFoundError):
            raise error
        told = other if isinstance(other, NotFoundError) else error
        told.hint = f"{told.hint}; a proxy may have removed the body of the request, and the query form failed too"
        raise told

    def _query(self, query: Query) -> Answer:
        answer = self._get(query)
        if not _is_success(answer):
            raise self._judge.of_query(answer)
        return answer

    def _get(self, query: Query) -> Answer:
        url = self._base_url + query.path
        try:
            response = self._session.request(
                "GET",
                url,
                data=query.body,
                params=query.params,
                headers={**self._headers(), "Cache-Control": "no-store"},
                allow_redirects=False,
            )
            return Answer(url, response.status_code, response.headers, response.content)
        except requests.RequestException as error:
            reason = explain(error).text
        raise UnreachableError(f"{host_of(url)}: {reason}", hint="nothing is lost; run again later")

    def _parse(self, answer: Answer, parse: Callable[[object], T]) -> T:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind and not kind.endswith(("/json", "+json")):
            raise answer.unusable(f"{kind} instead of JSON", self._secrets)
        try:
            return parse(parse_json(answer.content))
        except ShapeError as error:
            problem = str(error)
        except ValueError:
            problem = "broken JSON"
        raise answer.unusable(problem, self._secrets)

    def _headers(self) -> dict[str, str]:
        return {**self._dialect.headers(self._key.get_secret_value()), "User-Agent": user_agent()}


def _is_success(answer: Answer) -> bool:
    return answer.status in (200, 202)


def _check_key(api_key: str | SecretStr) -> SecretStr:
    """A header takes printable ASCII only, and requests would show the value if it did not fit."""
    plain = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
    plain = plain.strip()
    if not plain:
        raise UsageError("the API key is empty", hint="copy it from your Upscale account settings")
    if not (plain.isascii() and plain.isprintable()) or " " in plain:
        raise UsageError(
            "the API key has a space, a line break or a non-ASCII character in it",
            hint="copy it again from your Upscale account settings",
        )
    return SecretStr(plain)


def _check_base_url(url: str) -> str:
    """The key travels: https, or http to this machine; and nothing in the URL but host and path."""
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        plain = bool(parts.hostname) and "@" not in parts.netloc and not (parts.query or parts.fragment)
        valid = secure and plain and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(
            "base_url must be an https:// address without user name, query or fragment",
            hint="plain http:// is for this machine only (127.0.0.1, localhost), because the API key travels",
        )
    return url.rstrip("/")


def _find_dialect(name: str) -> Dialect:
    if name not in _DIALECTS:
        raise UsageError(f"there is no dialect {name!r}", hint=f"known: {', '.join(sorted(_DIALECTS))}")
    return _DIALECTS[name]()


def _check_mode(mode: RetrieveMode) -> Form | None:
    """The form that is settled; None as long as it must be found out."""
    if mode not in ("auto", "body", "query"):
        raise UsageError(f"there is no retrieve mode {mode!r}", hint="known: auto, body, query")
    return None if mode == "auto" else mode
