"""Applies the rules to what a mapping has read of a record."""

from __future__ import annotations

from collections.abc import Callable

from ..identity import fold_words
from ..models import Change
from . import companies, names, websites
from .settings import HygieneSettings

#: Rules for first and last names, in their order.
_OF_NAMES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces", names.tidy_spaces),
    ("emoji", names.remove_emoji),
    ("tail", names.cut_tail),
    ("credentials", names.remove_credentials),
    ("titles", names.remove_titles),
    ("case", names.fix_case),
)
_OF_COMPANIES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces", names.tidy_spaces),
    ("emoji", names.remove_emoji),
    ("legal_form", companies.remove_legal_form),
)
_OF_WEBSITES: tuple[tuple[str, Callable[[str], str]], ...] = (("website", websites.clean_website),)


class Cleaner:
    """The rules of one sync."""

    def __init__(self, settings: HygieneSettings) -> None:
        self._rules = {
            "first_name": self._choose(_OF_NAMES, settings),
            "last_name": self._choose(_OF_NAMES, settings),
            "lead_company": self._choose(_OF_COMPANIES, settings),
            "lead_company_website_url": self._choose(_OF_WEBSITES, settings),
        }
        self._checks_first_name = settings.action("first_name") == "on"

    @staticmethod
    def _choose(
        rules: tuple[tuple[str, Callable[[str], str]], ...], settings: HygieneSettings
    ) -> list[tuple[str, Callable[[str], str], bool]]:
        return [(name, rule, action == "on") for name, rule in rules if (action := settings.action(name)) != "off"]

    def clean(self, field: str, value: str, changes: list[Change]) -> str:
        """The value after the field's rules; what each did, or would do, is added to `changes`."""
        if value.isalpha() and value.isascii() and value.istitle():
            return value  # as nearly all names are
        before = None
        while value != before:  # what one rule takes away may have hidden something from an earlier one
            before = value
            for rule, apply, is_on in self._rules[field]:
                after = apply(value)
                if after != value:
                    change = Change(field, value, after, rule, applied=is_on)
                    changes += [] if change in changes else [change]
                    value = after if is_on else value
        return value

    def find_doubt(self, first_name: str, last_name: str, company: str) -> str:
        """Why a person should look at a lead before a message greets it; "" if nothing is odd."""
        for what, value in (("first name", first_name), ("last name", last_name), ("company", company)):
            if not value:
                return f"nothing of its {what} is left but signs and blanks"
        if not self._checks_first_name:
            return ""
        if names.is_initial(first_name):
            return f"its first name {first_name!r} is an initial: a message would greet it so"
        if names.is_credential(last_name):
            return f"its last name {last_name!r} is a degree or certificate, and no name"
        if fold_words(first_name) == fold_words(company):
            return f"its first name {first_name!r} is the name of its company"
        return ""
