"""Installed distributions, good and hostile, are discovered, and harm nobody."""

from __future__ import annotations

import logging
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.registry.conftest import SECRET
from upscale_connect.registry import PluginRecord, Registry


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install distributions that consist of one module and one entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def write(name: str, code: str, *, entry: str = "", version: str = "1.0") -> None:
        (site / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[upscale_connect]\n{entry or name} = {name}\n", encoding="utf-8")

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


GOOD = """
    from upscale_connect import PluginConfig, Source, hookimpl

    class Leads(Source):
        name = "{name}"
        config_model = PluginConfig
        def read(self, since):
            return iter(())

    @hookimpl
    def lead_sources():
        return [Leads]
"""


@pytest.mark.promise(row="H1")
def test_hostile_plugins_harm_nobody(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    install("good_one", GOOD.format(name="good"), version="3.1")
    install("a_missing", "import not_installed_anywhere")
    install("b_exits", "import sys; sys.exit(0)")
    install("c_syntax", "def (")
    install("d_clash", GOOD.format(name="csv"))
    install("e_speechless", "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd()")
    install("f_secret", f"import requests\nraise requests.ConnectionError('{SECRET}')")
    install("g_long", "raise ValueError('x' * 5000)")
    install("h_loud", "print('hello')\n" + textwrap.dedent(GOOD.format(name="loud")))
    with caplog.at_level(logging.WARNING):
        records = {record.name: record for record in Registry.discover().records}
    assert records["csv"] == PluginRecord("csv", "upscale-connect", records["csv"].version, ("csv",), ("csv",))
    assert records["good_one"] == PluginRecord("good_one", "good_one", "3.1", ("good",), ())
    reasons = {name: record.error or "" for name, record in records.items() if record.error}
    assert reasons["a_missing"] == "ModuleNotFoundError: No module named 'not_installed_anywhere'"
    assert reasons["b_exits"] == "it ended the program while it was loaded (SystemExit)"
    assert reasons["c_syntax"].startswith("SyntaxError")
    assert reasons["d_clash"].startswith("source 'csv' of d_clash 1.0 is already provided by upscale-connect")
    assert "Odd" in reasons["e_speechless"]
    assert reasons["f_secret"] == "ConnectionError"
    assert len(reasons["g_long"]) < 310
    assert set(reasons) == {"a_missing", "b_exits", "c_syntax", "d_clash", "e_speechless", "f_secret", "g_long"}
    assert all(f"plugin {name} " in caplog.text for name in reasons)
    assert SECRET not in caplog.text
    assert capsys.readouterr().out == ""


def test_an_import_that_hangs_is_not_waited_for(install: Callable[..., None]) -> None:
    install("a_hangs", "import threading; threading.Event().wait(2)")
    install("b_good", GOOD.format(name="good"))
    begun = time.monotonic()
    hanging, good = Registry.discover(patience=0.1).records[-2:]
    assert time.monotonic() - begun < 1.5
    assert (hanging.name, hanging.error) == ("a_hangs", "its import did not end within 0.1 s")
    assert good.state == "ok"


def test_bundled_plugins_come_first_then_the_others_by_name(install: Callable[..., None]) -> None:
    install("zebra", GOOD.format(name="zebra"), entry="aardvark")
    install("ant", GOOD.format(name="ant"), entry="bee")
    records = Registry.discover().records
    assert records[0].distribution == "upscale-connect"
    assert [record.name for record in records if record.distribution != "upscale-connect"] == ["aardvark", "bee"]


def test_a_disabled_plugin_is_not_imported(install: Callable[..., None]) -> None:
    install("good_one", GOOD.format(name="good"))
    registry = Registry.discover(disabled=["good_one"])
    assert registry.records[-1] == PluginRecord("good_one", "good_one", "1.0", error="it is disabled")
    assert "good_one" not in sys.modules
