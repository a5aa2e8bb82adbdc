"""HubSpot's endpoints about a portal itself: properties, lists, limits, account."""

from __future__ import annotations

import re

from tests.plugins.hubspot.endpoints import TYPES, complete, number
from tests.plugins.hubspot.portal import Call, Json, Portal, show_time
from tests.plugins.hubspot.routes import Answer, Refusal, need, route

KIND = r"(?P<kind>contacts|companies)"


@route("GET", KIND, api="crm/properties", scope="crm.objects.{kind}.read")
def list_properties(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    return Answer(200, {"results": [one for one in portal.definitions[match["kind"]].values() if not one["archived"]]})


@route("GET", f"{KIND}/groups", api="crm/properties", scope="crm.objects.{kind}.read")
def list_groups(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    groups = [{"name": name, "label": name, "displayOrder": 0, "archived": False} for name in sorted(portal.groups)]
    return Answer(200, {"results": groups})


@route("POST", f"{KIND}/groups", api="crm/properties", scope="crm.schemas.{kind}.write")
def create_group(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    need(call.body.get("name") and call.body.get("label"), "name and label are required")
    if call.body["name"] in portal.groups:
        raise Refusal(409, "OBJECT_ALREADY_EXISTS", "A group with that name exists")
    portal.groups.add(call.body["name"])
    return Answer(201, call.body)


@route("POST", KIND, api="crm/properties", scope="crm.schemas.{kind}.write")
def create_property(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    return Answer(201, _create(portal, match["kind"], call.body))


@route("POST", f"{KIND}/batch/create", api="crm/properties", scope="crm.schemas.{kind}.write")
def create_properties(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    results, errors = [], []
    for body in call.body["inputs"]:
        try:
            results.append(_create(portal, match["kind"], body))
        except Refusal as refusal:
            errors.append(refusal.answer.body | {"context": {"name": [body.get("name", "")]}})
    return complete(results, errors)


@route("GET", f"{KIND}/(?P<name>[a-z0-9_]+)", api="crm/properties", scope="crm.objects.{kind}.read")
def show_property(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    if match["name"] not in portal.definitions[match["kind"]]:
        raise Refusal(404, "OBJECT_NOT_FOUND", "Property does not exist")
    return Answer(200, portal.definitions[match["kind"]][match["name"]])


def _create(portal: Portal, kind: str, body: Json) -> Json:
    known = portal.definitions[kind]
    for key in ("name", "label", "type", "fieldType", "groupName"):
        need(isinstance(body.get(key), str), f"{key} is required")
    need(body["groupName"] in portal.groups, "there is no such group")
    options = body.get("options", [])
    need(all(one.get("label") and one.get("value") for one in options), "an option needs a label and a value")
    need(options or body["type"] != "enumeration", "an enumeration needs options")
    if body["name"] in known and not known[body["name"]]["archived"]:
        message, code = f"A property named '{body['name']}' already exists.", "Properties.PROPERTY_WITH_NAME_EXISTS"
        raise Refusal(409, "OBJECT_ALREADY_EXISTS", message, subCategory=code)
    own = [one for one in known.values() if not one["hubspotDefined"] and not one["archived"]]
    need(len(own) < portal.custom_limit, "You have reached the limit of custom properties")
    portal.define(**(body | {"kind": kind, "archived": False}))
    return known[body["name"]]


@route("GET", r"(?P<type>0-1)", api="crm/property-validations")
def list_rules(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    results = [{"propertyName": name, "propertyValidationRules": rules} for name, rules in portal.rules.items()]
    return Answer(200, {"results": results})


@route("GET", "custom-properties", api="crm/limits")
def show_limits(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    own = [one for one in portal.definitions["contacts"].values() if not one["hubspotDefined"]]
    contacts: Json = {"objectTypeId": "0-1", "limit": portal.custom_limit, "usage": len(own), "percentage": 0}
    return Answer(200, {"overallLimit": 100, "overallUsage": len(own), "byObjectType": [contacts]})


@route("GET", r"(?P<id>\d+)", api="crm/lists", scope="crm.lists.read")
def show_list(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    name, kind, _ = _find_list(portal, match)
    return Answer(200, {"list": {"listId": match["id"], "name": name, "objectTypeId": TYPES[kind]}})


@route("GET", r"(?P<id>\d+)/memberships", api="crm/lists", scope="crm.lists.read")
def show_members(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    _, _, ids = _find_list(portal, match)
    limit = number(call, "limit", 100, 250)
    start = int(call.query.get("after", ["0"])[0])
    page = ids[start : start + limit]
    now = show_time(portal.clock.now())
    body: Json = {"results": [{"recordId": str(id_), "membershipTimestamp": now} for id_ in page], "total": len(ids)}
    if start + limit < len(ids):
        body["paging"] = {"next": {"after": str(start + limit), "link": "https://api.hubapi.com/?after=1"}}
    return Answer(200, body)


def _find_list(portal: Portal, match: re.Match[str]) -> tuple[str, str, list[int]]:
    if match["id"] not in portal.lists:
        raise Refusal(404, "OBJECT_NOT_FOUND", "List does not exist")
    return portal.lists[match["id"]]


@route("GET", "details", api="account-info")
def show_account(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    return Answer(200, {"portalId": 62515, "accountType": "STANDARD", "timeZone": "Europe/Berlin"})
