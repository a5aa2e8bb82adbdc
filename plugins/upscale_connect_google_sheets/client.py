"""Calls to one spreadsheet, explained where they fail.

The session that the core lends waits for the turn of each call and repeats what may be repeated: with the limits
below also after a 429, for which Google names no time, and which may last a whole minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

import requests
from pydantic import ValidationError

from upscale_connect import Context, RateLimit, SinkError, SourceError, UnreachableError, UpscaleConnectError

from .access import READ, WRITE, Access
from .answers import Answer, Book, GridData, Ignored, ValueRanges
from .options import GoogleSheetsConfig
from .refusals import GRID, Call, explain, explain_quota, may_be_one_cell, read_error

A = TypeVar("A", bound=Answer)

#: Where the API is, and where a service account gets its tokens.
HOSTS = ("sheets.googleapis.com", "oauth2.googleapis.com")

#: Google allows 60 reads and 60 writes a minute to each account; other programs may use the same one.
#: Source: "Usage limits" of the Sheets API, 2026.
LIMITS = (
    RateLimit(50, 60, methods=("GET",), path="/v4/spreadsheets/"),
    RateLimit(50, 60, methods=("POST",), path="/v4/spreadsheets/"),
)

#: Tries of a call that the session may not repeat, but of which Google said that nothing was done.
_TRIES = 5
#: Tokens that are fetched anew for one call.
_RENEWALS = 2

#: A text that stands in no sheet.
_NOWHERE = "upscale-connect asks whether it may write here"

_BOOK = "properties.title,sheets(properties,merges,protectedRanges(range,warningOnly,requestingUserCanEdit))"
_CELLS = (
    "sheets.data(rowData.values(formattedValue,hyperlink,chipRuns,textFormatRuns.format.link),"
    "rowMetadata(hiddenByUser,hiddenByFilter))"
)


class ShrunkError(Exception):
    """A part of the tab that was asked for is not there any more. Nothing was read or written."""


class RefusedWriteError(Exception):
    """Google does not want what was to be written, and nothing of it was. `error`: how people are told."""

    def __init__(self, error: UpscaleConnectError) -> None:
        super().__init__(error.message)
        self.error = error


class Client:
    """`writes`: ask for the right to change the spreadsheet, too.

    Every method raises `CredentialsError` if Google does not let us in, `ShrunkError` if others have deleted what
    was asked for, else `SinkError` if `writes`, else `SourceError`.
    """

    def __init__(self, config: GoogleSheetsConfig, context: Context, *, writes: bool = False) -> None:
        self._config = config
        self._context = context
        self._scope = WRITE if writes else READ
        self._fail: type[SourceError] | type[SinkError] = SinkError if writes else SourceError
        self._opened: Access | None = None

    @property
    def account(self) -> str:
        """The address to share the spreadsheet with, "" where Google does not tell it."""
        return self._access.account

    def describe(self) -> Book:
        """Title and tabs, without any cell."""
        return self._get(Book, "", [("fields", _BOOK)])

    def read(self, areas: Sequence[str]) -> list[list[list[str]]]:
        """The texts of areas as they are shown, all as of one moment: rows of cells, without empty ends."""
        params = [("ranges", area) for area in areas]
        answer = self._get(ValueRanges, "/values:batchGet", [*params, ("fields", "valueRanges.values")])
        if len(answer.value_ranges) != len(areas):
            raise self._misfit()
        return [found.values for found in answer.value_ranges]

    def read_cells(self, areas: Sequence[str]) -> list[GridData]:
        """The same with links, and with the rows that are hidden."""
        params = [("ranges", area) for area in areas]
        answer = self._get(Book, "", [*params, ("fields", _CELLS)])
        found = answer.sheets[0].data if answer.sheets else ()
        if len(found) != len(areas):
            raise self._misfit()
        return list(found)

    def write(self, areas: Sequence[tuple[str, Sequence[Sequence[str | None]]]]) -> None:
        """Write texts as they are, all at once or none; None leaves a cell as it is. Raises `RefusedWriteError`."""
        data = [{"range": area, "majorDimension": "ROWS", "values": rows} for area, rows in areas]
        self._post("/values:batchUpdate", {"valueInputOption": "RAW", "data": data}, repeatable=True, of_cells=True)

    def require_right(self, tab_id: int) -> None:
        """Raises `CredentialsError` if the tab may not be changed. Changes nothing.

        Nothing else tells of the right: Google is asked to replace a text in one cell by itself.
        """
        cell = {"sheetId": tab_id, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
        request = {"findReplace": {"find": _NOWHERE, "replacement": _NOWHERE, "range": cell}}
        self._post(":batchUpdate", {"requests": [request]}, repeatable=True)

    def add_columns(self, tab_id: int, count: int) -> None:
        """Make a tab wider. Not repeated: if no answer comes, look how wide it is."""
        request = {"appendDimension": {"sheetId": tab_id, "dimension": "COLUMNS", "length": count}}
        self._post(":batchUpdate", {"requests": [request]}, repeatable=False)

    @property
    def _access(self) -> Access:
        if self._opened is None:
            self._opened = Access(self._config, self._context, self._scope, self._fail)
        return self._opened

    def _get(self, model: type[A], path: str, params: Sequence[tuple[str, str]]) -> A:
        return self._parse(model, self._call("GET", path, params=params))

    def _post(self, path: str, body: Mapping[str, Any], *, repeatable: bool, of_cells: bool = False) -> None:
        self._parse(Ignored, self._call("POST", path, body=body, repeatable=repeatable, of_cells=of_cells))

    def _call(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        of_cells: bool = False,
    ) -> requests.Response:
        """An answer that says that it was done. `of_cells`: one cell may be why all of it is refused."""
        renewals, tries = 0, 1
        while True:
            response = self._send(method, path, params, body, repeatable=repeatable)
            if response.status_code < 300:
                return response
            error = read_error(response.content)
            call = Call(self._fail, self.account, is_write=method == "POST")
            if response.status_code == 401 and renewals < _RENEWALS:
                renewals += 1
                self._access.reject()
            elif response.status_code == 429:
                if repeatable or tries == _TRIES:
                    raise explain_quota(error, call)
                tries += 1
            elif GRID in error.message:
                raise ShrunkError
            elif of_cells and may_be_one_cell(response.status_code, error):
                raise RefusedWriteError(explain(response.status_code, error, call))
            else:
                raise explain(response.status_code, error, call)

    def _send(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        body: Mapping[str, Any] | None,
        *,
        repeatable: bool,
    ) -> requests.Response:
        try:
            return self._context.http.request(
                method,
                f"{self._config.api_root}/v4/spreadsheets/{self._config.spreadsheet_id}{path}",
                params=[*params, ("prettyPrint", "false")],
                json=body,
                headers=self._access.authorize(),
                allow_redirects=False,
                repeatable=repeatable,
            )
        except UnreachableError as error:
            is_stop = self._context.stop.is_set()
            why = error.message if is_stop else f"Google cannot be reached: {error.message}"
            raise self._fail(why, hint=error.hint) from None

    def _parse(self, model: type[A], response: requests.Response) -> A:
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            raise self._misfit() from None

    def _misfit(self) -> SourceError | SinkError:
        return self._fail(
            "an answer is not what the Google Sheets API promises",
            hint="is `api_root:` the address of Google, or of a server that is compatible with it?",
        )
