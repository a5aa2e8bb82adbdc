"""Write invented leads as CSV: the same number gives the same file on every machine.

Ten columns, about 240 bytes a row; the notes hold commas, quotes, other scripts and now and then a line break.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

HEADER = ("ID", "First name", "Last name", "Email", "Company", "Website", "LinkedIn", "Title", "City", "Notes")

FIRST = ("Ada", "Bjørn", "Chiara", "Daniel", "Élise", "Femi", "Gül", "Hana", "Ivo", "Jaya", "Kwame", "Lucía", "Mirek")
LAST = ("Abreu", "Brandt", "Çelik", "Dvořák", "Eriksen", "Fontaine", "Grünwald", "Hoang", "Ibarra", "O'Hara", "Sørby")
THINGS = ("anchor", "birch", "copper", "dune", "ember", "fjord", "granite", "harvest", "iris", "juniper", "kestrel")
FORMS = ("Ltd", "GmbH", "Inc.", "S.r.l.", "AS", "B.V.", "& Sons, LLC")
TITLES = ("Head of Sales", "Founder", "VP Operations", "Chief Technology Officer", "Buyer, Northern Europe")
CITIES = ("Graz", "Łódź", "Porto", "Boston", "Ålesund", "大阪", "Nantes", "Leeds")
NOTES = (
    "",
    "",
    "",
    "met in spring, wants figures first",
    'wrote "not before June"',
    "budget about 15 k€; decides with two colleagues",
    "recommended by a customer; mention it → “deal room”",
    "first line\nsecond line, with a comma",
)


def make_row(number: int, *, changed: bool = False) -> list[str]:
    """The lead with this number; `changed`: after somebody corrected its company."""
    dice = int.from_bytes(hashlib.blake2b(b"%d" % number, digest_size=16).digest(), "big")

    def pick(choices: Sequence[str]) -> str:
        nonlocal dice
        dice, chosen = divmod(dice, len(choices))
        return choices[chosen]

    first, last, one, two = pick(FIRST), pick(LAST), pick(THINGS), pick(THINGS)
    company = f"{one.title()} {two.title()} {pick(FORMS)}"
    return [
        f"L{number:08d}",
        first,
        last,
        f"person{number}@{one}-{two}.example",
        f"{company} (new)" if changed else company,
        f"https://www.{one}-{two}{number % 7919}.example",
        f"https://www.linkedin.com/in/{one}-{two}-{number:08x}/",
        pick(TITLES),
        pick(CITIES),
        pick(NOTES),
    ]


def write_leads(
    path: Path, leads: int, *, change: float = 0.0, reverse: bool = False, campaigns: int = 0, tail: str = ""
) -> None:
    """Write `leads` rows; a share of `change` of them, spread evenly, differs from the file without it.

    `campaigns`: a column with so many campaigns more. `tail`: text behind the last row, such as an empty line.
    """
    numbers: Iterable[int] = reversed(range(leads)) if reverse else range(leads)
    step = round(1 / change) if change else 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*HEADER, "Campaign") if campaigns else HEADER)
        for number in numbers:
            row = make_row(number, changed=bool(step) and number % step == 0)
            if campaigns:
                row.append(f"campaign_{number % campaigns}")
            writer.writerow(row)
        file.write(tail)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write invented leads as CSV.")
    parser.add_argument("leads", type=int, help="number of rows")
    parser.add_argument("path", type=Path, help="file to write")
    parser.add_argument("--change", type=float, default=0.0, metavar="SHARE", help="of rows to differ: 0.01")
    parser.add_argument("--reverse", action="store_true", help="last row first")
    parser.add_argument("--campaigns", type=int, default=0, metavar="N", help="add a column with N campaigns")
    parser.add_argument("--empty-line", action="store_true", help="end with an empty line: other bytes, the same rows")
    given = parser.parse_args()
    tail = "\n" if given.empty_line else ""
    write_leads(
        given.path, given.leads, change=given.change, reverse=given.reverse, campaigns=given.campaigns, tail=tail
    )


if __name__ == "__main__":
    main()
