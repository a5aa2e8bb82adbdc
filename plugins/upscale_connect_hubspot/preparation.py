"""The properties that messages are written to: looked at before money is spent, made before the first message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from upscale_connect import Finding, SinkError, SourceError

from .answers import Answer, Definition, Definitions, PropertyLimits, Rules
from .catalog import Catalog
from .client import Client
from .errors import RefusalError
from .layout import APPROVED, NOTES, UPDATED_AT, Layout
from .options import STANDARD_GROUP, Writing
from .refusals import refused

#: What a message needs at least: LinkedIn takes 300 characters with an invitation.
_SHORTEST = 300
_CONTACTS = "0-1"
_CONFLICT = 409

#: Part of ours → the types that it may have, and what they are called.
_TYPES = {
    UPDATED_AT: (("string", "datetime"), "a date and time"),
    APPROVED: (("enumeration", "bool", "string"), "a choice or a text"),
}
#: Part of ours → how it is made, where that is not a line of text. An empty choice says nothing, unlike a checkbox
#: without its tick.
_SPECIAL: dict[str, dict[str, Any]] = {
    UPDATED_AT: {"type": "datetime", "fieldType": "date"},
    APPROVED: {
        "type": "enumeration",
        "fieldType": "radio",
        "options": [
            {"label": label, "value": label.lower(), "displayOrder": place, "hidden": False}
            for place, label in enumerate(("Yes", "No"))
        ],
        "description": "Yes: the message may go on. No: it may not. Emptied by upscale-connect with each new text.",
    },
    NOTES: {"fieldType": "textarea", "description": "For people. upscale-connect writes nothing here."},
}


class Preparation:
    """Raises what `Client` raises."""

    def __init__(self, client: Client, catalog: Catalog, config: Writing, layout: Layout) -> None:
        self._client = client
        self._catalog = catalog
        self._config = config
        self._layout = layout

    @property
    def missing(self) -> list[str]:
        """Properties that the portal does not have yet."""
        return [name for name in self._layout.all if name not in self._catalog.contacts()]

    def check(self, *, briefly: bool) -> Iterator[Finding]:
        """An error for what would keep messages from being written. `briefly`: without a call."""
        missing = self.missing
        present = [name for name in self._layout.all if name not in missing]
        errors = [*self._find_problems(present), *(() if self._config.create else self._find_missing(missing))]
        yield from errors
        if missing and self._config.create:
            yield Finding("ok", f"properties that the first delivery makes: {', '.join(missing)}")
        if not errors:
            yield Finding("ok", f"messages go to {', '.join(self._layout.messages.values())}")
        if not briefly:
            yield from self._check_lengths(present)
            if missing and self._config.create:
                yield from self._check_room(len(missing))

    def make_missing(self) -> None:
        """Make what is missing, if `create` says so. Raises `SinkError` if what is there cannot be used."""
        if self.missing and self._config.create:
            if self._config.group != STANDARD_GROUP:
                self._make("groups", {"name": self._config.group, "label": _label(self._config.group)}, Answer)
            for made in self._make_together(self.missing):
                self._catalog.add(made)
            for name in self.missing:
                self._catalog.add(self._make("", self._describe(name), Definition) or self._fetch(name))
        for name in self._layout.all:
            definition = self._catalog.contacts().get(name)
            problem = self._find_problem(definition) if definition else "is not there"
            if problem:
                hint = "set `create: true`, or choose another under `properties:`; the messages are kept"
                raise SinkError(f"HubSpot: the property {name!r} {problem}", hint=hint)

    def _find_problems(self, present: list[str]) -> Iterator[Finding]:
        for name in present:
            if problem := self._find_problem(self._catalog.contacts()[name]):
                hint = "choose another under `properties:`, or change it in HubSpot"
                yield Finding("error", f"the property {name!r} {problem}", hint)

    def _find_missing(self, missing: list[str]) -> Iterator[Finding]:
        for name in missing:
            hints = ["set `create: true` to have it made", self._catalog.guess(name)]
            yield Finding("error", f"HubSpot has no contact property {name!r}", "; ".join(filter(None, hints)))

    def _find_problem(self, definition: Definition) -> str:
        if definition.is_read_only:
            return "is read-only"
        types, told = _TYPES.get(self._find_part(definition.name), (("string",), "text"))
        return "" if definition.type in types else f"is of type {definition.type}, not {told}"

    def _find_part(self, name: str) -> str:
        """What of ours the property holds, "" for a message and everything else that is text."""
        layout = self._layout
        return {layout.updated_at: UPDATED_AT, layout.approved: APPROVED, layout.notes: NOTES}.get(name, "")

    def _check_lengths(self, present: list[str]) -> Iterator[Finding]:
        """Rules that an admin has set; not every token may see them."""
        try:
            rules = self._client.get(Rules, "property-validations", _CONTACTS, optional=True)
        except (RefusalError, SourceError):
            return
        for name, most in rules.longest().items():
            if name in present and name in self._layout.messages.values() and most < _SHORTEST:
                hint = "take the rule away in HubSpot's settings, Properties"
                yield Finding("error", f"the property {name!r} takes {most} characters only", hint)

    def _check_room(self, needed: int) -> Iterator[Finding]:
        """Free portals allow few custom properties."""
        try:
            limits = self._client.get(PropertyLimits, "limits", "custom-properties", optional=True)
        except (RefusalError, SourceError):
            return
        contacts = next((one for one in limits.kinds if one.object_type == _CONTACTS), None)
        if contacts is not None and contacts.usage + needed > contacts.limit:
            message = f"{needed} properties are missing, and the portal has {contacts.usage} of {contacts.limit}"
            yield Finding("error", message, "write fewer: `also: []` leaves out status and time")

    def _make_together(self, names: list[str]) -> list[Definition]:
        """Make properties in one call. Those that HubSpot does not make so are not among the result."""
        body = {"inputs": [self._describe(name) for name in names]}
        try:
            return self._client.post(Definitions, "properties", "contacts/batch/create", body).results
        except RefusalError:
            return []

    def _make(self, rest: str, body: dict[str, Any], model: type[Any]) -> Any:
        """What was made; None if it is there already."""
        try:
            return self._client.post(model, "properties", "/".join(filter(None, ("contacts", rest))), body)
        except RefusalError as refusal:
            if refusal.status == _CONFLICT:
                return None
            raise SinkError(
                refused(f"to make the property {body['name']!r}", refusal).message,
                hint="make it by hand in HubSpot's settings, Properties; the messages are kept",
            ) from None

    def _fetch(self, name: str) -> Definition:
        return self._client.get(Definition, "properties", f"contacts/{name}")

    def _describe(self, name: str) -> dict[str, Any]:
        """A new property. It is in no form, and nobody's address or name."""
        described: dict[str, Any] = {
            "name": name,
            "label": _label(name),
            "type": "string",
            "fieldType": "textarea" if name in self._layout.messages.values() else "text",
            "groupName": self._config.group,
            "description": "Written by upscale-connect. What a person changes here is kept.",
            "formField": False,
        }
        return described | _SPECIAL.get(self._find_part(name), {})


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
