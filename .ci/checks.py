"""Every check of the project, in the order of their cost, on any platform. Stops at the first that fails.

Run it with the interpreter of an environment that has the `dev` extra: `make test` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_COVERAGE = 90


def run(title: str, *command: str) -> None:
    """Run one check, its output as it comes; the first failure ends this program with its exit code."""
    sys.stdout.write(f"── {title}\n")
    sys.stdout.flush()
    began = time.monotonic()
    # Off a terminal Windows would take an encoding that lacks what some tools draw.
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code:
        sys.exit(f"── {title}: failed ({code})")
    sys.stdout.write(f"── {title}: fine ({time.monotonic() - began:.0f} s)\n")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text file of the interpreter has it
    python = sys.executable
    scripts = Path(sysconfig.get_path("scripts"))
    run("ruff check", python, "-m", "ruff", "check", "--quiet", ".")
    run("ruff format", python, "-m", "ruff", "format", "--quiet", "--check", ".")
    run("mypy", python, "-m", "mypy")
    run(
        "mypy of scripts",
        python,
        "-m",
        "mypy",
        ".ci/checks.py",
        ".ci/smoke.py",
        ".ci/third_party.py",
        "docs/conf.py",
        "docs/pages.py",
        "docs/signatures.py",
    )
    run("import-linter", str(scripts / "lint-imports"))
    with tempfile.TemporaryDirectory() as folder:
        run("site", python, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", folder)
    coverage = ("--cov", "--cov-branch", "--cov-report=term", f"--cov-fail-under={MINIMUM_COVERAGE}")
    # Tests wait for sockets, disks and processes for nearly half of their time: one more than there are cores.
    workers = str((os.cpu_count() or 1) + 1)
    run("pytest", python, "-m", "pytest", "--quiet", "--numprocesses", workers, *coverage)
    with tempfile.TemporaryDirectory() as folder:
        run("build", python, "-m", "build", "--outdir", folder, ".")
        wheel = next(Path(folder).glob("*.whl"))
        run("check-wheel-contents", python, "-m", "check_wheel_contents", str(wheel))
        run("smoke test of the wheel", python, ".ci/smoke.py", str(wheel))


if __name__ == "__main__":
    main()
