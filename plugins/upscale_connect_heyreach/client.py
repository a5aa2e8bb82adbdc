"""Calls to HeyReach's public API. Address, header, limits: its documentation; shapes as its integrators found them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from upscale_connect import Context, CredentialsError, SinkError, UnreachableError

from .options import HeyReachConfig

#: Leads in one call, and rows of one page.
CHUNK = 100


class NoAnswerError(Exception):
    """A call that is not repeated was sent, and nobody knows what became of it."""


class RefusedCallError(Exception):
    """HeyReach does not want what was sent. `text` are its words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Client:
    """Every method raises `CredentialsError` or `SinkError` if HeyReach cannot be used now."""

    def __init__(self, config: HeyReachConfig, context: Context) -> None:
        self._config = config
        self._context = context

    def check_key(self) -> None:
        self._call("GET", "/auth/CheckApiKey")

    def find_campaign(self, campaign: int) -> Mapping[str, Any]:
        return self._object("GET", "/campaign/GetById", params={"campaignId": str(campaign)})

    def read_sequence(self, campaign: int) -> str:
        """All of the campaign's sequence as text, to look for the names of fields in."""
        return str(self._call("GET", "/campaign/GetCampaignSequence", params={"campaignId": str(campaign)}).text)

    def find_list(self, list_id: int) -> Mapping[str, Any]:
        return self._object("GET", "/list/GetById", params={"listId": str(list_id)})

    def find_list_named(self, name: str) -> int | None:
        """The id of the list with this very name; None if there is none."""
        for row in self._pages("/list/GetAll", {}):
            if row.get("name") == name and isinstance(row.get("id"), int):
                return int(row["id"])
        return None

    def create_list(self, name: str) -> int:
        made = self._object("POST", "/list/CreateEmptyList", body={"name": name, "type": "USER_LIST"}, repeatable=False)
        if not isinstance(made.get("id"), int):
            raise SinkError(
                "HeyReach made a list and did not say which", hint="look for it there, then name it by `list`"
            )
        return int(made["id"])

    def read_campaign_leads(self, campaign: int) -> Iterator[Mapping[str, Any]]:
        """Every lead of a campaign with its state. Custom fields are not among what HeyReach gives here."""
        return self._pages("/campaign/GetLeadsFromCampaign", {"campaignId": campaign})

    def read_list_leads(self, list_id: int) -> Iterator[Mapping[str, Any]]:
        """Every lead of a list, with its custom fields."""
        return self._pages("/list/GetLeadsFromList", {"listId": list_id})

    def add(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """One chunk of leads. Raises NoAnswerError if it may or may not have been taken, RefusedCallError if not."""
        return self._object("POST", path, body=body, repeatable=False)

    def _pages(self, path: str, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        offset, total = 0, 1
        while offset < total:
            page = self._object("POST", path, body={**body, "offset": offset, "limit": CHUNK})
            items, count = page.get("items"), page.get("totalCount")
            if not isinstance(items, list) or not isinstance(count, int):
                raise _strange(path)
            yield from (item for item in items if isinstance(item, dict))
            if not items:
                return
            offset, total = offset + len(items), count

    def _object(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> Mapping[str, Any]:
        response = self._call(method, path, params=params, body=body, repeatable=repeatable)
        try:
            found = response.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise _strange(path)
        return found

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> Any:
        """A reading call is repeated; one that adds leads is not, unless HeyReach says that it did nothing."""
        key = self._config.api_key.get_secret_value()
        try:
            response = self._context.http.request(
                method,
                self._config.base_url + path,
                params=params,
                json=body,
                headers={"X-API-KEY": key, "Accept": "application/json"},
                repeatable=repeatable,
            )
        except UnreachableError as error:
            if not repeatable:
                raise NoAnswerError from None
            raise SinkError(f"HeyReach: {error.message}", hint=error.hint) from None
        status = response.status_code
        if status < 300:
            return response
        text = _read_error(response)
        if status in (401, 403):
            hint = "make a key in HeyReach under Settings, API, for the workspace of the campaign; see `api_key`"
            raise CredentialsError(f"HeyReach does not accept the key ({status})", hint=hint)
        if status == 429:
            raise SinkError("HeyReach: too many calls, also after a pause", hint="nothing is lost; run again later")
        if status >= 500 and not repeatable:
            raise NoAnswerError
        if status >= 500:
            raise SinkError(f"HeyReach answered {status} to {path}", hint="nothing is lost; run again later")
        raise RefusedCallError(status, text)


def _strange(path: str) -> SinkError:
    return SinkError(
        f"HeyReach's answer to {path} is not what its API gives",
        hint="is `base_url` the address of HeyReach's public API?",
    )


def _read_error(response: Any) -> str:
    """HeyReach's words on one short line: a text, or an object with one."""
    try:
        found = response.json()
    except ValueError:
        found = response.text
    if isinstance(found, dict):
        found = next((found[key] for key in ("errorMessage", "message", "title", "detail") if found.get(key)), "")
    return " ".join(str(found).split())[:200]
