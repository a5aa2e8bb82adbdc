"""Read a sheet, or write messages beside its first leads: python -m benchmarks.sheets_worker URL FOLDER DELIVERIES."""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from upscale_connect import Context, Delivery, Lead, Message, Record
from upscale_connect.clock import SystemClock
from upscale_connect.http import RateLimiters, plugin_session
from upscale_connect_google_sheets.options import GoogleSheetsConfig
from upscale_connect_google_sheets.source import GoogleSheetsSource

#: The id of the fake's spreadsheet.
ID = "1x2y3z-a-book-that-nobody-has-in-the-world-4"
MAPPING = {
    "first_name": ("First",),
    "last_name": ("Last",),
    "lead_company": ("Company",),
    "lead_linkedin": ("LinkedIn",),
}
TEXT = "a message of about four hundred characters. " * 9
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def main() -> None:
    url, folder, deliveries = sys.argv[1:]
    clock, stop = SystemClock(), threading.Event()
    columns = [name for names in MAPPING.values() for name in names]
    with plugin_session(clock, stop.wait, RateLimiters(clock, stop.wait)) as http:
        types = ("connection_request",)
        context = Context(Path(folder), http, clock, stop, logging.getLogger("bench"), columns, types, MAPPING)
        config = GoogleSheetsConfig.model_validate({"spreadsheet": ID, "key_file": "key.json", "api_root": url})
        source = GoogleSheetsSource(config, context)
        if int(deliveries):
            results = source.beside().write(map(make_delivery, range(int(deliveries))))
            sys.stdout.write(str(sum(result.outcome == "written" for result in results)))
        else:
            sys.stdout.write(str(sum(1 for _ in source.read(None))))


def make_delivery(number: int) -> Delivery:
    url = f"https://www.linkedin.com/in/person-{number}"
    lead = Lead(str(number), url, f"li:in:person-{number}", f"Company {number}", f"Ann{number}", "Example")
    fields = {"First": lead.first_name, "Last": lead.last_name, "Company": lead.company, "LinkedIn": url}
    message = Message("connection_request", f"Hello Ann{number}, {TEXT}", NOW)
    return Delivery(lead.key, Record(None, fields), lead, {message.type: message}, f"uc-{number:012}")


if __name__ == "__main__":
    main()
