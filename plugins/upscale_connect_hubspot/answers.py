"""What HubSpot answers, as far as it is used. Every field that it may leave out has a default.

Property values are text in both directions; `null` is an empty one.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field


class Answer(BaseModel):
    """Unknown keys are left out: HubSpot adds some at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


def _without_nulls(value: Any) -> Any:
    return {name: one for name, one in value.items() if one is not None} if isinstance(value, dict) else value


def _or_empty(value: Any) -> Any:
    return [] if value is None else value


class Associated(Answer):
    """A company beside a contact in a list. The primary one comes once for each of its types."""

    id: str
    type: str = ""


class CrmObject(Answer):
    """A contact, company, note or task. `properties` has only those that are not null."""

    id: str
    properties: Annotated[dict[str, str], BeforeValidator(_without_nulls)] = Field(default_factory=dict)
    trace: str | None = Field(default=None, alias="objectWriteTraceId")
    companies: list[Associated] = Field(
        default_factory=list, validation_alias=AliasPath("associations", "companies", "results")
    )


class Next(Answer):
    after: str


class Paging(Answer):
    next: Next | None = None


class Paged(Answer):
    """`after` leads to the next page; without it there is none, however short this one is."""

    paging: Paging | None = None
    total: int | None = None

    @property
    def after(self) -> str | None:
        return self.paging.next.after if self.paging and self.paging.next else None


class ObjectPage(Paged):
    results: list[CrmObject]


class Member(Answer):
    id: str = Field(alias="recordId")


class MemberPage(Paged):
    results: list[Member]


class ListDescription(Answer):
    """`object_type` is `0-1` for a list of contacts."""

    name: str = ""
    object_type: str = Field(default="", alias="objectTypeId")


class ListAnswer(Answer):
    list: ListDescription


class ErrorDetail(Answer):
    message: str = ""
    code: str = ""
    context: dict[str, Any] = Field(default_factory=dict)


class ErrorAnswer(Answer):
    """The body of an error, and each of the `errors` of a 207."""

    message: str = ""
    category: str = ""
    error_type: str = Field(default="", alias="errorType")
    policy: str = Field(default="", alias="policyName")
    correlation_id: str = Field(default="", alias="correlationId")
    context: dict[str, Any] = Field(default_factory=dict)
    errors: Annotated[list[ErrorDetail], BeforeValidator(_or_empty)] = Field(default_factory=list)


class BatchAnswer(Answer):
    """200 and 207 alike: what was done, and what was not."""

    results: list[CrmObject]
    errors: Annotated[list[ErrorAnswer], BeforeValidator(_or_empty)] = Field(default_factory=list)


class Restrictions(Answer):
    read_only_value: bool = Field(default=False, alias="readOnlyValue")


class Definition(Answer):
    """A property of contacts or companies, as an admin sees it."""

    name: str
    label: str = ""
    type: str = ""
    field_type: str = Field(default="", alias="fieldType")
    archived: bool | None = False
    calculated: bool | None = False
    unique: bool | None = Field(default=False, alias="hasUniqueValue")
    restrictions: Restrictions | None = Field(default=None, alias="modificationMetadata")

    @property
    def is_read_only(self) -> bool:
        return bool(self.calculated or (self.restrictions and self.restrictions.read_only_value))


class Definitions(Answer):
    results: list[Definition]


class Account(Answer):
    portal_id: str = Field(alias="portalId")
    kind: str = Field(default="", alias="accountType")
    time_zone: str = Field(default="", alias="timeZone")


class TokenInfo(Answer):
    app_id: str = Field(default="", alias="appId")
    scopes: list[str]


class Rule(Answer):
    kind: str = Field(default="", alias="ruleType")
    arguments: Annotated[list[str], BeforeValidator(_or_empty)] = Field(default_factory=list, alias="ruleArguments")


class PropertyRules(Answer):
    name: str = Field(alias="propertyName")
    rules: list[Rule] = Field(default_factory=list, alias="propertyValidationRules")


class Rules(Answer):
    """What an admin demands of the values of properties."""

    results: list[PropertyRules]

    def longest(self) -> dict[str, int]:
        """Property → the most characters that it takes, where a rule says so."""
        return {
            one.name: int(rule.arguments[0])
            for one in self.results
            for rule in one.rules
            if rule.kind == "MAX_LENGTH" and rule.arguments and rule.arguments[0].isdigit()
        }


class KindLimit(Answer):
    object_type: str = Field(default="", alias="objectTypeId")
    limit: int
    usage: int


class PropertyLimits(Answer):
    """How many custom properties a portal allows, and has."""

    kinds: list[KindLimit] = Field(default_factory=list, alias="byObjectType")


class AssociationType(Answer):
    id: str = Field(default="", alias="typeId")


class Neighbour(Answer):
    id: str = Field(alias="toObjectId")
    types: list[AssociationType] = Field(default_factory=list, alias="associationTypes")

    def is_of_type(self, id_: str) -> bool:
        return any(one.id == id_ for one in self.types)


class Neighbours(Paged):
    """What stands beside one contact."""

    origin: CrmObject = Field(alias="from")
    to: list[Neighbour] = Field(default_factory=list)


class NeighbourAnswer(Answer):
    results: list[Neighbours]
