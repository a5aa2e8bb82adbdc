"""Plugins that are wrong in exactly one way, and the number of the check that must say so."""

from . import manners, offers, sinks, sources, tables
from .register import TWINS

__all__ = ["TWINS", "manners", "offers", "sinks", "sources", "tables"]
