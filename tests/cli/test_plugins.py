"""`upscale-connect plugins`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result

METADATA = "Metadata-Version: 2.1\nName: upscale-connect-broken\nVersion: 0.3\n"


@pytest.fixture
def _broken_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A third party's distribution whose module cannot be imported."""
    info = tmp_path / "site" / "upscale_connect_broken-0.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA, encoding="utf-8")
    (info / "entry_points.txt").write_text("[upscale_connect]\nbroken = no_such_module_at_all\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site")])


def test_the_bundled_plugin_is_listed_with_what_it_offers(call: Callable[..., Result]) -> None:
    result = call("plugins", "--json")
    assert result.exit_code == 0
    (csv,) = [plugin for plugin in result.data["plugins"] if plugin["name"] == "csv"]
    assert csv["state"] == "ok"
    assert csv["reason"] is None
    assert (csv["sources"], csv["sinks"]) == (["csv"], ["csv"])
    assert (csv["distribution"], csv["version"]) == ("upscale-connect", "0.1.0")


@pytest.mark.usefixtures("_broken_plugin")
def test_a_broken_one_stands_beside_it_with_the_reason(call: Callable[..., Result]) -> None:
    result = call("plugins", "--json")
    assert result.exit_code == 0
    *bundled, broken = result.data["plugins"]
    assert {plugin["state"] for plugin in bundled} == {"ok"}
    assert (broken["name"], broken["state"]) == ("broken", "failed")
    assert "no_such_module_at_all" in broken["reason"]
    assert "plugin broken (upscale-connect-broken 0.3) was not loaded" in result.stderr


@pytest.mark.usefixtures("_broken_plugin")
def test_people_get_a_table(call: Callable[..., Result]) -> None:
    header, csv, *_, broken = call("plugins").stdout.splitlines()
    assert header.split() == ["plugin", "state", "sources", "sinks", "distribution", "version", "reason"]
    assert csv.split() == ["csv", "ok", "csv", "csv", "upscale-connect", "0.1.0"]
    assert broken.split()[:6] == ["broken", "failed", "-", "-", "upscale-connect-broken", "0.3"]
