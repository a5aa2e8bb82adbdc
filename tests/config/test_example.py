"""The example and the reference say what the models know, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from upscale_connect import config as config_models
from upscale_connect.config import Config, load_config
from upscale_connect.config.assembly import DEFAULTS_KEYS, INCLUDE_KEYS, MAIN_KEYS
from upscale_connect.mapping import LEAD_FIELDS
from upscale_connect.models import MESSAGE_TYPES

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

#: Fields of the models that no file gives.
INTERNAL = {"name", "folder", "options", "hidden"}

MODELS = ("Account", "Poll", "Limits", "Request", "PluginOptions", "Sync", "Notify", "Ledger")


def keys() -> Iterator[str]:
    yield from (*MAIN_KEYS, *INCLUDE_KEYS, *DEFAULTS_KEYS)
    for name in MODELS:
        model: type[BaseModel] = getattr(config_models, name)
        yield from (field for field in model.model_fields if field not in INTERNAL)


KEYS = sorted({*keys(), "when", "column", "first_of", "template", "constant", *LEAD_FIELDS, *MESSAGE_TYPES})


def load(text: str) -> Config:
    Path("upscale-connect.yaml").write_text(text, encoding="utf-8")
    return load_config("upscale-connect.yaml", environ={"UPSCALE_API_KEY": "sandbox-valid"})


def test_the_example_loads_as_it_stands() -> None:
    config = load(EXAMPLE)
    assert list(config.syncs) == ["spring"]
    assert config.accounts["main"].callback_url is None


def test_the_example_loads_with_everything_switched_on() -> None:
    Path("clients").mkdir()
    Path("clients", "acme.yaml").write_text("client: acme\naccount: main\n", encoding="utf-8")
    config = load(re.sub(r"^( *)#(?=[^ \n#])", r"\1", EXAMPLE, flags=re.MULTILINE))
    assert config.notify is not None
    assert config.syncs["spring"].formerly == "winter"
    assert config.accounts["main"].callback_url == "https://hooks.example.com"
    assert config.accounts["main"].extra_message_types == ("breakup",)


def test_the_examples_values_are_the_defaults_where_it_says_so() -> None:
    config = load(EXAMPLE)
    account = config.accounts["main"]
    assert account == config_models.Account(name="main", api_key=account.api_key)
    limits = config.syncs["spring"].limits.model_copy(update={"messages_per_run": 5000})
    assert limits == config_models.Limits()


@pytest.mark.parametrize("key", [key for key in KEYS if key not in MESSAGE_TYPES and not key.startswith("automation_")])
def test_the_example_has_every_key(key: str) -> None:
    assert re.search(rf"\b{key}\b", EXAMPLE)


@pytest.mark.parametrize("key", KEYS)
def test_the_reference_describes_every_key(key: str) -> None:
    assert re.search(rf"`\{{?{key}\b", REFERENCE), f"`{key}` is not in docs/configuration.md"


@pytest.mark.parametrize("model", ["Account", "Poll", "Limits"])
def test_the_reference_gives_the_models_defaults(model: str) -> None:
    fields: dict[str, object] = {
        name: field.default for name, field in getattr(config_models, model).model_fields.items()
    }
    for name, default in fields.items():
        if isinstance(default, int | float | str):
            assert re.search(rf"^\| `{name}` \|.*\| `{re.escape(str(default))}` \|$", REFERENCE, re.MULTILINE), name


def test_every_link_within_the_reference_leads_somewhere() -> None:
    titles = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", REFERENCE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", REFERENCE)) <= titles
