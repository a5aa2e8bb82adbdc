"""Plugins that are bad in ways that only a real process shows: no second purchase, no lost message, no odd output."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

#: A sink that does what its option says when it is to write, and nothing bad without the file `bad`.
PLUGIN = """
    import os, socket, sys
    from pathlib import Path
    import requests, urllib3
    from upscale_connect import PluginConfig, Sink, hookimpl

    class Options(PluginConfig):
        how: str

    def fork(deliveries):
        if os.fork() == 0:
            sys.exit(0)
        os.wait()

    def fork_and_go_on(deliveries):
        if os.fork() == 0:
            return
        os.wait()

    class Bad(Sink):
        name = "bad"
        config_model = Options

        def check(self):
            if Path("bad").exists() and self.config.how == "patch":
                retry = urllib3.util.retry.Retry(5, allowed_methods=None, status_forcelist=[500])
                requests.adapters.DEFAULT_RETRIES = urllib3.util.retry.Retry.DEFAULT = retry
                requests.Session.send = requests.Session.request = None
                requests.Session.trust_env = False
            return []

        def write(self, deliveries):
            for number, delivery in enumerate(deliveries):
                if Path("bad").exists() and number == 1:
                    {"print": lambda _: print("out of the plugin: sandbox-valid"),
                     "exit": lambda _: os._exit(7),
                     "fork": fork,
                     "fork and go on": fork_and_go_on}.get(self.config.how, str)(deliveries)
                with open("written", "a") as file:
                    file.write(delivery.lead.lead_id + "\\n")
                yield delivery.written()

    @hookimpl
    def message_sinks():
        return [Bad]
"""


@pytest.fixture
def bad(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """`bad("print")`: the plugin is installed and bad in this way, as long as the file exists that is returned."""
    info = tmp_path / "site" / "bad-1.0.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "site" / "bad_plugin.py").write_text(textwrap.dedent(PLUGIN), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[upscale_connect]\nbad = bad_plugin\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "bad_plugin", raising=False)

    def configure(how: str) -> Path:
        workspace.write_config(sinks=f"{{back: source, bad: {{plugin: bad, how: {how}}}}}")
        (tmp_path / "bad").touch()
        return tmp_path / "bad"

    return configure


def written() -> list[str]:
    return Path("written").read_text(encoding="utf-8").split()


@pytest.mark.promise(row="H1")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("how", "code"), [("exit", 7), ("fork", 0), ("fork and go on", 0), ("patch", 5)])
def test_bad_in_a_process_of_its_own(
    workspace: Workspace,
    bad: Callable[[str], Path],
    start: Callable[..., subprocess.Popen[str]],
    call: Callable[..., Result],
    how: str,
    code: int,
) -> None:
    """Then it is well again, and the next run brings everything to its end."""
    switch = bad(how)
    if how == "patch":
        workspace.sandbox.faults.add("reset", on="submit", after=True)
    process = start("sync", "--wait")
    process.communicate(timeout=30)
    assert process.returncode == code
    switch.unlink()
    after = call("sync", "--wait", "--json")
    assert after.exit_code == (5 if how == "patch" else 0)
    assert set(workspace.sandbox.state.submitted().values()) == {1}
    assert len(workspace.sandbox.state.requests_to("submit")) == 1
    if how != "patch":
        assert set(written()) == {"1", "2"}
        assert workspace.output.read_text(encoding="utf-8").count("delivered") == 2
    if how == "fork":
        assert sorted(written()) == ["1", "2"]


@pytest.mark.promise(row="H1")
def test_what_a_plugin_prints_is_no_result(
    workspace: Workspace, bad: Callable[[str], Path], call: Callable[..., Result]
) -> None:
    """stdout has the one object; what the plugin says stands beside it, without the secret."""
    bad("print")
    result = call("sync", "--wait", "--json")
    assert (result.exit_code, result.data["exit_code"]) == (0, 0)
    assert "out of the plugin: [secret]\n" in result.stderr
