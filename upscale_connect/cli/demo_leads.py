"""What the demo writes into its folder: invented people, and a configuration for them."""

from __future__ import annotations

#: First name, last name, company, role. Nobody of these exists; the companies' domains cannot (RFC 2606).
_PEOPLE = (
    ("Aveline", "Brambleworth", "Juniper Kettle Works", "Head of Operations"),
    ("Bastien", "Quillfeather", "Nine Lanterns Logistics", "Founder"),
    ("Calista", "Morrowgate", "Pebble & Thistle Foods", "Marketing Director"),
    ("Dorian", "Fennimarsh", "Copperleaf Bicycles", "Sales Director"),
    ("Elowen", "Starkettle", "Tidewhistle Sailing Gear", "Managing Director"),
    ("Florian", "Oakwhistle", "Brightmoss Gardens", "Head of Purchasing"),
    ("Greta", "Winterspool", "Paperfox Printing", "Production Manager"),
    ("Hadrian", "Larkenfield", "Blue Anvil Robotics", "Chief Engineer"),
    ("Imogen", "Saltmeadow", "Honeyrook Insurance", "Product Owner"),
    ("Jasper", "Thimbleroot", "Snowgum Travel", "Head of Sales"),
    ("Katja", "Drumlinger", "Ferrywood Furniture", "Owner"),
    ("Leander", "Goosebright", "Quartzpeak Analytics", "Data Lead"),
    ("Maren", "Holloweather", "Cloudberry Clinics", "Clinic Manager"),
    ("Nestor", "Pinchbrook", "Mapletide Energy", "Head of Projects"),
    ("Oriana", "Vellumcrest", "Inkwell Harbour Press", "Editor in Chief"),
    ("Percival", "Dandelore", "Rustic Gear Rentals", "Fleet Manager"),
    ("Quintina", "Ashwhisper", "Silverbirch Payroll", "People Lead"),
    ("Rufus", "Marblethwaite", "Stonewren Quarries", "Site Manager"),
    ("Saskia", "Nettlebourne", "Plumfield Bakeries", "Head of Retail"),
    ("Tiberius", "Foxgarden", "Driftglass Optics", "Research Lead"),
    ("Ulrika", "Bellowmere", "Northlamp Theatre", "Artistic Director"),
    ("Valentin", "Crispwater", "Hearth & Hinge Doors", "Founder"),
    ("Wilhelmina", "Tanglewick", "Marigold Mutual", "Branch Manager"),
)

#: Leads, counted from 1, of whom the sandbox finds nothing on the web.
_WITHOUT_WEB = (8, 17)
#: Behind this lead stand the two rows that go wrong.
_AFTER = 12

_HEADER = "ID,First name,Last name,Company,Role,LinkedIn,Website"

_CONFIGURATION = """\
# upscale-connect demo: invented people, a local sandbox, no key and no cost.
# `upscale-connect demo` makes this folder anew each time. For your own leads: `upscale-connect init`.
version: 1

accounts:
  sandbox:
    api_key: sandbox-valid
    base_url: {base_url}
    batch_size: 5 # leads in one request; 25 if left out
    poll: {{first_seconds: 0.4, factor: 1.2, max_seconds: 1}} # the sandbox is fast; real messages take minutes

# The memory of every purchase: what stands there is never bought again.
ledger: demo.db

syncs:
  demo:
    # Your own ids of customer and campaign.
    customer: demo-customer
    campaign: demo-campaign
    source:
      plugin: csv
      path: leads.csv # the messages are written to leads.messages.csv, beside all these columns
    map: # the API's field on the left, the column on the right
      automation_tool_lead_id: ID
      first_name: First name
      last_name: Last name
      lead_company: Company
      lead_linkedin: LinkedIn
      lead_company_website_url: Website
    request: # who the messages speak for
      proposition_company_name: Tin Umbrella Software
      proposition_company_url: https://tin-umbrella.example
      tone_preference: normal
    messages: # each is bought once per lead and costs a credit
      - connection_request
      - first_follow_up
"""


def write_configuration(base_url: str) -> str:
    return _CONFIGURATION.format(base_url=base_url)


def write_leads() -> str:
    """A CSV file of 25 rows: 23 people, one of them twice, and one more without a LinkedIn address."""
    rows = [_row(number, *person) for number, person in enumerate(_PEOPLE, start=1)]
    rows[_AFTER:_AFTER] = [
        rows[2],
        "D-099,Yorick,Lostmitten,Puddlejump Shoes,Head of Design,,https://puddlejump-shoes.example",
    ]
    return "\n".join((_HEADER, *rows, ""))


def _row(number: int, first: str, last: str, company: str, role: str) -> str:
    slug = f"{first}-{last}-{number:04d}".lower()
    domain = company.lower().replace(" & ", "-").replace(" ", "-")
    if number in _WITHOUT_WEB:
        slug += "-noweb"
    linkedin, website = f"https://www.linkedin.com/in/{slug}", f"https://{domain}.example"
    return f"D-{number:03d},{first},{last},{company},{role},{linkedin},{website}"
