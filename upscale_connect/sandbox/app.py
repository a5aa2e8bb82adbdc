"""The Flask application: the four endpoints of the API reference, and nothing of the faults on the wire."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from .answer import build_answer
from .credits import INVALID, INVALID_OR_REVOKED, NOT_ENOUGH_CREDITS, REVOKED
from .faults import Faults, Refusals
from .generation import Generation
from .mutations import mutate
from .state import SandboxState
from .validation import BodyError, check_text, find_problems, parse_object

BASE_PATH = "/api/v2"
SUBMIT = f"{BASE_PATH}/request_message_generation"
RETRIEVE = f"{BASE_PATH}/retrieve_messages"
SEQUENCES = f"{BASE_PATH}/get_sequences"
ACCOUNT = f"{BASE_PATH}/account"
ENDPOINT_OF = {SUBMIT: "submit", RETRIEVE: "retrieve", SEQUENCES: "sequences", ACCOUNT: "account"}

REQUEST_ID = "request_message_generation_secure_request_id"
#: The WSGI variable with the `ReceivedRequest`, where the application notes that it accepted it.
RECEIVED = "upscale_connect.sandbox.received"

# INVENTED: not documented.
VAGUE = "One or more prospects could not be processed"
NOT_JSON_TYPE = "Content-Type must be application/json"
UNKNOWN_REQUEST = "No message generation request was found for this secure_request_id"
STILL_GENERATING = "Messages are still being generated"

_SEQUENCE = {
    "id": "placeholder",
    "name": "Placeholder sequence",
    "message_types": ["connection_request", "first_follow_up"],
    "role": "sales",
    "industry": "technology",
    "geography": "north_america",
    "objective": "demonstrate expertise",
}
#: What `account` shows for a key without a limit.
_UNLIMITED = 1_000_000


class _RefusalError(Exception):
    """An error to answer with: the submit endpoint says `error`, the others `error` and `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def create_app(state: SandboxState, faults: Faults) -> Flask:
    """The application. 404 and 405 are JSON too (INVENTED: not documented)."""
    app = Flask("upscale_connect.sandbox", static_folder=None)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    api = _Api(state, faults)
    options = {"strict_slashes": True, "provide_automatic_options": False}
    app.add_url_rule(SUBMIT, "submit", api.submit, methods=["POST"], **options)
    app.add_url_rule(RETRIEVE, "retrieve", api.retrieve, methods=["GET"], **options)
    app.add_url_rule(SEQUENCES, "sequences", api.sequences, methods=["GET"], **options)
    app.add_url_rule(ACCOUNT, "account", api.account, methods=["GET"], **options)
    app.register_error_handler(_RefusalError, lambda refused: answer_error(refused.status, refused.text))
    app.register_error_handler(HTTPException, _answer_http_error)
    return app


def answer_json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, separators=(",", ":"))
    return Response(body, status, content_type="application/json; charset=utf-8")


def answer_error(status: int, text: str) -> Response:
    body = {"error": text} if request.path == SUBMIT else {"error": text, "status": "error"}
    return answer_json(body, status)


def _answer_http_error(error: HTTPException) -> Response:
    answer = answer_error(error.code or 500, error.name)
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


class _Api:
    def __init__(self, state: SandboxState, faults: Faults) -> None:
        self._state = state
        self._faults = faults

    def submit(self) -> Response:
        key = self._authenticate()
        submitted = _parse_body()
        if problems := find_problems(submitted):
            raise _RefusalError(422, _tell(problems, self._faults.settings.refusals))
        generation = self._state.accept(key, submitted)
        if generation is None:
            raise _RefusalError(402, NOT_ENOUGH_CREDITS)
        request.environ[RECEIVED].accepted = generation.id
        return answer_json({"message": "Success", "secure_request_id": generation.id})

    def retrieve(self) -> Response:
        key = self._authenticate()
        generation = self._state.find(key, _read_request_id())
        if generation is None:
            raise _RefusalError(self._faults.settings.unknown_id_status, UNKNOWN_REQUEST)
        if not generation.complete:
            return self._answer_early(generation)
        answer = build_answer(generation, self._faults.settings, generation.requested)
        if self._faults.settings.early == "202":
            answer["metadata"]["generation_status"] = "complete"
        for fault in self._faults.take("content", "retrieve"):
            mutate(fault.kind, answer)
        return answer_json(answer)

    def _answer_early(self, generation: Generation) -> Response:
        settings = self._faults.settings
        if settings.early == "404-until-ready":
            raise _RefusalError(404, UNKNOWN_REQUEST)
        done = 0 if settings.early == "nulls-200" else generation.measure_progress(self._state.monotonic())
        answer = build_answer(generation, settings, done)
        if settings.early != "202":
            return answer_json(answer)
        answer["metadata"] |= {"generation_status": "in_progress", "status_message": STILL_GENERATING}
        return answer_json(answer, 202)

    def sequences(self) -> Response:
        self._authenticate(placeholder=True)
        return answer_json({"sequences": [_SEQUENCE]})

    def account(self) -> Response:
        """The reference does not say whether `monthly_credits` are used or left: here they are used."""
        account = self._state.credits(self._authenticate(placeholder=True))
        return answer_json(
            {
                "created_at": "2024-01-15T10:00:00Z",
                "plan_name": account.plan,
                "monthly_credits": account.used_before + account.spent,
                "monthly_allowance": _UNLIMITED if account.allowance is None else account.allowance,
            }
        )

    def _authenticate(self, *, placeholder: bool = False) -> str:
        key = request.headers.get("Api-Key", "")
        known = key in self._state.key_names
        if known and not self._state.credits(key).revoked:
            return key
        if placeholder:
            raise _RefusalError(401, INVALID_OR_REVOKED)
        raise _RefusalError(401, REVOKED if known else INVALID)


def _tell(problems: list[str], refusals: Refusals) -> str:
    """A refusal in the sandbox's words: every problem, the first one, or none."""
    if refusals == "vague":
        return VAGUE
    if refusals == "mixed" and len(problems) > 1:
        return f"{problems[0]} {VAGUE}"
    return " ".join(problems)


def _parse_body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise _RefusalError(415, NOT_JSON_TYPE)
    try:
        return parse_object(request.get_data(cache=False))
    except BodyError as error:
        raise _RefusalError(error.status, error.text) from None


def _read_request_id() -> str:
    """The id from the body as documented, else from the query (a later generation of the API)."""
    value = _parse_body().get(REQUEST_ID) if request.content_length else None
    if value is None:
        value = request.args.get(REQUEST_ID)
    problem = check_text(value)
    if problem is not None or not isinstance(value, str):
        raise _RefusalError(422, f"{REQUEST_ID} {problem}")
    return value.strip()
