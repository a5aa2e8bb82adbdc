"""Why a call failed, in our own words: the text of a foreign exception may hold a secret."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
import urllib3.exceptions

#: X509_V_ERR_* of OpenSSL's x509_vfy.h.
_CERTIFICATE = {
    10: "its TLS certificate has expired",
    62: "its TLS certificate is for another host",
    64: "its TLS certificate is for another address",
}
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: ([0-9]{3})\b")


@dataclass(frozen=True, slots=True)
class Reason:
    """`cause`: a short word for the ledger. `text`: a clause for people. `permanent`: waiting will not help."""

    cause: str
    text: str
    permanent: bool = False


def explain(error: BaseException) -> Reason:
    """Say what kind of failure an exception of requests, urllib3, ssl or socket is."""
    linked = list(_linked(error))
    for kind in linked:
        if reason := _certificate(kind) or _tunnel(kind):
            return reason
    for types, reason in _REASONS:
        if any(isinstance(kind, types) for kind in linked):
            return reason
    return Reason("network", "the connection failed")


def _linked(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps, each once."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        link = todo.pop()
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            todo += [link.__context__, link.__cause__, getattr(link, "reason", None), *link.args]


def _certificate(error: BaseException) -> Reason | None:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    text = _CERTIFICATE.get(getattr(error, "verify_code", 0), "its TLS certificate is not trusted")
    return Reason("certificate", text, permanent=True)


def _tunnel(error: BaseException) -> Reason | None:
    """http.client tells the status of a refused CONNECT only in its text."""
    found = _TUNNEL_STATUS.search(str(error)) if type(error) is OSError else None
    if found is None:
        return None
    if found[1] == "407":
        return Reason("proxy", "the proxy wants a user name and password (407)", permanent=True)
    return Reason("proxy", f"the proxy refused the connection ({found[1]})")


_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Reason], ...] = (
    (socket.gaierror, Reason("name", "its name cannot be resolved")),
    (urllib3.exceptions.LocationParseError, Reason("name", "its name cannot be resolved", permanent=True)),
    (ConnectionRefusedError, Reason("refused", "the connection was refused")),
    (urllib3.exceptions.ConnectTimeoutError, Reason("connect_timeout", "no connection in time")),
    (urllib3.exceptions.DecodeError, Reason("undecodable", "the answer's compression is damaged")),
    (
        (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead, urllib3.exceptions.InvalidChunkLength),
        Reason("cut", "the answer was cut off"),
    ),
    ((TimeoutError, urllib3.exceptions.ReadTimeoutError), Reason("timeout", "no answer in time")),
    (http.client.RemoteDisconnected, Reason("closed", "the connection was closed without an answer")),
    ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), Reason("reset", "the connection was reset")),
    ((http.client.BadStatusLine, http.client.LineTooLong), Reason("not_http", "the answer is not HTTP")),
    (urllib3.exceptions.ProxyError, Reason("proxy", "the proxy cannot be reached")),
    ((ssl.SSLError, urllib3.exceptions.SSLError), Reason("tls", "the TLS connection failed")),
    (requests.exceptions.InvalidProxyURL, Reason("proxy", "the address of the proxy is not valid", permanent=True)),
    (requests.exceptions.ConnectionError, Reason("network", "the connection failed")),
    (ValueError, Reason("malformed", "the request or its answer is malformed")),
)
