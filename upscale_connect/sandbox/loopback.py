"""Which addresses stay on this machine: what the sandbox listens on, and where its webhooks may go."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ..errors import UsageError


def is_loopback(host: str | None) -> bool:
    """Whether `host` names this machine without asking a name server."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listen_host(host: str) -> str:
    """The address to bind for `host`. Raises `UsageError` if others could reach it."""
    if not is_loopback(host):
        raise UsageError(
            f"the sandbox listens on this machine only, not on {host!r}",
            hint="use 127.0.0.1, or leave the host out",
        )
    return "127.0.0.1" if host.lower() == "localhost" else host


def is_loopback_url(url: str) -> bool:
    """Whether a webhook to `url` stays on this machine."""
    try:
        return is_loopback(urlsplit(url).hostname)
    except ValueError:
        return False
