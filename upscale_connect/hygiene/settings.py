"""Which rules there are, and what each does unless a person says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

#: `suggest` changes nothing and shows in `plan` what `on` would do.
Action: TypeAlias = Literal["on", "suggest", "off"]

#: In the order in which they work.
RULES = (
    "spaces",
    "emoji",
    "tail",
    "credentials",
    "titles",
    "case",
    "legal_form",
    "website",
    "first_name",
)

DEFAULTS: Mapping[str, Action] = {
    "spaces": "on",
    "emoji": "on",
    "tail": "on",
    "credentials": "on",
    "titles": "off",
    "case": "suggest",
    "legal_form": "on",
    "website": "on",
    "first_name": "on",
}


@dataclass(frozen=True, slots=True)
class HygieneSettings:
    """`actions`: what a person said; the rest is as in `DEFAULTS`."""

    actions: Mapping[str, Action] = field(default_factory=dict)

    def action(self, rule: str) -> Action:
        return self.actions.get(rule, DEFAULTS[rule])
