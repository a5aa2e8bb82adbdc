"""Who sits in front of this program."""

from __future__ import annotations


def name_user() -> str:
    """The name under which the machine knows the user, for the record of what a person decided."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no entry for its user
        return "unknown"
