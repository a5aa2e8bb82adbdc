"""Careful plugins pass every check that has something to look at: run as an author runs them."""

from __future__ import annotations

from tests.testing.files import FileSinkSuite, FileSuite, FileTableSuite
from tests.testing.notes import NotesSuite
from tests.testing.portal_sink import PortalSinkSuite
from tests.testing.remote import PortalSuite


class TestPortalSource(PortalSuite):
    """Pages over HTTP, with cursors."""


class TestFileSource(FileSuite):
    """Lines of a file."""


class TestPortalSink(PortalSinkSuite):
    """Places that are found."""


class TestNotesSink(NotesSuite):
    """Notes that are added: not repeatable."""


class TestFileSink(FileSinkSuite):
    """A file that is replaced."""


class TestFileTable(FileTableSuite):
    """A table beside a file."""
