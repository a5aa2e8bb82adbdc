"""Who gets no message: do-not-contact lists, and how a lead is compared with them."""

from .entries import KINDS, Entry, HashedEntry, Kind, guess_kind, parse_entry, read_email, show_value
from .files import read_list, read_rows, shorten, write_list
from .matching import Suppressions, find_emails

__all__ = [
    "KINDS",
    "Entry",
    "HashedEntry",
    "Kind",
    "Suppressions",
    "find_emails",
    "guess_kind",
    "parse_entry",
    "read_email",
    "read_list",
    "read_rows",
    "shorten",
    "show_value",
    "write_list",
]
