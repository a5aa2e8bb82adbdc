"""The suite for a source."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..contracts import Source
from ..errors import UpscaleConnectError
from .calls import Answer
from .checks import must
from .conformance import ALWAYS, fail
from .invented import make_rows
from .plugin_checks import PluginChecks
from .service_checks import REFUSED, ServiceBench
from .source_cursors import CursorChecks
from .source_records import RecordChecks


class SourceConformance(RecordChecks, CursorChecks, ServiceBench[Source[Any]], PluginChecks[Source[Any]]):
    """Derive from it, name the class under test, and say how rows come to where it reads.

    class TestJsonlSource(SourceConformance):
        connector = JsonlSource

        def arrange(self, rows):
            lines = [json.dumps(row) for row in rows]
            (self.folder / "leads.jsonl").write_text("\\n".join(lines), encoding="utf-8")
            return {"path": "leads.jsonl"}
    """

    @must("S02", "check() tells of credentials that are refused")
    def test_s02_refused_credentials(self) -> None:
        self.require_error_of_check(REFUSED, "every call is answered with 401")

    @must("S03", "check() tells of a service that is gone")
    def test_s03_a_service_that_is_gone(self) -> None:
        self.require_error_of_check("down", "no connection can be made")

    @must("S20", "a service that is busy is waited for")
    def test_s20_busy_services_are_waited_for(self) -> None:
        self.require_calls()
        for words, answer, times, pause in self.busy_answers():
            rows = make_rows(2 * self.page_size + 1)
            options = self.arrange(rows)
            self.inject(answer, times=times)
            waited = sum(self.stop.waits)
            try:
                records = self.read_records(options)
            except UpscaleConnectError as error:
                raise fail(
                    f"all records in spite of {words}",
                    f"{type(error).__name__}: {error}",
                    "say repeatable=True for a POST that only reads",
                ) from error
            if Counter(map(self.show, records)) != Counter(self.shown(rows, records)):
                raise fail(
                    f"all {len(rows)} records in spite of {words}", f"{len(records)}", "look at the status first"
                )
            if sum(self.stop.waits) - waited < pause:
                raise fail(f"a pause of {pause:g} s after {words}", "none", "call through context.http only")

    @must("S20b", "a call that is refused is no end of the data")
    def test_s20b_refusals_are_errors(self) -> None:
        self.require_calls()
        for status in (400, 403, 404, 500):
            options = self.options_for(2 * self.page_size + 1)
            self.inject(Answer(status, {"message": "no"}), times=ALWAYS)
            try:
                count = len(self.read_records(options))
            except UpscaleConnectError:
                continue
            finally:
                self.heal()
            raise fail(
                f"a SourceError, as every call is answered with {status}",
                f"{count} records and no error",
                "look at the status of every answer: what is missing is taken for deleted",
            )
