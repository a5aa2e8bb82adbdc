"""Check a configuration without running it: `python read_configuration.py upscale-connect.yaml`."""

from __future__ import annotations

import sys

from upscale_connect import ConfigError, load_config


def main(path: str) -> int:
    try:
        config = load_config(path)
    except ConfigError as error:
        for problem in error.problems:
            print(f"{problem.where}: {problem.message}")
            if problem.hint:
                print(f"    {problem.hint}")
        return error.exit_code
    for name, sync in config.syncs.items():
        types = ", ".join(wanted.type for wanted in sync.messages)
        print(f"{name}: {types} from {sync.source.plugin} to {', '.join(sync.sinks)}, paid by {sync.account}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
