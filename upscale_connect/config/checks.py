"""What no single value shows: keys that belong together, names that must exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..mapping import LEAD_FIELDS, REQUIRED_FIELDS
from ..models import ANNOUNCED_TYPES, MESSAGE_TYPES
from .document import Node
from .problems import Problems, describe_unknown_key, is_wordlike, nearest, suggest
from .syncs import Sync

#: A key of the sync → the API's name, under which it may come from a column instead.
EITHER = {"customer": "automation_tool_customer_id", "campaign": "automation_tool_campaign_id"}


def check_syncs(syncs: Mapping[str, Node], accounts: Mapping[str, Node], problems: Problems) -> None:
    """Check each sync by itself, then their names against each other."""
    for node in syncs.values():
        if not isinstance(node.value, dict):
            continue
        _check_map(node, problems)
        _check_customer_and_campaign(node, problems)
        _check_messages(node, accounts, problems)
        sinks = node.entries.get("sinks")
        if sinks is not None:
            _check_sinks(sinks, problems)
        _check_review(node, problems)
        _check_read_back(node, problems)
    _check_former_names(syncs, problems)


def _check_read_back(node: Node, problems: Problems) -> None:
    """What is read back must come from sinks of the sync: a table beside the leads shows it as a column already."""
    read_back, sinks = node.entries.get("read_back"), node.entries.get("sinks")
    named = {name: one.text for name, one in sinks.entries.items()} if sinks is not None else {}
    names = [name for name, text in named.items() if text != "source"]
    for column in read_back.entries.values() if read_back is not None else ():
        sink = column.entries.get("sink")
        if sink is not None and sink.text and sink.text not in names:
            problems.add(sink.place, f"no sink is called {sink.text!r} that could be asked", suggest(sink.text, names))


def _check_review(node: Node, problems: Problems) -> None:
    """Where messages are reviewed must be sinks of the sync."""
    review, sinks = node.entries.get("review"), node.entries.get("sinks")
    where = review.entries.get("where") if review is not None else None
    names = list(sinks.entries) if sinks is not None and sinks.entries else ["back"]
    for item in where.items if where is not None else ():
        if item.text and item.text not in names:
            problems.add(item.place, f"no sink is called {item.text!r}", suggest(item.text, names))


def _given(node: Node, key: str) -> Node | None:
    """The node of a key that has a value, or would have one but for a problem that is reported."""
    child = node.entries.get(key)
    return child if child is not None and (child.value is not None or child.broken) else None


def _check_map(node: Node, problems: Problems) -> None:
    mapping = node.entries.get("map")
    if mapping is None or not isinstance(mapping.value, dict):
        return
    meant = set()
    for key, child in mapping.entries.items():
        if key not in LEAD_FIELDS:
            message, hint = describe_unknown_key(key, LEAD_FIELDS)
            problems.add(child.place, f"{message} under `map`", hint)
            meant.add(nearest(key, LEAD_FIELDS))
    for name in REQUIRED_FIELDS:
        if name not in mapping.entries and name not in meant:
            problems.add(mapping.place, f"`map` lacks `{name}`", f"say which column it is in, such as {name}: Column")


def _check_customer_and_campaign(node: Node, problems: Problems) -> None:
    mapping = node.entries.get("map")
    misspelt = node.entries.keys() - Sync.model_fields.keys()
    for key, api_name in EITHER.items():
        constant = _given(node, key)
        column = mapping.entries.get(api_name) if mapping is not None else None
        if constant is None and column is None and not nearest(key, misspelt):
            hint = f"write `{key}: …`, or name its column under `map` as {api_name}"
            problems.add(node.place, f"`{key}` is missing", hint)
        elif constant is not None and column is not None:
            hint = "keep the fixed value or the column"
            problems.add(column.place, f"`{key}` is given here and at {constant.place}", hint)


def _check_messages(node: Node, accounts: Mapping[str, Node], problems: Problems) -> None:
    messages = node.entries.get("messages")
    if messages is None:
        return
    extra = _extra_types(node, accounts)
    allowed = [*MESSAGE_TYPES, *extra]
    seen: set[str] = set()
    for item in messages.items:
        name = _type_of(item)
        if name is None or item.broken:
            continue
        if name in seen:
            problems.add(item.place, f"the message type `{name}` is listed twice", "each is bought once per lead")
        elif name in allowed:
            seen.add(name)
        elif name in ANNOUNCED_TYPES:
            hint = "as soon as it is, list it under the account's `extra_message_types`"
            problems.add(item.place, f"`{name}` is announced, but not yet offered by the API", hint)
        else:
            problems.add(item.place, *_describe_unknown_type(name, allowed, item))


def _describe_unknown_type(name: str, allowed: list[str], item: Node) -> tuple[str, str]:
    hint = suggest(name, allowed, 0.5)
    if not nearest(name, allowed, 0.5):
        return "unknown message type", f"{hint}; a newer one goes into the account's `extra_message_types` first"
    shown = f" `{name}`" if is_wordlike(name) and not item.variables else ""
    return f"unknown message type{shown}", hint


def _type_of(item: Node) -> str | None:
    """The message type of `connection_request`, `{connection_request: {…}}` or `{type: connection_request}`."""
    if "type" in item.entries:
        return item.entries["type"].text
    return next(iter(item.entries), None) if len(item.entries) == 1 else item.text


def _extra_types(node: Node, accounts: Mapping[str, Node]) -> list[str]:
    chosen = node.entries.get("account")
    account = accounts.get(chosen.text or "") if chosen is not None else None
    if account is None and len(accounts) == 1:
        account = next(iter(accounts.values()))
    extra = account.entries.get("extra_message_types") if account is not None else None
    return [item.text for item in extra.items if item.text] if extra is not None else []


def _check_sinks(sinks: Node, problems: Problems) -> None:
    backs = [child for child in sinks.entries.values() if child.text == "source"]
    for child in backs[1:]:
        problems.add(child.place, f"a second sink that is `source`, beside that at {backs[0].place}", "keep one")
    _check_former_names(sinks.entries, problems)


def _check_former_names(nodes: Mapping[str, Node], problems: Problems) -> None:
    """A former name belongs to one successor, and nobody bears it any more."""
    successors: dict[str, Node] = {}
    for node in nodes.values():
        former = node.entries.get("formerly")
        if former is None or not former.text:
            continue
        if former.text in nodes:
            problems.add(
                former.place, "`formerly` names one that still exists", "a name can be handed on only once it is free"
            )
        other = successors.setdefault(former.text, former)
        if other is not former:
            problems.add(former.place, f"the same `formerly` stands here and at {other.place}", "keep one of them")


def check_account_name(chosen: Node | None, accounts: Iterable[str], place: Node, problems: Problems) -> str | None:
    """The account of a sync: the one it names, else the only one; None if that is a problem."""
    names = list(accounts)
    if chosen is None or chosen.value is None:
        if len(names) == 1:
            return names[0]
        if names:
            problems.add(place.place, "`account` is missing: there are several", suggest("", names))
        return None
    if chosen.broken:
        return None
    if chosen.text is None:
        problems.add(chosen.place, "`account` must be the name of an account", suggest("", names))
    elif chosen.text in names:
        return chosen.text
    elif names:
        sayable = nearest(chosen.text, names) and is_wordlike(chosen.text) and not chosen.variables
        shown = f" {chosen.text!r}" if sayable else ""
        problems.add(chosen.place, f"there is no such account{shown}", suggest(chosen.text, names))
    return None
