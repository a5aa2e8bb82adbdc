"""Keeps secrets and control characters out of what the program prints, as a second line of defence.

The first line is that no message is built from a secret. This one replaces every known secret value, in the
forms in which it travels, and whatever looks like a credential.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import traceback
from contextlib import closing, contextmanager, redirect_stdout
from typing import TYPE_CHECKING

import click

from ..secrecy import find_secrets
from .invocation import Invocation
from .output import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

MARK = "[secret]"

#: What stands between a header's name and its value, also in the text of a dictionary or of JSON in JSON.
_SEPARATOR = r"""\\?["']?\s*[:=]\s*(?:b(?=["']))?\\?["']?"""
_CREDENTIAL = r"""(?:(?:bearer|basic|token)[ \t]+)?[^\s"'\\,;}\]]+"""

_PATTERNS = (
    re.compile(rf"(?i)(\b(?:api-key|authorization){_SEPARATOR})({_CREDENTIAL})"),
    re.compile(r"(?i)([?&](?:api_?key|token|access_token|secret)=)([^&#\s\"']+)"),
    re.compile(r"(?i)(\bbearer\s+)([\w.~+/=-]{8,})"),
    re.compile(r"""(://[^\s/?#@:"']*:)([^\s/?#"']+)(?=@)"""),
    re.compile(r"(?i)(/callbacks?/)([\w%.~-]+)"),
    re.compile(r"""(://[^\s"'<>]*/)([\w-]{43})(?![\w-])"""),
)


class Redactor:
    """Replaces what it has learned, and what looks like a credential."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Add values that must never be shown; blank ones are ignored."""
        self._secrets.update(value for secret in secrets if (value := secret.strip()))
        self._known = find_secrets(self._secrets)

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        if self._known is not None:
            text = self._known.sub(MARK, text)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\1{MARK}", text)
        return text

    def clean_lines(self, text: str) -> str:
        """The same for a text of several lines, with control characters escaped."""
        return "\n".join(map(printable, self.clean(text).split("\n")))


class RedactingFilter(logging.Filter):
    """For a root handler: the message is cleaned and on one line, and so is a traceback, line by line."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = printable(self.redactor.clean(record.getMessage()))
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = self.redactor.clean_lines(format_error(record.exc_info[1]))
        record.exc_info = None
        if record.stack_info:
            record.stack_info = self.redactor.clean_lines(record.stack_info)
        return True


class _Prints(io.TextIOBase):
    """Takes what plugins print: whole lines go to stderr, cleaned."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            sys.stderr.write(printable(self._redactor.clean(line)) + "\n")
        return len(text)

    def close(self) -> None:
        if self._begun:
            self.write("\n")
        super().close()


@contextmanager
def divert_prints() -> Iterator[None]:
    """stdout carries results alone: what a plugin prints while this lasts is shown beside them."""
    redactor = click.get_current_context().ensure_object(Invocation).redactor
    with closing(_Prints(redactor)) as prints, redirect_stdout(prints):
        yield


def format_error(error: BaseException) -> str:
    """The traceback as Python would print it, not yet cleaned."""
    return "".join(traceback.format_exception(error)).rstrip("\n")


@contextmanager
def guard(redactor: Redactor) -> Iterator[None]:
    """Warnings of all loggers go to stderr, cleaned, and so do tracebacks of threads, while this lasts."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    handler.addFilter(RedactingFilter(redactor))
    root, chatty = logging.getLogger(), logging.getLogger("urllib3")
    level, hooks = chatty.level, (sys.excepthook, threading.excepthook)

    def show(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        sys.stderr.write(redactor.clean_lines(format_error(error)) + "\n")

    def show_of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            show(args.exc_type, args.exc_value, args.exc_traceback)

    root.addHandler(handler)
    chatty.setLevel(max(level, logging.WARNING))
    sys.excepthook, threading.excepthook = show, show_of_thread
    try:
        yield
    finally:
        chatty.setLevel(level)
        sys.excepthook, threading.excepthook = hooks
        root.removeHandler(handler)
