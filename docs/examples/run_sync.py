"""Run a sync from your own program: `python run_sync.py upscale-connect.yaml spring`."""

from __future__ import annotations

import sys

from upscale_connect import ConfigError, SyncReport, UpscaleConnectError, load_config, sync


def main(path: str, *names: str) -> int:
    try:
        report = sync(load_config(path), names or None, wait=True)
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return error.exit_code
    except UpscaleConnectError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    show(report)
    return report.exit_code


def show(report: SyncReport) -> None:
    for result in report.syncs:
        print(f"{result.name}: {result.records.read} records read, {result.records.new} of them new")
        print(f"  {result.messages.generated} messages, {result.credits.spent} credits")
        for name, counts in result.sinks.items():
            print(f"  {name}: {counts.written} leads written, {counts.failed} failed")
        if result.error is not None:
            print(f"  stopped: {result.error.message} ({result.error.hint})")
    for need in report.needs_person:
        print(f"{need.sync}: {need.count} {need.what}; next: {need.command}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
