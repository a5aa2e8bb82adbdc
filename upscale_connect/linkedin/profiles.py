"""From any form of an address to the person that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias
from unicodedata import category, normalize
from urllib.parse import parse_qsl, quote, unquote

from .cells import CLOSING, EDGES, INVISIBLE, is_truncated, unwrap

Kind: TypeAlias = Literal["in", "member", "pub"]
Code: TypeAlias = Literal[
    "empty",
    "not_a_url",
    "short_link",
    "not_linkedin",
    "not_a_person",
    "sales_navigator",
    "not_public",
    "malformed",
    "ambiguous",
]


@dataclass(frozen=True, slots=True)
class LinkedInRef:
    """A person on LinkedIn.

    `key`: `li:in:<slug>`, `li:member:<id>` or `li:pub:<path>`. `url` is canonical: parsed again, it gives
    the same key and itself. `aliases` are further keys of the same person, `warnings` sentences for people.
    """

    kind: Kind
    key: str
    url: str
    aliases: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a text is no profile address. `reason` says to people what to do.

    `aliases`: keys of the person that it means all the same, and `url`: its address without what belongs to a session;
    only an address of Sales Navigator has them.
    """

    code: Code
    reason: str
    aliases: tuple[str, ...] = ()
    url: str = ""


_INSTEAD = "Give the address of the person's profile, such as https://www.linkedin.com/in/jane-doe."
_REJECTIONS = {
    rejection.code: rejection
    for rejection in (
        Rejection("empty", f"There is no LinkedIn address. {_INSTEAD}"),
        Rejection("not_a_url", f"This is not an address. {_INSTEAD}"),
        Rejection("short_link", "Only LinkedIn knows where this short link leads. Open it and copy the address."),
        Rejection("not_linkedin", f"This address is not one of linkedin.com. {_INSTEAD}"),
        Rejection("not_a_person", f"This LinkedIn page is not a person's profile. {_INSTEAD}"),
        Rejection("sales_navigator", f"Sales Navigator is not public. {_INSTEAD} Or use the key `sales_navigator`."),
        Rejection("not_public", f"Only people who are signed in can open this page. {_INSTEAD}"),
        Rejection("malformed", "The profile's name is missing or damaged. Open the profile and copy its address."),
        Rejection("ambiguous", "There is more than one address here. Keep only that of the right person."),
    )
}

_ROOT = "https://www.linkedin.com"
_LONGEST = 8192
_REDIRECTS = 3
#: Whoever is signed in, people that a search does not show, and what programs write that had no name.
_NOBODY = frozenset({"me", "unavailable", "null", "undefined", "nan"})

_IGNORE_CASE = re.IGNORECASE | re.ASCII
#: What nearly all leads have; what begins with acoaa or acwaa may be a member id in lower case.
_COMMON = re.compile(
    r"https?://(?:[a-z]+\.)?linkedin\.com/in/(?!ac[ow]aa|(?:me|in|nan|null|undefined|unavailable)/?$)(-*[a-z0-9][a-z0-9-]*)/?"
)
_START = re.compile(
    r"(?<!=)https?://|(?<=/in/)(?:(?:www|[a-z]{2})\.)?linkedin\.com/"
    r"|(?<=[\s:;,])(?<!:/)(?:(?:www|[a-z]{2})\.)?linkedin\.com/(?=(?:in|pub)/)",
    _IGNORE_CASE,
)
_PERSON = re.compile(r"(?:^|/)(?:in|pub)/+[^/\s]", _IGNORE_CASE)
#: Also as it is mistyped, if linkedin.com follows.
_SCHEME = re.compile(r"https?:/{0,3}|[htps]{3,6}[:;]?/{1,3}(?=(?:[a-z0-9-]+\.)*linkedin\.com/)", _IGNORE_CASE)
_PATH_ONLY = re.compile(r"/?(?=(?:in|pub|sales)/)", _IGNORE_CASE)
_HOST_FIRST = re.compile(r"(?://)?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+\.?(?:[:/?#]|$))", _IGNORE_CASE)
_URL = re.compile(r"https://([^/?#]+)([^?#]*)\??([^#]*)(?:#.*)?", re.DOTALL)
_HOST = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.?(?::(?:80|443)?)?", _IGNORE_CASE)
_LINKEDIN = re.compile(r"(?:[a-z0-9-]+\.)*linkedin\.com")
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*google(?:\.[a-z]{2,3}){1,2}")
_MEMBER = re.compile(r"AC[ow]AA[A-Za-z0-9_-]+")
_LOWERED_MEMBER = re.compile(r"ac[ow]aa[a-z0-9_-]{25,}")
_MINI_PROFILE = re.compile(r"(?i:miniProfileUrn=[^&]*?(?::|%3A))(AC[ow]AA[A-Za-z0-9_-]+)")
#: How LinkedIn's own programs name a person; those of Sales Navigator put further parts in parentheses.
_URN = re.compile(r"urn(?::|%3a)li(?::|%3a)[a-z_]+(?::|%3a)(\(|%28)?([a-z0-9_-]+)(?:(?:,|%2c).*)?", _IGNORE_CASE)
_SALES_ID = re.compile(r"[A-Za-z0-9_-]+")
#: The last but one: UTF-8 that was read as latin-1.
_NO_SLUG = re.compile(r"[^a-z0-9._\-\u0080-\U0010ffff]|\ufffd|[\u00e2\u00e3][\u0080-\u00bf]|linkedin\.com")

