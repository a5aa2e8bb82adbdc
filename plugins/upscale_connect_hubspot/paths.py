"""Where HubSpot's endpoints are, by version of its API.

The numbered versions put the version first, the dated ones put it behind the API's name, so that no prefix
can be exchanged for another. Source: HubSpot's API reference, versions `v3` and `2026-03`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

ApiVersion: TypeAlias = Literal["2026-03", "2026-09", "v3"]
Api: TypeAlias = Literal[
    "objects", "properties", "property-validations", "associations", "lists", "limits", "account", "token"
]

DEFAULT_VERSION: ApiVersion = "2026-03"

#: API → its path in the dated versions, and in `v3`; `associations` has been v4 there.
_PATHS: dict[Api, tuple[str, str]] = {
    "objects": ("/crm/objects/{version}", "/crm/v3/objects"),
    "properties": ("/crm/properties/{version}", "/crm/v3/properties"),
    "property-validations": ("/crm/property-validations/{version}", "/crm/v3/property-validations"),
    "associations": ("/crm/associations/{version}", "/crm/v4/associations"),
    "lists": ("/crm/lists/{version}", "/crm/v3/lists"),
    "limits": ("/crm/limits/{version}", "/crm/v3/limits"),
    "account": ("/account-info/{version}", "/account-info/v3"),
    "token": ("/oauth/v2/private-apps", "/oauth/v2/private-apps"),
}


def find_path(version: ApiVersion, api: Api, rest: str) -> str:
    """The path of `rest` within an API, such as `contacts/batch/read` within `objects`."""
    dated, numbered = _PATHS[api]
    root = numbered if version == "v3" else dated.format(version=version)
    return f"{root}/{rest}"
