"""Writes a new plugin: a package of its own that works, passes the checks, and waits to be made yours."""

from .writing import NAME, plan_files, write_plugin

__all__ = ["NAME", "plan_files", "write_plugin"]
