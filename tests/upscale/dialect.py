"""Requests and answers in the flat dialect."""

from __future__ import annotations

import json
from typing import Any

from upscale_connect.upscale import GenerationRequest
from upscale_connect.upscale.dialects.flat import FlatDialect

DIALECT = FlatDialect()


def lead(lead_id: str = "lead_001", **fields: Any) -> dict[str, Any]:
    return {"external_prospect_id": lead_id, **fields}


def sent(request: GenerationRequest) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(DIALECT.encode(request))
    return body
