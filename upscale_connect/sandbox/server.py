"""The sandbox as one object: start it, look into it, make it fail, close it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from ..clock import Clock, SystemClock
from ..errors import UsageError
from .faults import Faults, Settings
from .loopback import check_listen_host
from .state import SandboxState

if TYPE_CHECKING:
    from .listener import Listener
    from .transport import Transport
    from .webhooks import Notifier

BASE_PATH = "/api/v2"


class Sandbox:
    """A local Upscale API, the flat dialect of the API reference.

    `port` 0 takes any free one. `delay`: seconds until the messages of a request are all there. Webhooks are
    sent only with a `webhook_secret`. `admin` adds the HTTP interface under `/_admin`. Raises `UsageError`
    if `host` is not this machine alone.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay: float = 2.0,
        webhook_secret: str | None = None,
        admin: bool = False,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise UsageError(f"{port} is not a port", hint="a number from 1 to 65535, or 0 for any free one")
        self._host = check_listen_host(host)
        self._port = port
        self._secret = webhook_secret
        self._admin = admin
        self._clock = clock or SystemClock()
        self._listener: Listener | None = None
        self._notifier: Notifier | None = None
        self._closing = threading.Event()
        self.faults = Faults(Settings(delay=delay))
        self.state = SandboxState(self.faults, self._clock)

    @property
    def base_url(self) -> str:
        """What a client is given. Raises `UsageError` while the port is not known."""
        if not self._port:
            raise UsageError("the sandbox has not been started, so its port is not known")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}{BASE_PATH}"

    def start(self) -> Sandbox:
        """Answer from now on, in threads that end with the process. Does nothing if it runs already.

        After `close` it starts again at the same port, with the same state. Raises `UsageError` if the port
        is taken.
        """
        if self._listener is not None:
            return self
        from .listener import Listener

        self._closing = threading.Event()
        self._listener = Listener(self._build(), self._host, self._port)
        self._port = self._listener.port
        self._listener.start()
        if self._secret is not None:
            from .webhooks import Notifier

            self._notifier = Notifier(self.state, self.faults, self._clock, self._secret)
            self._notifier.start()
        return self

    def _build(self) -> Transport:
        from .admin import create_admin
        from .app import create_app
        from .transport import Transport

        app = create_app(self.state, self.faults)
        if self._admin:
            app.register_blueprint(create_admin(self.state, self.faults))
        return Transport(app, self.state, self.faults, self._clock, self._closing)

    def close(self) -> None:
        """Stop answering. Takes less than 2 s, whatever is in flight."""
        self._closing.set()
        if self._notifier is not None:
            self._notifier.stop()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._notifier is not None:
            self._notifier.close()
            self._notifier = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def serve(sandbox: Sandbox, *, ready: Callable[[], None] | None = None) -> int:
    """Run `sandbox` until SIGINT or SIGTERM, close it, and return that signal's number.

    `ready` is called once it answers and the signals are caught. For the main thread only.
    """
    stop = threading.Event()
    caught: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        stop.set()

    previous = {number: signal.signal(number, end) for number in _ending_signals()}
    try:
        with sandbox:
            if ready is not None:
                ready()
            # In short steps: on Windows a signal does not interrupt a wait.
            while not stop.wait(0.2):
                pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return caught[0]


def _ending_signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last one is Windows' Ctrl-Break
    return [signal.Signals[name] for name in names if name in signal.Signals.__members__]
