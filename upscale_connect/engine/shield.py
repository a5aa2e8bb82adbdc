"""A border around plugins: whatever one raises or returns wrongly becomes an error that names it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from ..errors import UpscaleConnectError
from ..http.quoting import redact
from ..registry import SILENT

T = TypeVar("T")


def describe_failure(error: BaseException, secrets: Collection[str]) -> str:
    """The kind and text of a foreign exception on one short line, without the secrets that we know.

    No text of a library that quotes requests or values: it may hold a secret that we do not know.
    """
    try:
        text = "" if type(error).__module__.partition(".")[0] in SILENT else " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # even its text is the plugin's code
        text = ""
    text = redact(text, secrets)[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_reason(reason: object, secrets: Collection[str]) -> str:
    """What a plugin says about a lead, without the secrets that we know. It comes into the ledger."""
    try:
        return redact(str(reason), secrets)
    except Exception:  # noqa: BLE001  # the plugin's code
        return f"a reason that is no text ({type(reason).__name__})"


def _end_fork(process: int) -> None:
    """A plugin has forked, and its child comes back into our code: it would go on as a second run with one ledger."""
    if os.getpid() != process:
        os._exit(1)


@contextmanager
def shield(make_error: Callable[[str], UpscaleConnectError], secrets: Collection[str]) -> Iterator[None]:
    """Our own errors pass, everything else that a plugin raises is turned into `make_error(description)`."""
    process = os.getpid()
    try:
        try:
            yield
        finally:
            _end_fork(process)
    except UpscaleConnectError:
        raise
    except (Exception, SystemExit) as error:  # a plugin may raise anything, also sys.exit
        raise make_error(describe_failure(error, secrets)) from error


def shield_iterator(
    items: Iterator[T],
    make_error: Callable[[str], UpscaleConnectError],
    secrets: Collection[str],
    tick: Callable[[], object] = lambda: None,
) -> Iterator[T]:
    """The same for each step of an iterator. It is closed at the end; what fails then changes nothing any more.

    `tick` is called after each step.
    """
    process = os.getpid()
    try:
        while True:
            try:
                try:
                    item = next(items)
                finally:
                    _end_fork(process)
            except StopIteration:
                return
            except UpscaleConnectError:
                raise
            except (Exception, SystemExit) as error:  # as in `shield`, without a context for each item
                raise make_error(describe_failure(error, secrets)) from error
            tick()
            yield item
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            with suppress(UpscaleConnectError), shield(make_error, secrets):
                close()
