"""What the tools that send messages read from a CSV file. `docs/csv.md` says where each fact is from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .columns import PERSON, name_message

ProfileName: TypeAlias = Literal["generic", "dripify", "heyreach", "phantombuster", "waalaxy"]


def _name_field(message_type: str) -> str:
    """As the sink for HeyReach's API names its custom fields, so that one sequence serves both."""
    return f"upscale_{re.sub('[^A-Za-z0-9_]', '_', message_type)}"


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns and limits of one tool.

    `person`: field of a lead → the column where the tool looks for it; the address of the profile stands first.
    `longest`: characters of one text, None if nothing is known. `variable` and `rule`: what a variable of the tool may
    be called, for the program and for people.
    """

    tool: str
    person: Mapping[str, str]
    longest: int | None = None
    name_message: Callable[[str], str] = name_message
    variable: re.Pattern[str] = re.compile(r".+")
    rule: str = ""


def _person(*columns: str) -> dict[str, str]:
    return dict(zip(PERSON, columns, strict=True))


PROFILES: Mapping[ProfileName, Profile] = {
    "generic": Profile("a tool", _person("linkedin_url", "first_name", "last_name", "company")),
    "dripify": Profile("Dripify", _person("LinkedIn URL", "First Name", "Last Name", "Company Name")),
    "heyreach": Profile(
        "HeyReach",
        _person("Profile URL", "First Name", "Last Name", "Company"),
        name_message=_name_field,
        variable=re.compile(r"[A-Za-z0-9_]+"),
        rule="letters, digits and _ only",
    ),
    "phantombuster": Profile(
        "PhantomBuster",
        _person("profileUrl", "firstName", "lastName", "companyName"),
        longest=6999,
        variable=re.compile(r"[^#]+"),
        rule="a name without #, which stands around it in a message",
    ),
    "waalaxy": Profile("Waalaxy", _person("linkedinUrl", "firstName", "lastName", "company_name"), longest=1000),
}