_PREFIXES = frozenset({"mwlite", "m", "comm", "public-profile"})
_REDIRECTORS = frozenset({"authwall", "uas", "redir", "login", "signup", "checkpoint"})
_TARGETS = frozenset({"sessionredirect", "url", "q"})
_SALES_PEOPLE = frozenset({"lead", "people", "profile"})
_SIGNED_IN = frozenset({"talent", "recruiter", "profile"})


def parse_profile(text: str) -> LinkedInRef | Rejection:
    """Find the person that a text from a table means. Raises nothing.

    Scheme, host variant, query, locale and trailing slash make no difference. The hash at the end of a
    generated slug does, and so does the case of a member id: both are identity.
    """
    if common := _COMMON.fullmatch(text):
        slug = common[1]
        return LinkedInRef("in", f"li:in:{slug}", f"{_ROOT}/in/{slug}")
    return _parse_text(text)


def _reject(code: Code) -> Rejection:
    return _REJECTIONS[code]


def _parse_text(text: str) -> LinkedInRef | Rejection:
    cleaned = unwrap(text)
    if not cleaned:
        return _reject("empty")
    if len(cleaned) > _LONGEST:
        return _reject("not_a_url")
    if is_truncated(text) and _LINKEDIN.search(cleaned.lower()):
        return _reject("malformed")
    if urn := _URN.fullmatch(cleaned):
        return _parse_urn(urn[2], is_sales=bool(urn[1]))
    parts = _split_glued(cleaned)
    if len(parts) == 1:
        return _parse_url(parts[0], _REDIRECTS)
    return _choose(parts)


def _split_glued(text: str) -> list[str]:
    """Cut before each address that begins inside the text, unless it is the value of a query."""
    cuts = sorted({0, len(text), *(start.start() for start in _START.finditer(text))})
    parts = (text[a:b].strip(EDGES).rstrip(CLOSING + "/") for a, b in pairwise(cuts))
    return [part for part in parts if part]


def _choose(parts: list[str]) -> LinkedInRef | Rejection:
    """The one person among glued parts. A part that seems to name a person counts even if it is damaged."""
    people: dict[str, LinkedInRef | Rejection] = {}
    rejected = _reject("not_a_url")
    for part in parts:
        parsed = _parse_url(part, _REDIRECTS)
        if isinstance(parsed, LinkedInRef):
            people[parsed.key] = parsed
        elif _PERSON.search(part):
            people[part] = parsed
        elif parsed.code != "not_a_url":
            rejected = parsed
    if len(people) > 1:
        return _reject("ambiguous")
    for person in people.values():
        if isinstance(person, Rejection):
            return person
        return replace(person, warnings=(*person.warnings, "The address was taken out of a longer text."))
    return rejected


def _parse_url(text: str, redirects: int) -> LinkedInRef | Rejection:
    url = _URL.fullmatch(_with_scheme(text))
    if url is None or any(c.isspace() for c in text):
        return _reject("not_a_url")
    authority, path, query = url.groups()
    found = _HOST.fullmatch(authority)
    host = found[1].lower() if found else ""
    if host == "lnkd.in":
        return _reject("short_link")
    if _GOOGLE.fullmatch(host) and path == "/url":
        return _follow(query, redirects)
    if not _LINKEDIN.fullmatch(host):
        return _reject("not_linkedin")
    return _parse_path([segment for segment in path.split("/") if segment], query, redirects)


def _with_scheme(text: str) -> str:
    """The text as an https address, "" if it does not look like an address at all."""
    for start, prefix in ((_SCHEME, "https://"), (_PATH_ONLY, f"{_ROOT}/"), (_HOST_FIRST, "https://")):
        if found := start.match(text):
            return prefix + text[found.end() :]
    return ""


