"""The admin interface under `/_admin`: what was observed, and what shall go wrong. JSON in and out."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from flask import Blueprint, Response, request

from ..errors import UsageError
from .app import answer_json
from .faults import Faults, make_fault
from .state import MessageKey, SandboxState
from .validation import BodyError, parse_json, parse_object

PREFIX = "/_admin"


def create_admin(state: SandboxState, faults: Faults) -> Blueprint:
    """Routes: GET requests, credits, generated, submitted, webhooks; PUT keys/KEY; POST reset;
    GET, POST, DELETE faults; GET, PATCH settings."""
    admin = Blueprint("admin", __name__, url_prefix=PREFIX)
    _add_observations(admin, state)
    _add_controls(admin, state, faults)
    admin.register_error_handler(
        UsageError, lambda error: answer_json({"error": error.message, "hint": error.hint}, 422)
    )
    admin.register_error_handler(BodyError, lambda error: answer_json({"error": error.text}, error.status))
    return admin


def _add_observations(admin: Blueprint, state: SandboxState) -> None:
    @admin.get("/requests")
    def requests() -> Response:
        endpoint = request.args.get("endpoint")
        listed = state.requests_to(endpoint) if endpoint else state.requests
        return answer_json({"requests": [received.describe() for received in listed]})

    @admin.get("/credits")
    def show_credits() -> Response:
        return answer_json({"credits": {key: _describe_credits(state, key) for key in state.key_names}})

    @admin.get("/generated")
    def generated() -> Response:
        return answer_json({"generated": _describe_counts(state.generated())})

    @admin.get("/submitted")
    def submitted() -> Response:
        return answer_json({"submitted": _describe_counts(state.submitted())})

    @admin.get("/webhooks")
    def webhooks() -> Response:
        return answer_json({"webhooks": [attempt.describe() for attempt in state.webhooks]})


def _add_controls(admin: Blueprint, state: SandboxState, faults: Faults) -> None:
    @admin.post("/reset")
    def reset() -> Response:
        """Forget everything, faults and settings too."""
        faults.clear()
        state.reset()
        return answer_json({"reset": True})

    @admin.put("/keys/<key>")
    def change_key(key: str) -> Response:
        words = parse_object(request.get_data())
        if unknown := sorted(set(words) - {"left", "revoked"}):
            raise UsageError(f"a key of the sandbox has no {unknown[0]!r}", hint="left, revoked")
        state.credits(key)
        if "left" in words:
            state.set_credits(key, words["left"])
        if "revoked" in words:
            state.revoke(key, revoked=words["revoked"])
        return answer_json({key: _describe_credits(state, key)})

    @admin.get("/faults")
    def list_faults() -> Response:
        return answer_json({"faults": [dataclasses.asdict(fault) for fault in faults.list()]})

    @admin.post("/faults")
    def add_faults() -> Response:
        """One fault or a list of them; none is added if one is wrong."""
        words = parse_json(request.get_data())
        faults.script([make_fault(item) for item in (words if isinstance(words, list) else [words])])
        return list_faults()

    @admin.delete("/faults")
    def clear_faults() -> Response:
        """No faults, and the settings of the start."""
        faults.clear()
        return list_faults()

    @admin.get("/settings")
    def show_settings() -> Response:
        return answer_json(dataclasses.asdict(faults.settings))

    @admin.patch("/settings")
    def change_settings() -> Response:
        return answer_json(dataclasses.asdict(faults.set(**parse_object(request.get_data()))))


def _describe_credits(state: SandboxState, key: str) -> dict[str, Any]:
    account = state.credits(key)
    return {
        "left": account.left,
        "reserved": account.reserved,
        "spent": account.spent,
        "revoked": account.revoked,
    }


def _describe_counts(counts: Counter[MessageKey]) -> list[dict[str, Any]]:
    return [
        {"key": key, "lead_id": lead_id, "type": message_type, "count": count}
        for (key, lead_id, message_type), count in counts.items()
    ]
