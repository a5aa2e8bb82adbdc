"""`upscale-connect plugins new`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option
from .output import emit_json, printable, say


@click.command("new", short_help="Write a new plugin that works, to make yours")
@click.argument("name", metavar="NAME")
@click.option("--source", is_flag=True, help="It reads leads; without --source and --sink it does both.")
@click.option("--sink", is_flag=True, help="It writes messages.")
@click.option("--dir", "folder", metavar="DIR", type=click.Path(), help="Where; default: upscale-connect-NAME.")
@json_option(folder=None, files=[])
def new_plugin(name: str, source: bool, sink: bool, folder: str | None, as_json: bool) -> int:
    """Write a new plugin that works, to make yours: a package with its tests, ready to install.

    It talks to an invented service, and passes the checks that every plugin must pass. Its README tells what to change.

    \b
    Example:
      upscale-connect plugins new pipe-drive
      upscale-connect plugins new pipe-drive --sink --dir plugins/pipe-drive
    """
    from ..errors import UsageError
    from ..registry import Registry
    from ..scaffold import plan_files, write_plugin

    taken = {known for record in Registry.discover().records for known in (record.name, *record.sources, *record.sinks)}
    if name in taken:
        raise UsageError(f"a plugin is named {name!r} already", hint="choose another name; `plugins` lists those taken")
    both = not (source or sink)
    files = plan_files(name, source=source or both, sink=sink or both)
    target = Path(folder or f"upscale-connect-{name}").expanduser()
    write_plugin(target, files)
    if as_json:
        return emit_json({"folder": str(target), "files": sorted(files)})
    for path in sorted(files):
        say(printable(str(target / path)))
    say(f"\nNext: {printable(str(target / 'README.md'))} tells what to make yours.")
    return 0
