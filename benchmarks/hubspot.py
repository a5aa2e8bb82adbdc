"""Count the calls of whole runs against the HubSpot of the tests: read with companies, buy, write back.

`.venv/bin/python -m benchmarks.hubspot` from the project's folder; some minutes for 100,000 contacts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.run import find_program, measure, start_server
from tests.plugins.hubspot.portal import TOKEN, Portal
from tests.plugins.hubspot.server import HubSpot
from upscale_connect.clock import SystemClock

#: Contacts for each company.
SHARE = 4
MESSAGE = "upscale_connection_request"
HEADER = f"{'run':28} {'calls':>6} {'CPU µs/contact':>14} {'peak MiB':>9}"

CONFIG = """\
version: 1
accounts:
  bench:
    api_key: benchmark
    base_url: {api}
    batch_size: 1000
    poll: {{first_seconds: 0.01, factor: 1, max_seconds: 1}}
ledger: ledger.db
defaults: {{limits: {{messages_per_run: 100000000, messages_per_day: 100000000, hold_above: 100000000}}}}
syncs:
  bench:
    customer: customer_1
    campaign: campaign_1
    source: {{plugin: hubspot, token: {token}, base_url: "{hubspot}", create: yes{options}}}
    map:
      first_name: firstname
      last_name: lastname
      lead_company: company.name
      lead_linkedin: contact.linkedin
      lead_company_website_url: company.website
    request:
      proposition_company_name: Acme Corporation
      proposition_company_url: https://www.acmecorp.com
    messages: [connection_request]
"""


def fill(portal: Portal, contacts: int) -> None:
    """Invented contacts, all of them in list 1."""
    companies = [
        portal.add("companies", name=f"Company {number}", website=f"company-{number}.example")
        for number in range(contacts // SHARE)
    ]
    ids = [
        portal.add(
            firstname=f"Ann{number}",
            lastname="Example",
            email=f"ann-{number}@first.example",
            hs_linkedin_url=f"https://www.linkedin.com/in/person-{number}",
            associatedcompanyid=str(companies[number * 7 % len(companies)]),
        )
        for number in range(contacts)
    ]
    portal.lists["1"] = ("Everybody", "contacts", ids)


def serve(contacts: int) -> None:
    """A portal in a process of its own: prints its address, and for each line that it reads what it was asked since."""
    portal = Portal(SystemClock())
    portal.burst = portal.searches = portal.daily = (
        1_000_000  # calls are counted; to wait for them would only take time
    )
    fill(portal, contacts)
    with HubSpot(portal) as hubspot:
        print(hubspot.url, flush=True)
        for _ in sys.stdin:
            kinds = Counter(call.path.replace("/2026-03", "").removeprefix("/crm/") for call in portal.calls)
            portal.calls.clear()
            shown = sum(MESSAGE in row.properties for row in portal.rows["contacts"].values())
            print(json.dumps({"kinds": dict(kinds.most_common()), "messages": shown}), flush=True)


def run_twice(program: str, contacts: int, options: str) -> None:
    """A first run that writes to every contact, and a second one that finds nothing to do."""
    command = [sys.executable, "-m", "benchmarks.hubspot", "--serve", str(contacts)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        start_server(0.0) as api,
        tempfile.TemporaryDirectory() as name,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        folder, address = Path(name), server.stdout.readline().strip()
        text = CONFIG.format(api=api, hubspot=address, token=TOKEN, options=options)
        folder.joinpath("upscale-connect.yaml").write_text(text, encoding="utf-8")
        for title in ("first", "second"):
            cost, _ = measure([program, "sync", "--wait", "--timeout", "60m", "--yes", "--json"], folder, codes=(0, 10))
            print("told", file=server.stdin, flush=True)
            told = json.loads(server.stdout.readline())
            if told["messages"] != contacts:
                sys.exit(f"{title}: {told['messages']} contacts show a message, not {contacts}")
            calls = ", ".join(f"{count} {kind}" for kind, count in told["kinds"].items())
            shown = f"{title}{options.replace(',', ' of', 1)}"
            each = cost.cpu / contacts * 1e6
            print(f"{shown:28} {sum(told['kinds'].values()):6} {each:14.0f} {cost.peak:9.1f}  {calls}", flush=True)
        server.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, action="append", metavar="N", help="default: 1000 and 100000")
    parser.add_argument("--command", default=find_program(), help="default: the one that is installed")
    parser.add_argument("--serve", type=int, metavar="N", help="only be the portal, with N contacts")
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    if given.command is None:
        sys.exit("upscale-connect is not installed: run `make bench`, or `pip install -e .`")
    for contacts in given.contacts or (1_000, 100_000):
        print(f"\n{contacts:,} contacts, one company for {SHARE}\n{HEADER}")
        for options in ("", ', list_id: "1"'):
            run_twice(given.command, contacts, options)


if __name__ == "__main__":
    main()
