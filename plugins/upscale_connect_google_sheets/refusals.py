"""What Google refuses, in our own words: what happened, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import ValidationError

from upscale_connect import CredentialsError, SinkError, SourceError, UpscaleConnectError

from .answers import ErrorAnswer, ErrorBody

#: What people see of Google's own sentence.
_QUOTED = 200
_CONSOLE = re.compile(r"https://console\.(?:developers|cloud)\.google\.com/[\w./?=&%:-]+")
_WRITE_SCOPE = "https://www.googleapis.com/auth/spreadsheets"


#: What Google says of a place that is not there.
GRID = "exceeds grid limits"


@dataclass(frozen=True, slots=True)
class Call:
    """Who asked for what: `account` is the address to share with, "" if Google has not told it.

    `fail` makes the error of what is not a matter of rights.
    """

    fail: type[SourceError] | type[SinkError]
    account: str
    is_write: bool

    @property
    def who(self) -> str:
        return self.account or "the Google account that is logged in"


def read_error(content: bytes) -> ErrorBody:
    """The error that a body tells of; an empty one for HTML and other text."""
    try:
        return ErrorAnswer.model_validate_json(content).error
    except ValidationError:
        return ErrorBody()


def explain(status: int, error: ErrorBody, call: Call) -> UpscaleConnectError:
    """The error for an answer that trying again would not change."""
    if status == 401:
        return CredentialsError(
            "Google does not accept our access token",
            hint="check `key_file:`, and that this computer's clock is right",
        )
    if status == 403:
        return _explain_forbidden(error, call)
    if status == 404:
        return call.fail(
            "Google knows no spreadsheet with this id",
            hint="copy the address from the browser while the spreadsheet is open into `spreadsheet:`",
        )
    if status >= 500 or status == 408:
        return call.fail(f"Google has a fault of its own ({status})", hint="nothing is lost; run again later")
    if 300 <= status < 400:
        return call.fail("Google answers with a redirect, which is not followed", hint="correct `api_root:`")
    if status == 400:
        for sentence, message, hint in _BAD_REQUESTS:
            if sentence in error.message:
                return call.fail(message, hint=hint.format(who=call.who))
    if error.status == "FAILED_PRECONDITION":
        return call.fail(
            "this is an Excel file in Google Drive, not a Google Sheets spreadsheet",
            hint="choose File > Save as Google Sheets, and put the address of that copy into `spreadsheet:`",
        )
    return call.fail(f"Google refuses the request ({status}){_quote(error)}", hint="nothing was changed by it")


def may_be_one_cell(status: int, error: ErrorBody) -> bool:
    """Whether a write may be refused for one of its cells, so that the others can be written without it."""
    if status == 413:
        return True
    is_about_all = error.status == "FAILED_PRECONDITION" or any(one in error.message for one in (_NO_TAB, _FULL))
    return status == 400 and not is_about_all


_NO_TAB, _FULL = "Unable to parse range", "10000000 cells"
_BAD_REQUESTS = (
    (
        _NO_TAB,
        "the tab is not there any more",
        "was it renamed or deleted? correct `tab:` or `gid:`, then run again",
    ),
    (
        "protected cell",
        "a cell that we must write is protected",
        "ask the owner to allow {who} under Data > Protect sheets and ranges",
    ),
    (
        "maximum of 50000 characters",
        "a message is longer than the 50,000 characters that a cell can hold",
        "it cannot stand in a spreadsheet; add another sink for it",
    ),
    (
        _FULL,
        "the spreadsheet has the 10 million cells that Google allows",
        "delete empty rows, columns or tabs, then run again",
    ),
)


_NO_PROJECT = "requires a quota project"


def _explain_forbidden(error: ErrorBody, call: Call) -> UpscaleConnectError:
    reasons = {detail.reason: detail.metadata for detail in error.details}
    if _NO_PROJECT in error.message:  # with the reason of an API that is off, and a project that is gcloud's own
        return CredentialsError(
            "the login of this computer names no project of Google's cloud, and the Sheets API wants one",
            hint="run `gcloud auth application-default set-quota-project PROJECT`, with that API switched on there",
        )
    if "SERVICE_DISABLED" in reasons:
        url = reasons["SERVICE_DISABLED"].get("activationUrl", "")
        where = (
            url if _CONSOLE.fullmatch(url) else "https://console.cloud.google.com/apis/library/sheets.googleapis.com"
        )
        return CredentialsError(
            f"the Google Sheets API is not switched on in the project of {call.who}",
            hint=f"switch it on at {where} and run again after a minute",
        )
    if "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons or "insufficient authentication scopes" in error.message:
        return CredentialsError(
            f"the login of {call.who} does not include spreadsheets",
            hint=f"log in again with the scope {_WRITE_SCOPE}",
        )
    verb, role = ("change", "Editor") if call.is_write else ("open", "Viewer (as Editor to get messages back)")
    return CredentialsError(
        f"{call.who} may not {verb} this spreadsheet",
        hint=f"choose Share in the spreadsheet and add {call.who} as {role}",
    )


def explain_quota(error: ErrorBody, call: Call) -> UpscaleConnectError:
    """The error for a 429 that did not end."""
    metadata = next((detail.metadata for detail in error.details if "quota_limit" in detail.metadata), {})
    limit, value = metadata.get("quota_limit", ""), metadata.get("quota_limit_value", "")
    known = f" ({limit}{f': {value}' if value.isdigit() else ''})" if limit.isalnum() else ""
    return call.fail(
        f"Google's limit of {'writes' if call.is_write else 'reads'} a minute stays used up{known}",
        hint="nothing is lost; run again when no other program uses this Google account",
    )


def _quote(error: ErrorBody) -> str:
    """Google's own sentence, with the part of our request that it does not like."""
    wrong = [one for detail in error.details for one in detail.field_violations]
    said = " ".join([error.message, *(f"({one.field}: {one.description})" for one in wrong[:1])])
    text = "".join(c for c in said if c.isprintable()).strip()
    if not text:
        return ""
    return f": {text[:_QUOTED]}…" if len(text) > _QUOTED else f": {text}"
