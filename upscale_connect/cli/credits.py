"""What the accounts have, need and spent, as `plan` and `status` show it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .options import open_client
from .report import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..config import Account
    from ..ledger import Ledger
    from ..upscale import AccountInfo

#: Nobody waits longer than this for a hint, in seconds, and no more accounts are asked at a time.
PATIENCE, AT_A_TIME = 3.0, 8

#: What newer servers call the credits that are left.
REMAINING = "remaining_credits"


@dataclass(frozen=True, slots=True)
class CreditsLeft:
    """What the API tells of an account's credits: a hint, because its documentation of these fields is preliminary.

    `remaining` where the API names what is left. `monthly_credits` are used or left: it does not say which.
    """

    remaining: int | None
    monthly_credits: int | None
    monthly_allowance: int | None

    @property
    def most(self) -> int | None:
        """No more than these can be left; None if nothing is known."""
        if self.remaining is not None:
            return self.remaining
        if self.monthly_credits is None or self.monthly_allowance is None:
            return self.monthly_allowance
        return max(self.monthly_credits, self.monthly_allowance - self.monthly_credits)

    def tell(self) -> str:
        if self.remaining is not None:
            return f"{self.remaining} (unverified: what the API tells)"
        if self.most is None:
            return "unknown: the API tells nothing of credits"
        told = f"monthly_credits {self.monthly_credits}, monthly_allowance {self.monthly_allowance}"
        return f"at most {self.most} (unverified: the API tells {told}, and not whether they are used or left)"


@dataclass(frozen=True, slots=True)
class CreditBooks:
    """An account's credits. `needed`: to be bought. `reserved`: sent, and not settled, also what is in doubt.

    `spent`: messages that came, by this ledger. `dropped`: what was in doubt and was dropped, perhaps spent. `left` is
    None if the API could not be asked.
    """

    account: str
    needed: int
    reserved: int
    spent: int
    dropped: int
    left: CreditsLeft | None

    @property
    def enough(self) -> bool | None:
        """False if not all that is needed can be left, as far as the API tells; None if nothing is known."""
        if self.left is None or self.left.most is None:
            return None
        return self.needed <= self.left.most

    def as_json(self) -> dict[str, Any]:
        left = None if self.left is None else {**asdict(self.left), "most": self.left.most, "unverified": True}
        return {**asdict(self), "left": left, "enough": self.enough}

    def tell(self) -> Iterator[str]:
        yield line("credits", f"{self.needed} needed, {self.reserved} reserved, {self.spent} spent")
        if self.dropped:
            yield line("", f"{self.dropped} dropped while in doubt: perhaps spent")
        yield line("left", self.left.tell() if self.left else "unknown: the API could not be asked")
        if self.enough is False:
            yield line("", "that is not enough: buying stops where the credits end, and goes on after a top-up")


def read_books(
    ledger: Ledger, accounts: Sequence[Account], needed: Mapping[str, int] | None = None
) -> list[CreditBooks]:
    """The books of these accounts; `needed`: name → messages that would be bought, else what is queued."""
    from ..ledger import AccountCredits

    if not accounts:
        return []
    with ThreadPoolExecutor(min(AT_A_TIME, len(accounts)), thread_name_prefix="credits") as pool:
        lefts = list(pool.map(_ask, accounts))
    books = []
    for account, left in zip(accounts, lefts, strict=True):
        found = ledger.find_account(account.name) or (account.formerly and ledger.find_account(account.formerly))
        known = ledger.credits(found[0]) if found and found[1] == account.origin else AccountCredits()
        wanted = known.queued if needed is None else needed.get(account.name, 0)
        books.append(CreditBooks(account.name, wanted, known.reserved, known.spent, known.dropped, left))
    return books


def _ask(account: Account) -> CreditsLeft | None:
    from ..errors import UpscaleConnectError
    from ..http import Limits

    limits = Limits(connect_seconds=PATIENCE, read_seconds=PATIENCE, total_seconds=PATIENCE)
    try:
        with open_client(account, limits) as client:
            return _read(client.account())
    except UpscaleConnectError:
        return None


def _read(info: AccountInfo) -> CreditsLeft:
    remaining = info.extra.get(REMAINING)
    is_number = isinstance(remaining, int) and not isinstance(remaining, bool)
    return CreditsLeft(remaining if is_number else None, info.monthly_credits, info.monthly_allowance)
