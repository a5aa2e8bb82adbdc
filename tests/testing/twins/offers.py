"""How a plugin is offered, and its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from tests.testing.remote import PortalConfig, PortalSource, PortalSuite
from upscale_connect import hookimpl
from upscale_connect.testing import MemoryPlugin

from .register import wrong


class MisspeltPlugin(MemoryPlugin):
    @hookimpl
    def lead_source(self) -> list[Any]:
        return []


@wrong("P01", PortalSuite, plugin=MemoryPlugin(PortalSource))
class NotOffered(PortalSource):
    pass


@wrong("P01", PortalSuite)
class CapitalName(PortalSource):
    name = "Portal Contacts"


class Offered(PortalSource):
    pass


wrong("P03", PortalSuite, plugin=MisspeltPlugin(Offered))(Offered)


class ForgivingConfig(PortalConfig):
    model_config = ConfigDict(extra="ignore")


@wrong("P05", PortalSuite)
class Forgiving(PortalSource):
    config_model = ForgivingConfig


class CallableConfig(PortalConfig):
    hook: Callable[[], None] | None = Field(None, description="What nobody can write in YAML.")


@wrong("P05b", PortalSuite)
class WithoutSchema(PortalSource):
    config_model = CallableConfig


class MuteConfig(PortalConfig):
    page: int = 100


@wrong("P05c", PortalSuite)
class Mute(PortalSource):
    config_model = MuteConfig


@wrong("P12", PortalSuite, earlier_options=[{"key": "the name of the token in version 1"}])
class Forgetful(PortalSource):
    pass


class StrictConfig(PortalConfig):
    tries: int = Field(3, strict=True, description="How often.")


class StrictSuite(PortalSuite):
    def arrange(self, rows: Any) -> Mapping[str, Any]:
        return {**super().arrange(rows), "tries": 5}


@wrong("P06", StrictSuite)
class Strict(PortalSource):
    config_model = StrictConfig


class GuessingConfig(PortalConfig):
    @model_validator(mode="before")
    @classmethod
    def _guess(cls, data: Any) -> Any:
        return {"token": "anonymous", **data}


@wrong("P07", PortalSuite)
class Guessing(PortalSource):
    config_model = GuessingConfig


class OpenConfig(PortalConfig):
    api_key: str = Field("", description="The portal's second key.")


@wrong("P08", PortalSuite)
class OpenSecret(PortalSource):
    config_model = OpenConfig
