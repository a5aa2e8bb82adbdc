"""HTTP as this project wants it: one call is one request, with a deadline, a size cap and no surprises.

`repeatable_session` is for calls that may be repeated, ours and the plugins'. The session that may spend
money is `upscale_connect.upscale.paid`; both stand on the exchange of this package.
"""

from __future__ import annotations

from .exchange import Limits
from .session import repeatable_session

__all__ = ["Limits", "repeatable_session"]
