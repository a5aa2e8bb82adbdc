"""The JSON Schema of a configuration file, for editors: completion, and a mark under a wrong key while one types.

It accepts everything that `load_config` accepts. It cannot see what only the whole configuration shows, such as a
variable that is not set or a column that is not there: `upscale-connect check` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from ..mapping import LEAD_FIELDS
from .accounts import Account
from .models import VERSION, Ledger, Notify
from .privacy import Privacy, SuppressionList
from .reviews import Review
from .shape import Model
from .syncs import Limits, Request, ShownField, Sync

Schema: TypeAlias = dict[str, Any]

#: A value of the file is text, and YAML reads some texts as something else.
TEXT: Schema = {"type": ["string", "number", "boolean"]}
_WORDS: Schema = {"type": "string", "pattern": r"\$\{|^ *[+-]?[0-9.]+ *$"}
#: What pydantic says that is no help to who writes a file.
_LEFT_OUT = ("title", "left_out", "default", "format")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: Fields of the models that no file gives, and those that a file writes in forms of their own.
_INTERNAL = frozenset({"name", "folder", "options", "hidden"})


def describe_file(sources: Mapping[str, type[BaseModel]], sinks: Mapping[str, type[BaseModel]]) -> Schema:
    """The main file. `sources` and `sinks`: name of a plugin → the model of its options."""
    sync = _describe_sync(sources, sinks)
    properties = {
        "version": {"enum": [VERSION, int(VERSION)]},
        "accounts": _names(_describe(Account)),
        "ledger": {"anyOf": [TEXT, _describe(Ledger)]},
        "defaults": _object({key: sync["properties"][key] for key in ("account", "request", "messages", "limits")}),
        "include": {"type": "array", "items": TEXT},
        "notify": _describe(Notify),
        "suppression": _describe_lists(),
        "retention_days": _describe(Privacy)["properties"]["retention_days"],
        "syncs": _names(sync),
    }
    return {"$schema": _DIALECT, "title": "upscale-connect", **_object(properties, required=["version"])}


def describe_included_file(sources: Mapping[str, type[BaseModel]], sinks: Mapping[str, type[BaseModel]]) -> Schema:
    """A file that `include` names: one client."""
    properties = {
        "client": TEXT,
        "account": {"anyOf": [TEXT, _describe(Account)]},
        "env_file": TEXT,
        "suppression": _describe_lists(),
        "syncs": _names(_describe_sync(sources, sinks)),
    }
    return {"$schema": _DIALECT, "title": "upscale-connect client", **_object(properties, required=["client"])}


def _describe_sync(sources: Mapping[str, type[BaseModel]], sinks: Mapping[str, type[BaseModel]]) -> Schema:
    forms: dict[str, Schema] = {
        "source": _describe_plugin(sources),
        "sinks": _names({"anyOf": [{"const": "source"}, _describe_plugin(sinks)]}),
        "map": _object(dict.fromkeys(LEAD_FIELDS, _describe_expression())),
        "messages": {"type": "array", "items": _describe_message()},
        "opt_out": _one_or_more(_describe_condition()),
        "suppression": _describe_lists(),
        "request": _describe(Request, complete=False),
        "limits": _describe(Limits),
        "review": _describe_review(),
        "read_back": {"type": "object", "additionalProperties": _describe(ShownField)},
    }
    properties: dict[str, Schema] = {}
    for name, field in Sync.model_fields.items():
        if name not in _INTERNAL and field.annotation is not None:
            form = forms.get(name) or _loosen(TypeAdapter(field.annotation).json_schema())
            properties[name] = {**form, "description": field.description}
    return _object(properties)


def _describe_plugin(models: Mapping[str, type[BaseModel]]) -> Schema:
    """Any plugin, and the options of those that are installed."""
    common: dict[str, Schema] = {"plugin": {"type": "string", "examples": sorted(models)}, "formerly": TEXT}
    rules = []
    for name, model in sorted(models.items()):
        options = _describe(model)
        if "properties" not in options:
            continue
        chosen = {"properties": {"plugin": {"const": name}}, "required": ["plugin"]}
        rules.append({"if": chosen, "then": {**options, "properties": {**common, **options["properties"]}}})
    return {"type": "object", "properties": common, "required": ["plugin"], "allOf": rules}


def _describe_expression() -> Schema:
    forms: list[tuple[str, Schema]] = [
        ("constant", TEXT),
        ("first_of", {"type": "array", "items": TEXT, "minItems": 1}),
        ("template", TEXT),
    ]
    return {"anyOf": [TEXT, *(_object({name: value}, required=[name]) for name, value in forms)]}


def _describe_condition() -> Schema:
    yes: Schema = {"enum": [True, "true"]}
    tests = {"equals": TEXT, "not_equals": TEXT, "in": {"type": "array", "items": TEXT}, "empty": yes, "not_empty": yes}
    return _object({"column": TEXT, **tests}, required=["column"])


def _describe_lists() -> Schema:
    return _one_or_more({"anyOf": [TEXT, _describe(SuppressionList)]})


def _one_or_more(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def _describe_message() -> Schema:
    when = _describe_condition()
    short = {"type": "object", "maxProperties": 1, "additionalProperties": _or_nothing(_object({"when": when}))}
    return {"anyOf": [TEXT, _object({"type": TEXT, "when": when}, required=["type"]), short]}


def _describe_review() -> Schema:
    sample = _object({"sample": {"type": ["integer", "string"]}, "where": {"type": "array", "items": TEXT}})
    return {"anyOf": [{"enum": list(get_args(Review.model_fields["mode"].annotation))}, sample, _describe(Review)]}


def _describe(model: type[BaseModel], *, complete: bool = True) -> Schema:
    """The keys of a model. `complete`: its required keys must be there. Anything, if its types have no schema."""
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return {"type": "object"}
    definitions = schema.pop("$defs", {})
    resolved: Schema = _loosen(_resolve(schema, definitions))
    if issubclass(model, Model):
        for name in _INTERNAL & resolved["properties"].keys():
            del resolved["properties"][name]
    required = [name for name in resolved.pop("required", []) if name in resolved.get("properties", {})]
    if complete and required:
        resolved["required"] = required
    return resolved


def _resolve(schema: Any, definitions: Mapping[str, Any], depth: int = 12) -> Any:
    """References replaced by what they name, so that parts can be put together freely."""
    if isinstance(schema, list):
        return [_resolve(item, definitions, depth) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        named = definitions.get(schema["$ref"].rpartition("/")[2], {}) if depth else {}
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_resolve(named, definitions, depth - 1), **rest}
    return {key: _resolve(value, definitions, depth) for key, value in schema.items()}


def _loosen(schema: Any) -> Any:
    """What a file may say instead: any value for a text, text for a number, nothing for a key left out."""
    if isinstance(schema, list):
        return [_loosen(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    if schema.get("type") == "boolean":
        return _either(loose, {"type": "string"})
    if schema.get("type") in ("integer", "number") or "enum" in schema or "const" in schema:
        return _either(loose, _WORDS)
    if schema.get("type") == "string":
        return {**loose, **TEXT}
    if "properties" in loose:
        loose["properties"] = {key: _or_nothing(_loosen(value)) for key, value in loose["properties"].items()}
        return loose
    return {key: _loosen(value) for key, value in loose.items()}


def _or_nothing(schema: Schema) -> Schema:
    """A key with nothing behind it counts as left out."""
    return _either(schema, {"type": "null"})


def _either(schema: Schema, other: Schema) -> Schema:
    """One or the other; what is told of the first is told of both."""
    told = {"description": schema["description"]} if "description" in schema else {}
    return {**told, "anyOf": [{key: value for key, value in schema.items() if key != "description"}, other]}


def _names(schema: Schema) -> Schema:
    """Any names, each with this behind it."""
    return {"type": "object", "additionalProperties": _or_nothing(schema)}


def _object(properties: Mapping[str, Schema], *, required: list[str] | None = None) -> Schema:
    wrapped = {key: value if key in (required or ()) else _or_nothing(value) for key, value in properties.items()}
    return {
        "type": "object",
        "properties": wrapped,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }
