"""Tells a command of the user's when a person is needed."""

from __future__ import annotations

import json
import logging
import subprocess
from datetime import datetime

from ..config import Config, Notify
from ..ledger import Ledger
from .people import is_stale
from .report import SyncReport

log = logging.getLogger(__name__)

SECONDS = 60


def find_stale(config: Config, ledger: Ledger, at: datetime) -> list[str]:
    """The syncs that ran, but did not end well within the last 26 hours."""
    found = {name: ledger.find_sync(name, sync.formerly) for name, sync in config.syncs.items()}
    return [name for name, sync_id in found.items() if sync_id is not None and is_stale(ledger, sync_id, at)]


def notify(notify_config: Notify, report: SyncReport, stale: list[str]) -> None:
    """Run the command with a JSON object on stdin, if there is something to tell.

    A command that fails or takes longer than a minute is logged: it must not spoil the run it reports on.
    """
    message: dict[str, object] = {}
    if "needs_person" in notify_config.on and report.needs_person and report.exit_code not in (0, 4):
        message["needs_person"] = report.as_json()["needs_person"]
    if "stale_26h" in notify_config.on and stale:
        message["stale_26h"] = stale
    if not message:
        return
    message |= {"schema": 1, "run_id": report.run_id, "exit_code": report.exit_code}
    try:
        subprocess.run(
            list(notify_config.command),
            input=json.dumps(message).encode(),
            cwd=notify_config.folder,
            timeout=SECONDS,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    except subprocess.CalledProcessError as error:
        log.warning("the notify command ended with code %s", error.returncode)
    except subprocess.TimeoutExpired:
        log.warning("the notify command took longer than %s s and was ended", SECONDS)
    except OSError as error:
        log.warning("the notify command could not be started: %s", error.strerror)
