"""The session that may spend money: one call is one request, on a connection of its own, never repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import requests
from requests.structures import CaseInsensitiveDict

from ..errors import InDoubtError, NotSentError, UsageError
from ..http.adapter import ExchangeAdapter
from ..http.exchange import Exchange, ExchangeError, Limits
from ..http.origins import host_of
from ..http.session import no_auth
from .answers import Answer

_NOT_SENT = "nothing was sent and nothing was bought; check the connection and base_url, then run again"


def nothing() -> None:
    """What is done before the first byte leaves, unless the caller says otherwise."""


class PaidAdapter(ExchangeAdapter):
    """For one call: remembers its exchange."""

    def __init__(self, limits: Limits, before_send: Callable[[], None]) -> None:
        super().__init__(limits)
        self.exchange = Exchange(limits, before_send)

    def open_exchange(self) -> Exchange:
        return self.exchange


class PaidSession:
    """Sends paid requests. Has no state between calls, so that it can be used by several threads.

    Proxies and REQUESTS_CA_BUNDLE of the environment count; `.netrc` does not. `ca_bundle` is a file of
    certificate authorities to trust instead of the usual ones.
    """

    def __init__(self, *, limits: Limits | None = None, ca_bundle: str | None = None) -> None:
        self._limits = limits or Limits()
        self._ca_bundle = ca_bundle

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, before_send: Callable[[], None] = nothing
    ) -> Answer:
        """Send `body` once and return the answer, whatever its status; redirects are not followed.

        `before_send` is called when TCP and TLS stand, right before the first byte leaves; what it raises
        ends the call unchanged, with nothing sent. Raises `NotSentError` if no byte of the request left, and
        `InDoubtError` if some did and no status came back.
        """
        adapter = PaidAdapter(self._limits, before_send)
        try:
            response = self._send(adapter, url, body, headers)
        except ExchangeError as error:
            failure = error
        else:
            sent = adapter.exchange.bytes_sent
            return Answer(url, response.status_code, response.headers, response.content, sent)
        finally:
            adapter.close()
        return _judge(url, failure)

    def _send(self, adapter: PaidAdapter, url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """Past the session's own `send`: it looks into cookies and redirects, which are not to matter here."""
        with requests.Session() as session:
            session.auth = no_auth
            request = _prepare(session, url, body, headers)
            settings = session.merge_environment_settings(url, {}, True, self._ca_bundle or True, None)
        return adapter.send(request, verify=settings["verify"] or True, proxies=settings["proxies"])


def _prepare(session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]) -> requests.PreparedRequest:
    own = {"Accept-Encoding": "identity", "Connection": "close"}
    try:
        return session.prepare_request(requests.Request("POST", url, headers={**own, **headers}, data=body))
    except requests.RequestException:
        problem = "the address or a header of the paid request is not valid"
    raise UsageError(problem)


def _judge(url: str, failure: ExchangeError) -> Answer:
    """An answer that ended early after its status, or the error of having none."""
    if failure.bytes_sent == 0:
        raise NotSentError(f"{host_of(url)}: {failure.reason}", hint=_NOT_SENT)
    if failure.status is not None:
        headers = CaseInsensitiveDict(failure.headers)
        return Answer(url, failure.status, headers, failure.content, failure.bytes_sent, failure.cause, failure.reason)
    raise InDoubtError(
        f"{host_of(url)}: {failure.reason}, after {failure.bytes_sent} bytes of a paid request were sent",
        cause=failure.cause,
        bytes_sent=failure.bytes_sent,
    )
