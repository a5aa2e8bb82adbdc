"""P05 to P08 and P12: the options of a connector."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import SecretBytes, SecretStr, ValidationError

from ..contracts import Connector
from .checks import NotApplicable, must, should
from .conformance import Conformance, fail

K = TypeVar("K", bound=Connector[Any])

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:token|secret|password|passwd|api_?key|private_key|access_key|credentials?|authorization)(?:$|_)"
)


class OptionChecks(Conformance[K]):
    """What can be written below `source:` and `sinks:`."""

    @must("P05", "an unknown option is an error")
    def test_p05_unknown_options_are_refused(self) -> None:
        options = {**self.find_options(), "no_such_option_at_all": "x"}
        try:
            self.connector.config_model.model_validate(options)
        except ValidationError:
            return
        raise fail(
            "an error for a key that is no option",
            "it was ignored",
            'keep `extra="forbid"` of PluginConfig: a misspelt option must not be lost',
        )

    @must("P05b", "the options have a JSON Schema")
    def test_p05b_the_options_have_a_schema(self) -> None:
        try:
            self.connector.config_model.model_json_schema()
        except Exception as error:  # pydantic and the plugin's own types raise many kinds
            raise fail("a JSON Schema", f"{type(error).__name__}", "use types that pydantic can describe") from error

    @should("P05c", "every option is described")
    def test_p05c_options_are_described(self) -> None:
        plain = [name for name, field in self.connector.config_model.model_fields.items() if not field.description]
        if plain:
            raise fail(
                "a description of every option",
                f"none of {', '.join(plain)}",
                'write `Field(description="…")`: editors show it where the configuration is written',
            )

    @must("P06", "the options can be written in a configuration file")
    def test_p06_options_are_read_from_text(self) -> None:
        options = {name: _as_text(value) for name, value in self.find_options().items() if value is not None}
        try:
            self.connector.config_model.model_validate(options)
        except ValidationError as error:
            raise fail(
                "options that are valid as text, which is what a YAML file holds",
                _places(error),
                "do not use strict types: pydantic reads numbers and yes/no out of text",
            ) from None

    @must("P07", "a required option that is missing is named")
    def test_p07_missing_options_are_named(self) -> None:
        options = dict(self.find_options())
        for name, field in self.connector.config_model.model_fields.items():
            key = field.alias or name
            if not field.is_required() or key not in options:
                continue
            try:
                self.connector.config_model.model_validate({one: options[one] for one in options if one != key})
            except ValidationError as error:
                if key in _places(error):
                    continue
                raise fail(
                    f"an error that names {key!r}", _places(error), "do not read it before it is validated"
                ) from None
            raise fail(f"an error if {key!r} is missing", "none", "let no validator fill in what is required")

    @must("P08", "what is secret is a SecretStr")
    def test_p08_secrets_are_typed(self) -> None:
        plain = [
            name
            for name, field in self.connector.config_model.model_fields.items()
            if _SECRET_NAME.search(name) and str in _parts(field.annotation)
        ]
        if plain:
            raise fail(
                "SecretStr for options whose name says that they are secret",
                f"{', '.join(plain)}: str",
                "a SecretStr is shown as **********; take its text with get_secret_value()",
            )

    @should("P12", "options of older versions are still valid")
    def test_p12_earlier_options_are_valid(self) -> None:
        if not self.earlier_options:
            raise NotApplicable("there are no `earlier_options`")
        for options in self.earlier_options:
            try:
                self.connector.config_model.model_validate(dict(options))
            except ValidationError as error:
                raise fail(
                    "options of an older version to be valid", _places(error), "accept the old key, too"
                ) from None


def _as_text(value: object) -> object:
    """As `yaml` reads it here: scalars stay text."""
    if isinstance(value, SecretStr | SecretBytes):
        return str(value.get_secret_value())
    if isinstance(value, Mapping):
        return {str(name): _as_text(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(part) for part in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _places(error: ValidationError) -> str:
    """Where the options are wrong, without their values."""
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'options'}: {one['type']}" for one in error.errors())


def _parts(annotation: object) -> Iterator[object]:
    """The types that a union or an annotated type is made of."""
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation
