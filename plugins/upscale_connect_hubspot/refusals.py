"""What HubSpot says went wrong, in words for people.

HubSpot's own sentences may quote what was sent, which is personal data. Codes and names of properties and scopes
are taken first; a sentence only where there are none, without addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pydantic import ValidationError

from upscale_connect import CredentialsError, SourceError

from .answers import ErrorAnswer
from .errors import RefusalError

#: HubSpot's sentence about values that are not valid is followed by JSON that repeats them.
_VALUES = "Property values were not valid"
_INVALID = re.compile(rf"{_VALUES}:\s*(\[.*\])\s*", re.DOTALL)
#: What else of a person may stand in a sentence.
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_LONGEST = 300

_TOKEN_HINT = "copy the service key (or the token of the private app) again into the variable that `token:` names"


def read_error(content: bytes) -> ErrorAnswer:
    """The body of an error; an empty one if it is HTML or anything else that is not HubSpot's."""
    try:
        return ErrorAnswer.model_validate_json(content)
    except ValidationError:
        return ErrorAnswer()


def explain_refusal(status: int, error: ErrorAnswer) -> RefusalError:
    """A refusal of what was sent."""
    reason = describe(error) or f"status {status}"
    return RefusalError(status, error.category, reason, find_codes(error), find_id(error))


def refused(what: str, refusal: RefusalError) -> SourceError:
    """A refusal that nobody can do anything about but a person."""
    where = f" (correlation id {refusal.correlation_id})" if refusal.correlation_id else ""
    return SourceError(f"HubSpot refused {what}: {refusal.reason}{where}", hint="correct it, then run again")


def explain_credentials(status: int, error: ErrorAnswer) -> CredentialsError:
    """401 and 530: the token; 403: what the token, or who made it, may not do."""
    where = f" (correlation id {id_})" if (id_ := find_id(error)) else ""
    if status != 403:
        return CredentialsError(f"HubSpot does not accept the token{where}", hint=_TOKEN_HINT)
    if scopes := find_scopes(error):
        needed = f"the scope {scopes[0]}" if len(scopes) == 1 else f"one of the scopes {', '.join(scopes)}"
        return CredentialsError(
            f"HubSpot refused: the token lacks {needed}{where}",
            hint="add it to the service key in HubSpot under Development, Keys, Service keys",
        )
    return CredentialsError(
        f"HubSpot refused: the token may not do this: {describe(error) or 'status 403'}{where}",
        hint="give it the missing right in HubSpot; a token stops working if its maker leaves the portal",
    )


def find_scopes(error: ErrorAnswer) -> list[str]:
    """The scopes of which any one is enough."""
    contexts = [error.context, *(detail.context for detail in error.errors)]
    named = (scope for context in contexts for scope in _texts(context.get("requiredGranularScopes")))
    return list(dict.fromkeys(named))


def find_codes(error: ErrorAnswer) -> frozenset[str]:
    """HubSpot's codes, such as `READ_ONLY_VALUE`."""
    invalid = (str(item.get("error", "")) for item in _invalid_values(error.message))
    return frozenset(filter(None, [*(detail.code for detail in error.errors), *invalid]))


def describe(error: ErrorAnswer) -> str:
    """One clause without any value of a record, "" if HubSpot said nothing."""
    found = [
        f"property {item.get('name')}: {item.get('error') or 'not valid'}" for item in _invalid_values(error.message)
    ]
    if not found:
        found = [_describe_detail(detail.code, _texts(detail.context.get("propertyName"))) for detail in error.errors]
    if not any(found):
        sentence = _VALUES if error.message.startswith(_VALUES) else error.message
        found = [_ADDRESS.sub("…", sentence)]
    return shorten("; ".join(dict.fromkeys(filter(None, found))) or error.category)


def shorten(text: str) -> str:
    """Printable, on one line, at most 300 characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{plain[: _LONGEST - 1]}…" if len(plain) > _LONGEST else plain


def _describe_detail(code: str, properties: Iterable[str]) -> str:
    named = ", ".join(properties)
    return f"property {named}: {code}" if named and code else code


def _invalid_values(message: str) -> list[dict[str, object]]:
    match = _INVALID.fullmatch(message)
    try:
        items = json.loads(match[1]) if match else []
    except ValueError:
        return []
    return [item for item in items if isinstance(item, dict)]


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one]


def find_id(error: ErrorAnswer) -> str:
    """What HubSpot's support asks for, "" if it was not told."""
    return shorten(error.correlation_id)[:40]
