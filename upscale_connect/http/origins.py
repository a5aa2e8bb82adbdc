"""Where a URL points to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port. Raises ValueError if the URL is malformed."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def host_of(url: str) -> str:
    """The host for people, with its port if that is not the scheme's own; never a user name or password."""
    try:
        scheme, host, port = origin_of(url)
    except ValueError:
        return "an invalid address"
    shown = f"[{host}]" if ":" in host else host
    return shown if port == _PORTS.get(scheme) else f"{shown}:{port}"


def redirect_host(url: str, location: str) -> str:
    """The host that an answer from `url` with this `Location` points to."""
    try:
        return host_of(urljoin(url, location))
    except ValueError:
        return "an invalid address"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine; names other than `localhost` are not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
