"""Installs plugins of third parties beside the wheel and runs their checks: the example of the docs, and a new one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "docs" / "examples" / "upscale-connect-jsonl"


def try_plugins(folder: Path, python: str, program: str) -> None:
    """As an author on a machine of their own would, in the environment of `python`."""
    example = folder / EXAMPLE.name
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    install(python, example)
    call(example, python, "-m", "pytest", "-q", "-rs")

    made = folder / "upscale-connect-pipe-drive"
    call(folder, program, "plugins", "new", "pipe-drive")
    install(python, made)
    for tool in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("pytest", "-q", "-rs")):
        call(made, python, "-m", *tool)
    listed = call(folder, program, "plugins")
    for name in ("jsonl", "pipe-drive"):
        if not any(line.split()[:2] == [name, "ok"] for line in listed.splitlines()):
            sys.exit(f"the plugin {name} is not offered:\n{listed}")


def install(python: str, package: Path) -> None:
    """With the tools that its author asks for."""
    call(package, python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-e", ".[dev]")


def call(folder: Path, *command: str) -> str:
    """What the command prints; if it fails, this program ends and shows it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "UPSCALE_"))}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout
