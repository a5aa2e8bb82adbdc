"""Installs a wheel into a clean environment, away from the checkout, and uses it as a newcomer would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from third_party import try_plugins

#: What the environment of the caller must not lend to the program under test.
BORROWED = ("PYTHON", "VIRTUAL_ENV", "UPSCALE_")

#: The plugins that come with it, in the order in which they are listed.
BUNDLED = ("csv", "google-sheets", "heyreach", "hubspot")


def main(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python, program = str(scripts / "python"), str(scripts / "upscale-connect")
        pip = (python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", str(wheel))
        run(folder, dict(os.environ), *pip)
        use(folder, python, program, version=wheel.name.split("-")[1])
        try_plugins(folder, python, program)


def use(folder: Path, python: str, program: str, *, version: str) -> None:
    """Start it both ways, ask for the plugins, run the demonstration."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(BORROWED)}
    surroundings |= {"HOME": str(folder), "USERPROFILE": str(folder), "PYTHONUTF8": "1"}
    for command in ([program], [python, "-m", "upscale_connect"]):
        expect(f"upscale-connect {version}\n", run(folder, surroundings, *command, "--version"))
    plugins = json.loads(run(folder, surroundings, program, "plugins", "--json"))["plugins"]
    found = [(plugin["name"], plugin["state"], plugin["distribution"], plugin["version"]) for plugin in plugins]
    expect([(name, "ok", "upscale-connect", version) for name in BUNDLED], found)
    run(folder, surroundings, program, "demo", "demo")
    expect(True, (folder / "demo").is_dir())


def run(folder: Path, environment: dict[str, str], *command: str) -> str:
    """What the command prints; if it fails, this program ends and shows it."""
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def expect(wanted: object, found: object) -> None:
    if wanted != found:
        sys.exit(f"expected {wanted!r}, found {found!r}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
