"""What no message about a plugin's options may repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel, SecretBytes, SecretStr

from .contracts import PluginConfig

if TYPE_CHECKING:
    from .config import PluginOptions


def find_secrets(model: type[PluginConfig], options: PluginOptions) -> set[str]:
    """The values that no message may repeat: of fields that hold a secret, and those that came from a variable."""
    hidden = set(options.hidden)
    for key, field in model.model_fields.items():
        if _holds_secret(field.annotation):
            hidden.update(name for name in (key, field.alias, field.validation_alias) if isinstance(name, str))
    return {text for key in hidden for text in _texts(options.options.get(key)) if text}


def _holds_secret(annotation: object, depth: int = 8) -> bool:
    """Whether a field's type is a secret or contains one. Models may contain themselves, hence `depth`."""
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return True
    parts: list[object] = list(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        parts = [field.annotation for field in annotation.model_fields.values()]
    return depth > 0 and any(_holds_secret(part, depth - 1) for part in parts)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        return (text for part in value.values() for text in _texts(part))
    if isinstance(value, list | tuple):
        return (text for part in value for text in _texts(part))
    if hasattr(value, "get_secret_value"):
        return (str(value.get_secret_value()),)
    return () if value is None else (str(value),)


def mask(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
