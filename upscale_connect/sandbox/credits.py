"""The sandbox's API keys and what each may still spend. Not thread-safe: the state's lock guards it."""

from __future__ import annotations

from dataclasses import dataclass

INVALID = "Unauthorized: Invalid API key"
REVOKED = "Unauthorized: API key has been revoked"
#: The third wording, of the two placeholder endpoints.
INVALID_OR_REVOKED = "Unauthorized: API key invalid or revoked"
NOT_ENOUGH_CREDITS = (
    "Not enough credits remaining to complete this request. Please upgrade your plan or purchase a bundle."
)


@dataclass(slots=True)
class KeyCredits:
    """One key's account, in credits: one per generated message, none for a failed one.

    `allowance` None is unlimited. `used_before` was spent before the sandbox started, `spent` since then;
    `reserved` belongs to requests that are not complete.
    """

    plan: str
    allowance: int | None
    used_before: int = 0
    spent: int = 0
    reserved: int = 0
    revoked: bool = False

    @property
    def left(self) -> int | None:
        """What a new request may spend; None is unlimited."""
        if self.allowance is None:
            return None
        return max(0, self.allowance - self.used_before - self.spent - self.reserved)

    def set_left(self, left: int | None) -> None:
        """Top up or take away, whatever was spent before."""
        self.allowance = None if left is None else self.used_before + self.spent + self.reserved + left

    def cover(self, messages: int) -> int:
        """How many of `messages` the credits left pay for."""
        return messages if self.left is None else min(messages, self.left)


def make_keys() -> dict[str, KeyCredits]:
    """The preset keys, fresh."""
    return {
        "sandbox-valid": KeyCredits("Sandbox, unlimited", None),
        "sandbox-low-credits": KeyCredits("Sandbox, 10 credits left", 1000, used_before=990),
        "sandbox-no-credits": KeyCredits("Sandbox, no credits left", 1000, used_before=1000),
        "sandbox-revoked": KeyCredits("Sandbox, revoked", 1000, revoked=True),
    }
