"""The rule for a company's website: one that says something about the company, without tracking."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .tables import NOBODYS_WEBSITES, TRACKING


def clean_website(url: str) -> str:
    """Host in small letters, no tracking; "" for the site of a mail provider or a social network."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return url
    if _is_nobodys(host):
        return ""
    if not parts.query and parts.netloc == parts.netloc.lower():
        return url
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(pair[0])]
    query = parts.query if len(kept) == parts.query.count("&") + bool(parts.query) else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, query, parts.fragment))


def _is_nobodys(host: str) -> bool:
    labels = host.lower().split(".")
    return any(".".join(labels[start:]) in NOBODYS_WEBSITES for start in range(len(labels)))


def _is_tracking(name: str) -> bool:
    lowered = name.lower()
    return lowered in TRACKING or lowered.startswith(("utm_", "mc_", "hsa_", "_hs"))
