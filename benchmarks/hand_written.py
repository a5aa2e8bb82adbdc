"""What somebody writes who needs it once: read, send in batches, fetch, write the messages beside the leads.

It remembers nothing: run twice, it buys twice; killed half-way, it has paid for messages that nobody gets.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import requests

REQUEST = {
    "completion_notification_url": "https://callback.invalid/",
    "automation_tool_customer_id": "customer_1",
    "automation_tool_campaign_id": "campaign_1",
    "proposition_company_name": "Acme Corporation",
    "proposition_company_url": "https://www.acmecorp.com",
    "message_sequence": ["connection_request"],
    "tone_preference": "formal",
}


def read_leads(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["LinkedIn"].startswith("https://"):
                print(f"no LinkedIn address: {row['ID']}", file=sys.stderr)
                continue
            yield {
                "automation_tool_lead_id": row["ID"],
                "lead_linkedin": row["LinkedIn"],
                "lead_company": row["Company"],
                "first_name": row["First name"],
                "last_name": row["Last name"],
                "lead_company_website_url": row["Website"],
            }


def buy(session: requests.Session, url: str, leads: Iterator[dict[str, str]], size: int) -> list[str]:
    """The ids of the requests that were sent."""
    ids = []
    while batch := list(islice(leads, size)):
        answer = session.post(f"{url}/request_message_generation", json={**REQUEST, "lead_data": batch}, timeout=60)
        answer.raise_for_status()
        ids.append(answer.json()["secure_request_id"])
    return ids


def fetch(session: requests.Session, url: str, ids: list[str]) -> dict[str, str]:
    """Lead id → message."""
    messages = {}
    for name in ids:
        named = {"request_message_generation_secure_request_id": name}
        answer = session.get(f"{url}/retrieve_messages", json=named, timeout=60)
        answer.raise_for_status()
        for lead in answer.json()["campaign"]["leads_data"]:
            messages[lead["external_prospect_id"]] = lead["outreach_message"]
    return messages


def write_back(path: Path, output: Path, messages: dict[str, str]) -> None:
    with path.open(encoding="utf-8", newline="") as source, output.open("w", encoding="utf-8", newline="") as target:
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, [*(rows.fieldnames or ()), "outreach_message"])
        writer.writeheader()
        for row in rows:
            row["outreach_message"] = messages.get(row["ID"], "")
            writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(description="Buy a message for every lead of a CSV file.")
    parser.add_argument("path", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--batch", type=int, default=1000)
    given = parser.parse_args()
    with requests.Session() as session:
        session.headers["Api-Key"] = "benchmark"
        ids = buy(session, given.url, read_leads(given.path), given.batch)
        messages = fetch(session, given.url, ids)
    write_back(given.path, given.output, messages)


if __name__ == "__main__":
    main()