def _follow(query: str, redirects: int) -> LinkedInRef | Rejection:
    """The address that a search engine or the sign-in page leads to."""
    for name, value in parse_qsl(query):
        if redirects and name.replace("_", "").lower() in _TARGETS:
            target = _parse_url(value.strip(), redirects - 1)
            if isinstance(target, LinkedInRef) or target.code != "not_a_url":
                return target
    return _reject("not_a_person")


def _parse_path(segments: list[str], query: str, redirects: int) -> LinkedInRef | Rejection:
    while segments and segments[0].lower() in _PREFIXES:
        segments = segments[1:]
    head, names = (segments[0].lower(), segments[1:]) if segments else ("", [])
    if head == "in":
        return _parse_in(names, query)
    if head == "pub":
        return _parse_pub(names)
    if head in _REDIRECTORS:
        return _follow(query, redirects)
    if head == "sales" and names and names[0].lower() in _SALES_PEOPLE:
        return _reject_sales(unquote(unquote("".join(names[1:2]))).partition(",")[0], names[0].lower())
    if head in _SIGNED_IN:
        return _reject("not_public")
    return _reject("not_a_person")


def _parse_urn(member: str, *, is_sales: bool) -> LinkedInRef | Rejection:
    """A URN names a profile by its member id; a number in its place opens no page."""
    if is_sales:
        return _reject_sales(member)
    return _parse_in([member], "") if _MEMBER.fullmatch(member) else _reject("not_public")


def _reject_sales(name: str, page: str = "lead") -> Rejection:
    """Not public, but the id is the member id under which the profile may stand elsewhere; its case is kept."""
    if not _SALES_ID.fullmatch(name):
        return _reject("sales_navigator")
    return replace(_reject("sales_navigator"), aliases=(f"li:member:{name}",), url=f"{_ROOT}/sales/{page}/{name}")


def is_member(name: str) -> bool:
    """Whether this is the id under which LinkedIn keeps a person, unharmed."""
    return _MEMBER.fullmatch(name) is not None


def _parse_in(names: list[str], query: str) -> LinkedInRef | Rejection:
    """`/in/<slug or member id>`; what follows is a language or a part of the profile's page."""
    while names[:1] == ["in"]:
        names = names[1:]
    if names and _MEMBER.fullmatch(first := unquote(names[0]).partition(",")[0]):
        names = [first]  # as tools write it that knew the person from Sales Navigator
    name = _decode(names[0]) if names else ""
    slug = _lower(name)
    if not name or slug in _NOBODY:
        return _reject("malformed")
    aliases = tuple({f"li:member:{member}": None for member in _MINI_PROFILE.findall(query)})
    if _MEMBER.fullmatch(name):
        key = f"li:member:{name}"
        warnings = ("This is an id of Sales Navigator; it may not open for everybody.",) if name[2] == "w" else ()
        others = tuple(alias for alias in aliases if alias != key)
        return LinkedInRef("member", key, f"{_ROOT}/in/{name}", others, warnings)
    warnings = ("This seems to be a member id in lower case, which no longer names anybody.",)
    return LinkedInRef(
        "in",
        f"li:in:{slug}",
        f"{_ROOT}/in/{quote(slug)}",
        aliases,
        warnings if _LOWERED_MEMBER.fullmatch(slug) else (),
    )


def _parse_pub(names: list[str]) -> LinkedInRef | Rejection:
    """`/pub/<name>/<a>/<b>/<c>`, the form before `/in/`. Which slug it became cannot be known offline."""
    decoded = [_decode(name) for name in names[:4]]
    if not decoded or decoded[0].lower() == "dir":
        return _reject("not_a_person")
    if not all(decoded):
        return _reject("malformed")
    return LinkedInRef(
        "pub",
        f"li:pub:{'/'.join(map(_lower, decoded))}",
        f"{_ROOT}/pub/{'/'.join(map(quote, decoded))}",
        warnings=("This is an old form of address; the person may also be listed under /in/….",),
    )


def _decode(segment: str) -> str:
    """A name as it was before percent-encoding (twice, where it was encoded twice), "" if it cannot be one."""
    text = unquote(segment)
    if "%25" in segment:
        text = unquote(text)
    text = normalize("NFC", text.translate(INVISIBLE))
    text = re.split(r"[/?#&\"<>|]", text, maxsplit=1)[0].strip(EDGES).rstrip(CLOSING)
    lowered = _lower(text)
    if _NO_SLUG.search(lowered) or not any(c.isalnum() or c > "\x7f" for c in lowered):
        return ""
    return "" if any(category(c) in ("Cc", "Cs", "Zs", "Zl", "Zp") for c in lowered if c > "\x7f") else text


def _lower(name: str) -> str:
    return normalize("NFC", name.lower())
