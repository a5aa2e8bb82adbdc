"""A plugin with a source and a sink, and a registry that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from upscale_connect import (
    Checkpoint,
    Context,
    Delivery,
    PluginConfig,
    Record,
    Sink,
    Source,
    WriteResult,
    hookimpl,
)
from upscale_connect.config import PluginOptions
from upscale_connect.registry import Registry

SECRET = "hunter2-hunter2"


class Credentials(BaseModel):
    token: SecretStr


class MemoryConfig(PluginConfig):
    rows: int
    token: SecretStr = SecretStr("")
    credentials: Credentials | None = None
    region: str = Field("eu", alias="zone")

    @field_validator("token")
    @classmethod
    def _long(cls, token: SecretStr) -> SecretStr:
        if len(token.get_secret_value()) > 8:
            raise ValueError(f"is too long: {token.get_secret_value()}")
        return token

    @field_validator("rows")
    @classmethod
    def _small(cls, rows: int) -> int:
        if rows == 13:
            raise KeyError(rows)
        return rows


class MemorySource(Source[MemoryConfig]):
    name: ClassVar[str] = "memory"
    config_model = MemoryConfig

    def read(self, since: object) -> Iterator[Record | Checkpoint]:
        for number in range(self.config.rows):
            yield Record(str(number), {})


class MemorySink(Sink[MemoryConfig]):
    name = "memory"
    config_model = MemoryConfig

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        return (delivery.written() for delivery in deliveries)


def plugin(sources: Any = None, sinks: Any = None) -> SimpleNamespace:
    """A plugin that returns these from its hooks; None leaves a hook out."""
    hooks: dict[str, Callable[[], Any]] = {}
    if sources is not None:
        hooks["lead_sources"] = hookimpl(lambda: sources)
    if sinks is not None:
        hooks["message_sinks"] = hookimpl(lambda: sinks)
    return SimpleNamespace(**hooks)


def where(*keys: str) -> str:
    return ":".join(["sync.yaml", *keys])


def options(name: str = "memory", hidden: Iterable[str] = (), **values: Any) -> PluginOptions:
    return PluginOptions(plugin=name, options=values, hidden=frozenset(hidden))


@pytest.fixture
def context() -> Context:
    return cast("Context", SimpleNamespace())


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.register(plugin([MemorySource], [MemorySink]), name="memory", distribution="acme-memory", version="1.0")
    return registry
