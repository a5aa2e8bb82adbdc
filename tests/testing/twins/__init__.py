"""Plugins that are wrong in exactly one way, and the number of the check that must say so."""

from . import erasures, file_sinks, manners, offers, sinks, sources, tables
from .register import TWINS

__all__ = ["TWINS", "erasures", "file_sinks", "manners", "offers", "sinks", "sources", "tables"]
