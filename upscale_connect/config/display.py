"""The effective configuration for people: defaults filled in, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..mapping import Column, Condition, Constant, Expression, FirstOf
from .accounts import Account
from .models import VERSION, Config
from .privacy import Privacy, SuppressionList
from .syncs import PluginOptions, Sync

HIDDEN = "***"

_SECRET = re.compile(r"(token|secret|password|passphrase|credentials?|(api|access|private)[_-]?key)$", re.IGNORECASE)
_PERHAPS_SECRET = re.compile(r"key$", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return _SECRET.search(name) is not None


def show(config: Config) -> dict[str, Any]:
    """The keys of the file with plain values, for JSON and YAML; `***` stands for every secret."""
    secrets = config.secrets
    shown: dict[str, Any] = {
        "version": int(VERSION),
        "accounts": {name: _show_account(account, secrets) for name, account in config.accounts.items()},
        "ledger": {"path": str(config.ledger.path), "force": config.ledger.force},
    }
    if config.notify is not None:
        shown["notify"] = {"command": _redact(list(config.notify.command), secrets), "on": list(config.notify.on)}
    shown |= _show_privacy(config.privacy)
    shown["syncs"] = {name: _show_sync(sync, secrets) for name, sync in config.syncs.items()}
    return shown


def render(config: Config) -> str:
    """`show` as YAML."""
    import yaml

    text: str = yaml.safe_dump(show(config), sort_keys=False, allow_unicode=True, width=110)
    return text


def _show_account(account: Account, secrets: Collection[str]) -> dict[str, Any]:
    shown = {"api_key": HIDDEN, **_dump(account, without={"name", "api_key"})}
    return {key: _redact(value, secrets) if key == "callback_url" else value for key, value in shown.items()}


def _show_sync(sync: Sync, secrets: Collection[str]) -> dict[str, Any]:
    shown = {
        "account": sync.account,
        "customer": sync.customer,
        "campaign": sync.campaign,
        "formerly": sync.formerly,
        "source": _show_plugin(sync.source),
        "map": {name: _show_expression(expression) for name, expression in sync.map.items()},
        "request": {**_dump(sync.request), "extra": _redact(_mask("extra", sync.request.extra), secrets)},
        "messages": [
            {wanted.type: {"when": _show_condition(wanted.when)}} if wanted.when else wanted.type
            for wanted in sync.messages
        ],
        "sales_navigator": None if sync.sales_navigator == "reject" else sync.sales_navigator,
        "duplicates": None if sync.duplicates == "skip" else sync.duplicates,
        "hygiene": dict(sync.hygiene) or None,
        "lint": _dump(sync.lint),
        "review": _show_review(sync),
        "opt_out": [_show_condition(condition) for condition in sync.opt_out] or None,
        "suppression": _show_lists(sync.suppression, sync.folder) or None,
        "limits": _dump(sync.limits),
        "sinks": {
            name: _show_plugin(sink) if isinstance(sink, PluginOptions) else sink for name, sink in sync.sinks.items()
        },
    }
    return {key: value for key, value in shown.items() if value is not None}


def _show_review(sync: Sync) -> dict[str, Any]:
    """As the file says it: a percentage stands for the mode."""
    shown = _dump(sync.review)
    percent = shown.pop("percent")
    return {"sample": percent, "where": shown["where"]} if percent else shown


def _show_privacy(privacy: Privacy) -> dict[str, Any]:
    lists = _show_lists(privacy.suppression, Path())
    return {**({"suppression": lists} if lists else {}), "retention_days": privacy.retention_days}


def _show_lists(lists: Iterable[SuppressionList], folder: Path) -> list[Any]:
    """Each with its whole path: it may stand in another file than before."""
    shown = [{"path": str(folder / one.path), "customer": one.customer} for one in lists]
    return [one if one["customer"] else one["path"] for one in shown]


def _dump(model: BaseModel, without: set[str] | None = None) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude=without, exclude_none=True)


def _redact(value: Any, secrets: Collection[str]) -> Any:
    """`value` with every secret in its texts replaced."""
    if isinstance(value, dict):
        return {key: _redact(below, secrets) for key, below in value.items()}
    if isinstance(value, list):
        return [_redact(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
    return value


def _show_plugin(plugin: PluginOptions) -> dict[str, Any]:
    former = {"formerly": plugin.formerly} if plugin.formerly else {}
    options = {name: HIDDEN if name in plugin.hidden else _mask(name, value) for name, value in plugin.options.items()}
    return {"plugin": plugin.plugin, **former, **options}


def _mask(name: str, value: object) -> object:
    """`value` with every text hidden whose key sounds like a secret."""
    if isinstance(value, dict):
        return {key: _mask(key, below) for key, below in value.items()}
    if isinstance(value, list):
        return [_mask(name, item) for item in value]
    return HIDDEN if is_secret_name(name) or _PERHAPS_SECRET.search(name) else value


def _show_expression(expression: Expression) -> object:
    if isinstance(expression, Column):
        return expression.name
    if isinstance(expression, Constant):
        return {"constant": expression.value}
    if isinstance(expression, FirstOf):
        return {"first_of": list(expression.columns)}
    return {"template": expression.text}


def _show_condition(condition: Condition) -> dict[str, Any]:
    tests = {
        "equals": condition.equals,
        "not_equals": condition.not_equals,
        "in": list(condition.in_) if condition.in_ is not None else None,
        "empty": condition.empty or None,
        "not_empty": condition.not_empty or None,
    }
    return {"column": condition.column} | {test: value for test, value in tests.items() if value is not None}
