"""HubSpot's endpoints, as strict as its published description and with the traps that its users met."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.plugins.hubspot.portal import ALWAYS, Call, Json, Portal, Row, show_time
from tests.plugins.hubspot.routes import Answer, need, route

KIND = r"(?P<kind>contacts|companies|notes|tasks)"
TYPES = {"contacts": "0-1", "companies": "0-2"}


def show(row: Row, kind: str, properties: Iterable[str], known: Mapping[str, Json], values: Mapping[str, str]) -> Json:
    """A record: unknown properties are left out without a word, empty ones are null."""
    names = dict.fromkeys([*ALWAYS[kind], *(name for name in properties if name in known)])
    return {
        "id": str(row.id),
        "properties": {name: values.get(name) for name in names},
        "createdAt": show_time(row.created),
        "updatedAt": show_time(row.changed),
        "archived": False,
    }


def number(call: Call, name: str, default: int, most: int) -> int:
    text = call.query.get(name, [str(default)])[0]
    need(text.isdigit() and 1 <= int(text) <= most, f"{name} must be from 1 to {most}")
    return int(text)


@route("GET", KIND, api="crm/objects", scope="crm.objects.{kind}.read")
def list_objects(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    kind, limit = match["kind"], number(call, "limit", 10, 100)
    after = int(call.query.get("after", ["0"])[0])
    wanted = [name for part in call.query.get("properties", []) for name in part.split(",")]
    ids = sorted(id_ for id_ in portal.rows[kind] if id_ >= after)
    page, rest = ids[:limit], ids[limit:]
    known = portal.definitions[kind]
    rows = [portal.rows[kind][id_] for id_ in page]
    body: Json = {"results": [show(row, kind, wanted, known, row.properties) for row in rows]}
    if "companies" in ",".join(call.query.get("associations", [])):
        for shown, row in zip(body["results"], rows, strict=True):
            shown |= list_companies(portal, row)
    if rest:
        link = f"https://api.hubapi.com/crm/v3/objects/{kind}?after={rest[0]}"
        body["paging"] = {"next": {"after": str(rest[0]), "link": link}}
    return Answer(200, body)


def list_companies(portal: Portal, row: Row) -> Json:
    """As a list shows them: the primary one twice, no key where there is none."""
    found = []
    for id_, is_primary in portal.companies_of(row):
        names = (["contact_to_company"] if is_primary else []) + ["contact_to_company_unlabeled"]
        found += [{"id": str(id_), "type": name} for name in names]
    return {"associations": {"companies": {"results": found[:100]}}} if found else {}


@route("POST", f"{KIND}/search", api="crm/objects", scope="crm.objects.{kind}.read")
def search_objects(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    kind, body = match["kind"], call.body
    groups, limit, after = body.get("filterGroups", []), body.get("limit", 10), int(body.get("after", "0"))
    filters = [one for group in groups for one in group["filters"]]
    need(1 <= limit <= 200, "limit must be from 1 to 200")
    need(len(groups) <= 5, "too many filter groups")
    need(len(filters) <= 18 and all(len(group["filters"]) <= 6 for group in groups), "too many filters")
    need(after + limit <= portal.search_cap, "paging beyond 10,000 results is not possible")
    need(len(body.get("sorts", [])) <= 1, "only one sort is possible")
    for one in filters:
        need(one["propertyName"] in portal.definitions[kind], f"There was a problem: {one['propertyName']} is unknown")
    found = [row for row in portal.searchable(kind) if not groups or any(passes(row, group) for group in groups)]
    for sort in body.get("sorts", []):
        name = sort if isinstance(sort, str) else sort["propertyName"]
        down = not isinstance(sort, str) and sort.get("direction") == "DESCENDING"
        found.sort(key=lambda row: comparable(row.indexed.get(name, "")), reverse=down)
    page, known = found[after : after + limit], portal.definitions[kind]
    answer: Json = {
        "total": len(found),
        "results": [show(row, kind, body.get("properties", []), known, row.indexed) for row in page],
    }
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit), "link": "https://api.hubapi.com/?after=1"}}
    return Answer(200, answer)


def passes(row: Row, group: Json) -> bool:
    return all(holds(row.indexed.get(one["propertyName"], ""), one) for one in group["filters"])


def holds(shown: str, one: Json) -> bool:
    operator: str = one["operator"]
    value: str = one.get("value", "")
    values: list[str] = one.get("values", [])
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool(shown) == (operator == "HAS_PROPERTY")
    if operator in ("IN", "NOT_IN"):
        # In lists, HubSpot finds the lower-case spelling only.
        return (shown.lower() in values) == (operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return (value.lower() in re.split(r"\W+", shown.lower())) == (operator == "CONTAINS_TOKEN")
    if operator in ("EQ", "NEQ"):
        return (shown.lower() == value.lower()) == (operator == "EQ")
    if not shown:
        return False
    left, right = comparable(shown), comparable(value)
    if operator == "BETWEEN":
        return right <= left <= comparable(str(one["highValue"]))
    return {"GT": left > right, "GTE": left >= right, "LT": left < right, "LTE": left <= right}[operator]


@functools.cache
def comparable(text: str) -> float:
    """Numbers, and times as milliseconds."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000
    except ValueError:
        return 0.0


