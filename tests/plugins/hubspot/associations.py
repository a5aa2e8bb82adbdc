"""HubSpot's endpoints about what is associated with a contact."""

from __future__ import annotations

import re

from tests.plugins.hubspot.endpoints import batch_error, complete
from tests.plugins.hubspot.portal import Call, Json, Portal
from tests.plugins.hubspot.routes import Answer, need, route


@route("POST", r"contacts/(?P<kind>notes|tasks)/batch/read", api="crm/associations", version="v4")
def read_associations(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    """Five at a time, with a page within each contact behind them."""
    inputs = call.body["inputs"]
    need(1 <= len(inputs) <= 1000, "inputs must be from 1 to 1000")
    results = []
    for one in inputs:
        row = portal.find("contacts", one["id"])
        start = int(one.get("after", "0"))
        ids = row.links.get(match["kind"], []) if row else []
        if page := ids[start : start + 5]:
            result: Json = {
                "from": {"id": one["id"]},
                "to": [{"toObjectId": id_, "associationTypes": []} for id_ in page],
            }
            if start + 5 < len(ids):
                result["paging"] = {"next": {"after": str(start + 5)}}
            results.append(result)
    return complete(results, [])


@route(
    "POST", "contacts/companies/batch/read", api="crm/associations", version="v4", scope="crm.objects.companies.read"
)
def read_companies_of(portal: Portal, call: Call, match: re.Match[str]) -> Answer:
    """Numbers, though the description says text; a contact without a company is an error among the others."""
    inputs = call.body["inputs"]
    need(1 <= len(inputs) <= 1000, "inputs must be from 1 to 1000")
    results, errors = [], []
    for one in inputs:
        row = portal.find("contacts", one["id"])
        to = [
            {"toObjectId": id_, "associationTypes": [describe_type(279), *([describe_type(1, "Primary")] * is_primary)]}
            for id_, is_primary in (portal.companies_of(row) if row else [])
        ]
        if to:
            results.append({"from": {"id": one["id"]}, "to": to})
        else:
            message = f"No company is associated with contact {one['id']}."
            code = {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
            errors.append(batch_error("OBJECT_NOT_FOUND", message, {"fromObjectId": [one["id"]]}) | code)
    return complete(results[::-1], errors)


def describe_type(id_: int, label: str | None = None) -> Json:
    return {"category": "HUBSPOT_DEFINED", "typeId": id_, "label": label}
