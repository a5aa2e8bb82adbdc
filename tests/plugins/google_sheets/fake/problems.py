"""Refusals, with bodies as the real service sends them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass
class RefusalError(Exception):
    code: int
    message: str
    status: str = ""
    details: list[dict[str, Any]] = field(default_factory=list)

    def body(self) -> bytes:
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status or _STATUS.get(self.code, "UNKNOWN"),
        }
        if self.details:
            error["details"] = self.details
        return json.dumps({"error": error}, indent=2).encode()


def forbidden() -> RefusalError:
    return RefusalError(403, "The caller does not have permission")


def missing_scope() -> RefusalError:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
    return RefusalError(403, "Request had insufficient authentication scopes.", details=[info])


def quota(kind: str) -> RefusalError:
    limit = f"{kind}RequestsPerMinutePerUser"
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {"quota_limit": limit, "quota_limit_value": "60", "service": "sheets.googleapis.com"},
    }
    message = f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user'"
    return RefusalError(429, message, details=[info])


def unparsable(text: str) -> RefusalError:
    return RefusalError(400, f"Unable to parse range: {text}")


def beyond(text: str, rows: int, columns: int) -> RefusalError:
    return RefusalError(400, f"Range ({text}) exceeds grid limits. Max rows: {rows}, max columns: {columns}")