def check_inputs(call: Call, *keys: str) -> list[Json]:
    """The inputs of a batch: as the description wants them, at most 100, none twice."""
    inputs: list[Json] = call.body.get("inputs")
    need(isinstance(inputs, list) and 1 <= len(inputs) <= 100, "inputs must be from 1 to 100")
    for key in keys:
        need(isinstance(call.body.get(key), list), f"some required fields were not set: [{key}]")
    ids = [one["id"] for one in inputs if "id" in one]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
    need(not twice, message, context={"ids": twice})
    return inputs


@route("POST", f"{KIND}/batch/read", api="crm/objects", scope="crm.objects.{kind}.read")
def read_batch(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    kind, inputs = match["kind"], check_inputs(call, "properties", "propertiesWithHistory")
    key, known = call.body.get("idProperty"), portal.definitions[kind]
    if key is not None:
        need(key == "email" or known.get(key, {}).get("hasUniqueValue"), f"{key} is not a unique property")
    found: dict[int, Row] = {}
    missing = []
    for one in inputs:
        row = portal.find(kind, one["id"]) if key is None else portal.find_by(kind, key, one["id"])
        if row is None:
            missing.append(one["id"])
        else:
            found[row.id] = row
    results = [show(row, kind, call.body["properties"], known, row.properties) for row in found.values()]
    context = {"ids": missing}
    errors = [batch_error("OBJECT_NOT_FOUND", "Could not get some objects", context)] if missing else []
    return complete(results[::-1], errors)


@route("POST", f"{KIND}/batch/update", api="crm/objects", scope="crm.objects.{kind}.write")
def update_batch(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    kind, inputs = match["kind"], check_inputs(call)
    traced = all("objectWriteTraceId" in one for one in inputs)
    distinct = len({one.get("objectWriteTraceId") for one in inputs}) == len(inputs)
    results, errors = [], []
    found = {}
    for one in inputs:
        need("idProperty" not in one, "Unable to perform update/upsert by non-unique 0-1 property")
        check_values(one["properties"])
        row = portal.find(kind, one["id"])
        found[one["id"]] = (row, find_error(portal, kind, row, one["properties"]))
    # Without distinct trace ids one bad record has the whole batch refused.
    if not (traced and distinct and portal.knows_partial_updates):
        for _, error in found.values():
            need(error is None, (error or {}).get("message", ""), errors=(error or {}).get("errors"))
    for one in inputs:
        row, error = found[one["id"]]
        if error is None and row is not None:
            portal.change(row.id, kind, **one["properties"])
            trace = {"objectWriteTraceId": one["objectWriteTraceId"]} if traced else {}
            results.append(show(row, kind, one["properties"], portal.definitions[kind], row.properties) | trace)
        else:
            assert error is not None
            errors.append(error | {"context": {"objectWriteTraceId": [one["objectWriteTraceId"]]}})
    return complete(results[::-1], errors)


def check_values(properties: Mapping[str, Any]) -> None:
    wrong = [name for name, value in properties.items() if not isinstance(value, str)]
    need(not wrong, f"Invalid input JSON: {wrong} must be a string")


def find_error(portal: Portal, kind: str, row: Row | None, properties: Mapping[str, str]) -> Json | None:
    """What HubSpot says against an update, None if nothing."""
    if row is None:
        return batch_error("OBJECT_NOT_FOUND", "Could not find the object", {})
    wrong = []
    for name in properties:
        definition = portal.definitions[kind].get(name)
        if definition is None or definition["archived"]:
            wrong.append((name, "PROPERTY_DOESNT_EXIST"))
        elif definition["modificationMetadata"]["readOnlyValue"]:
            wrong.append((name, "READ_ONLY_VALUE"))
        elif properties[name] and properties[name] not in choices(definition, properties[name]):
            wrong.append((name, "INVALID_OPTION"))
        elif len(properties[name]) > longest(portal, name):
            wrong.append((name, "MAX_LENGTH_EXCEEDED"))
    if reason := portal.refuse(row, properties):
        wrong.append((next(iter(properties)), reason))
    if not wrong:
        return None
    details = [{"code": code, "message": f"{code}!", "context": {"propertyName": [name]}} for name, code in wrong]
    values = [{"isValid": False, "error": code, "name": name, "message": properties[name]} for name, code in wrong]
    message = f"Property values were not valid: {values}".replace("'", '"').replace("False", "false")
    return batch_error("VALIDATION_ERROR", message, {}) | {"errors": details}


def choices(definition: Json, value: str) -> list[str]:
    """The values that a property takes; any, where it has no options."""
    return [one["value"] for one in definition["options"]] or [value]


def longest(portal: Portal, name: str) -> int:
    rules = [rule for rule in portal.rules.get(name, []) if rule["ruleType"] == "MAX_LENGTH"]
    return min([int(rule["ruleArguments"][0]) for rule in rules], default=65_536)


def batch_error(category: str, message: str, context: Json) -> Json:
    error: Json = {"status": "error", "category": category, "message": message, "context": context}
    return error | {"errors": [], "links": {}}


def complete(results: list[Json], errors: list[Json]) -> Answer:
    now = "2026-03-04T05:06:07.000Z"
    body: Json = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not errors:
        return Answer(200, body)
    return Answer(207, body | {"numErrors": len(errors), "errors": errors})


@route("POST", r"(?P<kind>notes|tasks)/batch/create", api="crm/objects", scope="crm.objects.{kind}.write")
def create_batch(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    kind, results = match["kind"], []
    inputs = check_inputs(call)
    for one in inputs:
        check_values(one["properties"])
        need("hs_timestamp" in one["properties"], "hs_timestamp is required")
    for one in inputs:
        id_ = portal.add(kind, **one["properties"])
        for link in one.get("associations", []):
            contact = portal.find("contacts", link["to"]["id"])
            need(contact, "no such contact")
            assert contact is not None
            portal.rows[kind][id_].links.setdefault("contacts", []).append(contact.id)
            contact.links.setdefault(kind, []).append(id_)
        trace = {"objectWriteTraceId": one["objectWriteTraceId"]} if "objectWriteTraceId" in one else {}
        row = portal.rows[kind][id_]
        results.append(show(row, kind, one["properties"], portal.definitions[kind], row.properties) | trace)
    return Answer(201, complete(results, []).body)


@route("POST", r"(?P<kind>notes|tasks)/batch/archive", api="crm/objects", scope="crm.objects.{kind}.write")
def archive_batch(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    """Those that are gone already are no error, and there is no body."""
    for one in check_inputs(call):
        portal.archive(int(one["id"]), match["kind"])
    return Answer(204, None)
