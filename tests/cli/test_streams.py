"""Standard streams that are closed, full or left by their reader: what a shell and cron do to the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the shell of POSIX closes and redirects the streams")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")


def shell(arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell, `arguments` with their redirections."""
    command = f'"{sys.executable}" -m upscale_connect {arguments}'
    return subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


@needs_full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["plugins --json", "--help", "--version"])
def test_output_to_a_full_disk_is_one_line_and_no_bug(
    arguments: str, unbuffered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    done = shell(f"{arguments} > {FULL}", tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if arguments != "--version":
        assert done.stderr.splitlines()[0] == "Error: the output cannot be written: no space left on device"
        assert "upscale-connect status" in done.stderr.splitlines()[1]


@needs_full
def test_an_error_that_nobody_can_read_keeps_its_exit_code(tmp_path: Path) -> None:
    done = shell(f"snyc 2> {FULL}", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


@needs_shell
@pytest.mark.parametrize("arguments", ["plugins --json", "--version"])
def test_a_closed_stdout_is_as_good_as_none(arguments: str, tmp_path: Path) -> None:
    done = shell(f"{arguments} >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@needs_shell
def test_without_any_stream_an_error_is_still_an_exit_code(tmp_path: Path) -> None:
    done = shell("snyc <&- >&- 2>&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@needs_shell
def test_a_closed_stream_leaves_its_number_to_no_file(tmp_path: Path) -> None:
    code = (
        "import os, sys; from upscale_connect.cli import _fill_streams; _fill_streams();"
        " print([stream.fileno() for stream in (sys.stdin, sys.stdout)], file=sys.stderr)"
    )
    done = subprocess.run(
        f'"{sys.executable}" -c "{code}" <&- >&-', shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[0, 1]"
