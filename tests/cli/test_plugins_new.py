"""`upscale-connect plugins new`: what it writes works as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result

    Call = Callable[..., Result]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pipe-drive", []),
        ("z9", ["--source"]),
        ("quite-a-long-name-for-a-plugin", ["--sink"]),
    ],
)
def test_what_it_writes_passes_ruff_and_its_own_tests(
    call: Call, tmp_path: Path, name: str, options: list[str]
) -> None:
    result = call("plugins", "new", name, *options, "--json")
    assert result.exit_code == 0
    folder = Path(result.data["folder"])
    assert sorted(result.data["files"]) == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    environment = pretend_installed(tmp_path / "site", name, folder)
    for tool in (("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache"), ("pytest", "-q", "-rs")):
        done = run(folder, environment, *tool)
        assert done.returncode == 0, done.stdout + done.stderr
    passed = int(done.stdout.rpartition("\n")[0].rpartition("\n")[2].split(" passed")[0].split()[-1])
    assert passed >= 30


def test_a_mistake_in_it_is_found_by_its_tests(call: Call, tmp_path: Path) -> None:
    """The tests that come with it look: a sink that writes over a person's text fails them."""
    call("plugins", "new", "pipe-drive", "--sink")
    folder = Path("upscale-connect-pipe-drive")
    file = folder / "upscale_connect_pipe_drive" / "sink.py"
    careless = file.read_text(encoding="utf-8").replace("if not delivery.may_replace(kind, text):", "if False:")
    file.write_text(careless, encoding="utf-8")
    done = run(folder, pretend_installed(tmp_path / "site", "pipe-drive", folder), "pytest", "-q")
    assert done.returncode == 1
    assert " 1 failed" in f" {done.stdout.splitlines()[-1]}"


def test_only_what_was_asked_for_is_written(call: Call) -> None:
    call("plugins", "new", "reader", "--source", "--dir", "elsewhere")
    package = Path("elsewhere") / "upscale_connect_reader"
    assert (package / "source.py").exists()
    assert not (package / "sink.py").exists()
    assert "message_sinks" not in (package / "__init__.py").read_text(encoding="utf-8")
    assert "@" not in (Path("elsewhere") / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Pipe", "pipe_drive", "-pipe", "pipe--drive", "9lives", "a" * 31, "../pipe", ""])
def test_a_name_that_no_plugin_can_have_is_refused(call: Call, name: str) -> None:
    result = call("plugins", "new", "--", name)
    assert (result.exit_code, "cannot be the name of a plugin" in result.stderr) == (2, True)
    assert list(Path.cwd().iterdir()) == []


def test_a_name_that_is_taken_is_refused(call: Call) -> None:
    result = call("plugins", "new", "csv")
    assert (result.exit_code, "named 'csv' already" in result.stderr) == (2, True)
    assert list(Path.cwd().iterdir()) == []


def test_nothing_is_written_over(call: Call) -> None:
    folder = Path("upscale-connect-pipe-drive")
    folder.mkdir()
    (folder / "mine.py").write_text("mine\n", encoding="utf-8")
    result = call("plugins", "new", "pipe-drive")
    assert (result.exit_code, "is not empty" in result.stderr) == (2, True)
    assert [path.name for path in folder.iterdir()] == ["mine.py"]


def test_a_folder_that_cannot_be_written_is_named(call: Call) -> None:
    Path("file").write_text("", encoding="utf-8")
    result = call("plugins", "new", "pipe-drive", "--dir", "file/below")
    assert (result.exit_code, "file/below cannot be written" in result.stderr) == (2, True)


def pretend_installed(site: Path, name: str, folder: Path) -> dict[str, str]:
    """The metadata that pip leaves, and where Python finds it."""
    module = f"upscale_connect_{name.replace('-', '_')}"
    info = site / f"{module}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: upscale-connect-{name}\nVersion: 0.1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[upscale_connect]\n{name} = {module}\n", encoding="utf-8")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(folder.resolve())]), "PYTHONUTF8": "1"}


def run(folder: Path, environment: dict[str, str], *tool: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *tool], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
