"""A local Upscale API for demonstrations, drills and tests: loopback only, in memory, no real message.

    with Sandbox(delay=0) as sandbox:
        client = UpscaleClient(api_key="sandbox-valid", base_url=sandbox.base_url)

Keys: `sandbox-valid` (unlimited), `sandbox-low-credits` (10 left), `sandbox-no-credits`, `sandbox-revoked`;
any other is invalid. Flask and waitress are imported when a sandbox is started.
"""

from __future__ import annotations

from .credits import KeyCredits
from .faults import Fault, Faults, Settings
from .observed import ReceivedRequest, WebhookAttempt
from .server import Sandbox, serve
from .state import SandboxState

__all__ = [
    "Fault",
    "Faults",
    "KeyCredits",
    "ReceivedRequest",
    "Sandbox",
    "SandboxState",
    "Settings",
    "WebhookAttempt",
    "serve",
]
