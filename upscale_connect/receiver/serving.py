"""Opens what a receiver works with, and refuses addresses that it must not listen on."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager

from ..clock import Clock
from ..config import Config
from ..errors import UsageError
from ..ledger import Inbox, Ledger
from .app import Receiver
from .listener import Listener


def check_listen_host(host: str, *, behind_proxy: bool) -> str:
    """The address to bind for `host`. Raises `UsageError` for one that others reach without a proxy in between."""
    if host.lower() == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise UsageError(f"{host!r} is no address to listen on", hint="give an IP address, or localhost") from None
    if not (address.is_loopback or behind_proxy):
        raise UsageError(
            f"{host} can be reached from other machines, and this server speaks plain HTTP without TLS",
            hint="listen on 127.0.0.1 behind a reverse proxy or tunnel; where the proxy runs on another machine or in"
            " another container, say --behind-proxy",
        )
    return host


@contextmanager
def open_receiver(config: Config, host: str, port: int, clock: Clock) -> Iterator[Listener]:
    """Answer callbacks for the ledger of a configuration until the end of the block; port 0 takes any free one.

    The ledger must be there already: it is opened for reading only. What is in hand at the end is answered.
    Raises LedgerError, UsageError.
    """
    path, force = config.ledger.path, config.ledger.force
    with Ledger.open(path, read_only=True) as ledger, Inbox.open(path, force=force) as inbox:
        listener = Listener(Receiver(ledger.find_token, inbox, clock), host, port)
        listener.start()
        try:
            yield listener
        finally:
            listener.close()
