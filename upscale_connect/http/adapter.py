"""The transport below both kinds of session."""

from __future__ import annotations

import http.client
import io
from collections.abc import Mapping
from typing import Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse

from ..errors import UsageError
from .exchange import POOL_CLASSES, Exchange, ExchangeError, Limits, ObjectionError
from .reasons import Reason, explain

_PIECE = 16 * 1024
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


class TooLargeError(Exception):
    """The decoded answer is larger than `Limits.max_bytes`."""


class ExchangeAdapter(HTTPAdapter):
    """Sends one request per call and reads its whole answer, within `limits`.

    Nothing is repeated and the answer is always in memory when `send` returns. Raises `ExchangeError`, or
    what the exchange's `before_send` raised, unchanged.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        super().__init__(max_retries=0)

    def open_exchange(self) -> Exchange:
        """A new exchange for one call."""
        return Exchange(self.limits)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if proxy.lower().startswith("socks"):
            raise ExchangeError("proxy", "a SOCKS proxy is set, which is not supported", permanent=True)
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = POOL_CLASSES
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send `request`; `stream` is ignored, a missing `timeout` is taken from the limits."""
        if not verify:
            raise UsageError(
                "TLS certificates are always verified",
                hint="for a company's own authority, set REQUESTS_CA_BUNDLE to its certificate file",
            )
        timeout = timeout or (self.limits.connect_seconds, self.limits.read_seconds)
        failure: Exception
        with self.open_exchange() as exchange:
            response: requests.Response | None = None
            content = bytearray()
            try:
                response = super().send(request, True, timeout, verify, cert, proxies)
                self._read(response, content)
            except ObjectionError as objection:
                failure = objection.original
            except TooLargeError:
                reason = Reason("too_large", f"the answer is larger than {self.limits.max_bytes:,} bytes", True)
                failure = _failure(reason, exchange, response, b"")
            except _FAILURES as error:
                failure = _failure(self._explain(error, exchange), exchange, response, bytes(content))
            else:
                if not exchange.expired:
                    return _complete(response, content)
                failure = _failure(self._deadline(), exchange, response, bytes(content))
            if response is not None:
                response.close()
        raise failure

    def _read(self, response: requests.Response, content: bytearray) -> None:
        raw = cast(BaseHTTPResponse, response.raw)
        while piece := raw.read1(_PIECE, decode_content=True):
            content += piece
            if len(content) > self.limits.max_bytes:
                raise TooLargeError

    def _explain(self, error: BaseException, exchange: Exchange) -> Reason:
        return self._deadline() if exchange.expired else explain(error)

    def _deadline(self) -> Reason:
        return Reason("deadline", f"no complete answer within {self.limits.total_seconds:g} s")


def _complete(response: requests.Response, content: bytearray) -> requests.Response:
    """Let requests read from memory what was read from the network; so it sees no cookies either."""
    response.raw = io.BytesIO(content)
    return response


def _failure(reason: Reason, exchange: Exchange, response: requests.Response | None, content: bytes) -> ExchangeError:
    return ExchangeError(
        cause=reason.cause,
        reason=reason.text,
        bytes_sent=exchange.bytes_sent,
        status=None if response is None else response.status_code,
        headers={} if response is None else dict(response.headers),
        content=content,
        permanent=reason.permanent,
    )
