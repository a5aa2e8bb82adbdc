"""google-auth's requests over the session that the core lends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from upscale_connect import HttpSession, UnreachableError

#: What makes google-auth try again by itself: it would sleep, and not end on a stop.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


class Answer:
    """What google-auth reads of an answer."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.data = response.content


class Transport:
    """What google-auth calls to fetch a token. Raises `UnreachableError`."""

    def __init__(self, http: HttpSession) -> None:
        self._http = http

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Answer:
        response = self._http.request(
            method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False, repeatable=True
        )
        if response.status_code in _PASSING:
            raise UnreachableError(
                f"its server of access tokens has a fault of its own ({response.status_code})",
                hint="nothing is lost; run again later",
            )
        return Answer(response)
