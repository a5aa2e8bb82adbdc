"""What becomes of an address of Sales Navigator: it names a person, and only who is a customer there can open it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .profiles import LinkedInRef, Rejection, is_member, parse_profile

#: `reject`: nothing is bought for it. `passthrough`: it is sent as it is, without what belongs to a session.
#: `convert`: the address of the profile is made of its id.
SalesNavigator: TypeAlias = Literal["reject", "passthrough", "convert"]

_DAMAGED = Rejection(
    "malformed", "The id in this Sales Navigator address is missing or damaged. Copy the address again."
)
_WITHOUT_ID = (
    "This Sales Navigator address has {what}, of which no address of a profile can be made without asking LinkedIn."
    " Open it there, choose `Copy LinkedIn.com URL`, and give that address."
)


def admit_sales(rejection: Rejection, policy: SalesNavigator) -> LinkedInRef | Rejection:
    """The person behind a rejected address of Sales Navigator, if the policy lets it in.

    `https://www.linkedin.com/in/<id>` opens for who is signed in, if the id is a member id, which begins with ACwAA or
    ACoAA and whose case counts. The numbers of old addresses, and ids that were lower-cased, open nothing.
    """
    if rejection.code != "sales_navigator" or policy == "reject":
        return rejection
    if not rejection.aliases:
        return _DAMAGED
    (key,) = rejection.aliases
    member = key.removeprefix("li:member:")
    if policy == "passthrough":
        warning = "This is an address of Sales Navigator; only who is a customer there can open it."
        return LinkedInRef("member", key, rejection.url, warnings=(warning,))
    if is_member(member):
        return parse_profile(f"https://www.linkedin.com/in/{member}")
    what = "a number" if member.isdigit() else "an id whose capitals were lost" if member.islower() else "an unknown id"
    return Rejection("sales_navigator", _WITHOUT_ID.format(what=what), rejection.aliases)
