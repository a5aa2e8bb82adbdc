"""The properties that a portal has. They are asked for once per run."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from upscale_connect import Finding

from .answers import Definition, Definitions
from .client import Client
from .columns import COMPANY_PREFIX, COMPANY_PROPERTIES, LINKEDIN_COLUMN
from .options import LINKEDIN, OPT_OUT


class Catalog:
    """A portal's definitions of contact and company properties, by name."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: dict[str, dict[str, Definition]] = {}

    def contacts(self) -> Mapping[str, Definition]:
        return self._properties("contacts")

    def companies(self) -> Mapping[str, Definition]:
        return self._properties("companies")

    def add(self, definition: Definition) -> None:
        """A contact property that has just been made."""
        self._properties("contacts")[definition.name] = definition

    def columns(self, wanted: Sequence[str]) -> list[str]:
        """All that a mapping may name. Company properties are asked for only if a rare one is `wanted`."""
        known = [f"{COMPANY_PREFIX}{name}" for name in COMPANY_PROPERTIES]
        if any(name.startswith(COMPANY_PREFIX) and name not in known for name in wanted):
            known = [f"{COMPANY_PREFIX}{name}" for name in self.companies()]
        return [LINKEDIN_COLUMN, *known, *self.contacts()]

    def choose(self, names: Sequence[str]) -> list[str]:
        """Those of the names that the portal has, in their order."""
        return [name for name in names if name in self.contacts()]

    def check_names(self, option: str, names: Sequence[str]) -> list[Finding]:
        """An error for each property of an option that the portal does not have; defaults need not be there."""
        if tuple(names) in (LINKEDIN, OPT_OUT):
            return []
        return [
            Finding("error", f"`{option}:` names {name!r}, which is no property of contacts", self.suggest(name))
            for name in names
            if name not in self.contacts()
        ]

    def suggest(self, name: str) -> str:
        """A hint: the property that was meant, or where names stand."""
        return self.guess(name) or "its internal name stands in HubSpot's settings, Properties"

    def guess(self, name: str) -> str:
        """A hint: the property that was meant, by its name or its label; "" if none is like it."""
        labels = {definition.label.casefold(): one for one, definition in self.contacts().items()}
        close = difflib.get_close_matches(name, self.contacts(), n=1)
        meant = close[0] if close else labels.get(name.casefold())
        return f"did you mean {meant!r}?" if meant else ""

    def _properties(self, kind: str) -> dict[str, Definition]:
        if kind not in self._found:
            answer = self._client.get(Definitions, "properties", kind)
            self._found[kind] = {one.name: one for one in answer.results if not one.archived}
        return self._found[kind]
