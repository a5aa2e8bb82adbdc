"""The small world of the engine's tests and the commands of the command line's, for plugins in whole runs."""

from __future__ import annotations

from tests.cli import conftest as cli
from tests.engine import conftest as engine

sandbox, world = engine.sandbox, engine.world
call, rows, start, workspace = cli.call, cli.rows, cli.start, cli.workspace
