"""HTTP as this project wants it: one call is one request, with a deadline, a size cap and no surprises.

`repeatable_session` is for our calls that may be repeated, `plugin_session` for those of one connector. The
session that may spend money is `upscale_connect.upscale.paid`; all stand on the exchange of this package.
"""

from __future__ import annotations

from .exchange import Limits
from .rate_limit import Allowance, RateLimit, RateLimiters
from .session import HttpSession, plugin_session, repeatable_session

__all__ = [
    "Allowance",
    "HttpSession",
    "Limits",
    "RateLimit",
    "RateLimiters",
    "plugin_session",
    "repeatable_session",
]
