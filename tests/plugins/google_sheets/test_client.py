"""What Google refuses becomes one clear line; what passes is waited for, within the limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.plugins.google_sheets.fake import Fault
from upscale_connect import CredentialsError, SinkError, SourceError, UpscaleConnectError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, FakeGoogle, Seen

ACCOUNT = "upscale@project-1.iam.gserviceaccount.com"
ENABLE = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=1"
HTML = b"<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>"


def body(message: str, status: str = "", **detail: Any) -> bytes:
    error: dict[str, Any] = {"code": 0, "message": message, "status": status}
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail}]
    return json.dumps({"error": error}).encode()


NO_RIGHT = body("The caller does not have permission", "PERMISSION_DENIED")
NO_SCOPE = body("Request had insufficient authentication scopes.")
OFF = body("Google Sheets API has not been used", reason="SERVICE_DISABLED", metadata={"activationUrl": ENABLE})
OFF_ELSEWHERE = body("Off", reason="SERVICE_DISABLED", metadata={"activationUrl": "https://evil.example"})
NO_PROJECT = body(
    "You use a login. The sheets.googleapis.com API requires a quota project, which is not set.",
    reason="SERVICE_DISABLED",
    metadata={"activationUrl": ENABLE},
)
EXCEL = body("This operation is not supported for this document", "FAILED_PRECONDITION")
VIOLATION = body("Invalid argument.", fieldViolations=[{"field": "data[0]", "description": "not a range"}])
LONG = body("Your input contains more than the maximum of 50000 characters in a single cell.")

#: Status, body, exit code, message, and a part of the hint.
REFUSALS: list[tuple[int, bytes, int, str, str]] = [
    (400, body("Unable to parse range: 'Leads'!A1:D9"), 9, "the tab is not there any more", "renamed or deleted"),
    (400, EXCEL, 9, "this is an Excel file", "Save as Google Sheets"),
    (400, body("You are trying to edit a protected cell or object."), 9, "that we must write is protected", ACCOUNT),
    (400, LONG, 9, "longer than the 50,000 characters", "another sink"),
    (400, body("above the limit of 10000000 cells"), 9, "the 10 million cells", "delete empty rows"),
    (400, body("Invalid JSON.\nUnknown name"), 9, r"refuses the request \(400\): Invalid JSON.Unknown", "nothing was"),
    (400, VIOLATION, 9, r"refuses the request \(400\): Invalid argument. \(data\[0\]: not a range\)", "nothing was"),
    (400, b"", 9, r"refuses the request \(400\)$", ""),
    (403, NO_RIGHT, 8, f"{ACCOUNT} may not change this spreadsheet", f"add {ACCOUNT} as Editor"),
    (403, OFF, 8, "is not switched on", ENABLE),
    (403, OFF_ELSEWHERE, 8, "is not switched on", "https://console.cloud.google.com/"),
    (403, NO_PROJECT, 8, "names no project of Google's cloud", "set-quota-project"),
    (403, NO_SCOPE, 8, "does not include spreadsheets", "auth/spreadsheets"),
    (404, body("Requested entity was not found."), 9, "knows no spreadsheet with this id", "copy the address"),
    (301, b"", 9, "answers with a redirect", "api_root"),
    (418, HTML, 9, r"refuses the request \(418\)", ""),
    (500, body("Internal error encountered.", "INTERNAL"), 9, r"a fault of its own \(500\)", "run again"),
    (502, HTML, 9, r"a fault of its own \(502\)", "run again"),
]


@pytest.mark.parametrize(("status", "content", "code", "message", "hint"), REFUSALS)
def test_each_refusal_is_one_clear_line(
    bench: Bench, book: Book, status: int, content: bytes, code: int, message: str, hint: str
) -> None:
    client = bench.client(writes=True)
    bench.google.on_request = lambda seen: Fault(status, content) if seen.kind == "Write" else None
    with pytest.raises(UpscaleConnectError, match=message) as caught:
        client.require_right(0)
    assert (caught.value.exit_code, hint in caught.value.hint) == (code, True)
    assert "\n" not in caught.value.message + caught.value.hint


def test_who_may_only_read_is_told_how_to_share(bench: Bench, book: Book) -> None:
    book.editors.clear()
    with pytest.raises(CredentialsError, match=f"{ACCOUNT} may not open this spreadsheet") as caught:
        bench.read()
    assert "as Viewer" in caught.value.hint


class TestQuota:
    def test_calls_stay_below_the_limits(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        client = bench.client(writes=True)
        for _ in range(60):
            client.write([("'Sheet1'!E1", [["x"]])])
            client.read(["'Sheet1'!A1"])
        assert google.busiest_minute("Write") <= 50
        assert google.busiest_minute("Read") <= 50
        assert {seen.status for seen in google.seen} == {200}
        assert 59 < bench.stop.clock.monotonic() < 65

    def test_a_minute_that_others_used_up_is_waited_for(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        google.per_minute = 0
        bench.stop.on_wait = lambda: setattr(google, "per_minute", 60 if bench.stop.clock.monotonic() > 55 else 0)
        client = bench.client(writes=True)
        client.write([("'Sheet1'!E1", [["x"]])])
        client.add_columns(0, 1)
        assert [seen.status for seen in google.seen if seen.kind == "Write"] == [429, 429, 200, 200]
        assert all(seconds <= 61 for seconds in bench.stop.waits)

    def test_one_that_never_ends_is_given_up_with_its_name(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        google.per_minute = 0
        with pytest.raises(SourceError, match=r"reads a minute stays used up \(ReadRequestsPerMinutePerUser: 60\)"):
            bench.read()
        assert 180 < bench.stop.clock.monotonic() < 400

    def test_an_answer_in_html_is_a_quota_too(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        google.on_request = lambda seen: Fault(429, HTML) if seen.kind == "Write" else None
        client = bench.client(writes=True)
        with pytest.raises(SinkError, match=r"Google's limit of writes a minute stays used up$"):
            client.add_columns(0, 1)
        assert google.count("Write") == 5

    def test_a_stop_ends_the_wait(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        google.per_minute = 0
        bench.stop.on_wait = bench.stop.set
        with pytest.raises(SourceError):
            bench.read()
        assert len(bench.stop.waits) <= 2


@pytest.mark.parametrize("fault", [Fault(503, HTML), Fault(drop="before"), Fault(drop="after")])
def test_what_passes_is_tried_again(bench: Bench, book: Book, google: FakeGoogle, fault: Fault) -> None:
    def fail_first(seen: Seen) -> Fault | None:
        return fault if google.count(seen.kind) <= 2 else None

    google.on_request = fail_first
    client = bench.client(writes=True)
    client.write([("'Sheet1'!E1", [["x"]])])
    assert client.read(["'Sheet1'!E1"]) == [[["x"]]]
    assert [google.count(kind) for kind in ("Token", "Write", "Read")] == [3, 3, 3]


def test_adding_columns_is_not_repeated_without_knowing(bench: Bench, book: Book, google: FakeGoogle) -> None:
    google.on_request = lambda seen: Fault(drop="after") if seen.kind == "Write" else None
    client = bench.client(writes=True)
    with pytest.raises(SinkError, match="Google cannot be reached"):
        client.add_columns(0, 3)
    assert (google.count("Write"), book.tab.columns) == (1, 29)


def test_a_token_server_that_stays_broken_is_told(bench: Bench, book: Book, google: FakeGoogle) -> None:
    google.on_request = lambda seen: Fault(500) if seen.kind == "Token" else None
    with pytest.raises(SourceError, match=r"Google cannot be reached: its server of access tokens has a fault"):
        bench.read()


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"valueRanges": []}', b'{"valueRanges": [{"values": 7}]}'])
def test_an_answer_that_is_none_is_told(bench: Bench, book: Book, google: FakeGoogle, content: bytes) -> None:
    google.on_request = lambda seen: Fault(200, content) if "batchGet" in seen.path else None
    with pytest.raises(SourceError, match="not what the Google Sheets API promises"):
        bench.read()


def test_no_error_and_no_log_shows_a_secret(
    bench: Bench, book: Book, google: FakeGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shown = []
    for status, content, *_ in REFUSALS:
        fault = Fault(status, content)
        google.on_request = lambda seen, fault=fault: fault if seen.kind == "Read" else None  # type: ignore[misc]  # a default binds it
        with pytest.raises(UpscaleConnectError) as caught:
            bench.read()
        shown += [str(caught.value), caught.value.hint, repr(caught.value)]
    (token, *_) = google.tokens.given
    assert token not in caplog.text + "".join(shown)
    assert "PRIVATE KEY" not in caplog.text + "".join(shown)


def test_texts_travel_as_they_are(bench: Bench, book: Book) -> None:
    texts = ["=1+1", "007", "+33 6", "2020-01-01", "TRUE", "a\nb", "'x", "🎉", ""]
    client = bench.client(writes=True)
    client.write([("'Sheet1'!A5:I5", [texts]), ("'Sheet1'!A2:B2", [[None, "Lee"]])])
    assert client.read(["'Sheet1'!A5:I5", "'Sheet1'!A2:B2"]) == [[texts[:-1]], [["Ann1", "Lee"]]]


def test_answers_come_compressed(bench: Bench, book: Book) -> None:
    book.tab.fill([["x" * 100] * 20] * 50)
    client = bench.client()
    assert len(client.read(["'Sheet1'!A1:T50"])[0]) == 50
    assert requests.utils.default_headers()["Accept-Encoding"].startswith("gzip")
