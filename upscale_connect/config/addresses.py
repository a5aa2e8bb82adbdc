"""Addresses that the configuration may name."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit


def is_loopback(host: str | None) -> bool:
    """Whether plain http is allowed there."""
    return host in ("localhost", "127.0.0.1", "::1") or bool(host and re.fullmatch(r"127(\.\d{1,3}){3}", host))


def split_url(url: str) -> SplitResult:
    """The parts of an address. Raises `ValueError` with words of ours: the library's quote the input."""
    try:
        parts = urlsplit(url)
        sound = not any(character.isspace() for character in url) and url.isprintable() and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be a URL")
    return parts


def check_endpoint(url: str) -> str:
    """An address that may carry the API key: https, or http to this machine; no user, query or fragment."""
    parts = split_url(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL that starts with https://")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must start with https:// (plain http only to this machine: the API key travels)")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must not hold a user name, a query or a fragment")
    return url.rstrip("/")
