"""As an author has it."""

from __future__ import annotations

from upscale_connect.testing import sandbox

__all__ = ["sandbox"]
