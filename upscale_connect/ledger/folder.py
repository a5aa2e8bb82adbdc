"""Folders in which a database does not stay whole: cloud drives and network file systems."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import LedgerError

#: Folder names that the desktop clients of these services use.
_CLOUD = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "mobile documents": "iCloud Drive",
    "icloud drive": "iCloud Drive",
    "icloud~com~apple~clouddocs": "iCloud Drive",
    "cloudstorage": "a cloud drive",
    "nextcloud": "Nextcloud",
    "pcloud drive": "pCloud",
}
#: File-system types of `/proc/mounts` over which SQLite's locks are not safe.
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs")


def check_place(path: Path, *, force: bool = False) -> None:
    """Raises LedgerError if a ledger must not lie there; `force` allows a folder that a service syncs."""
    if not path.parent.is_dir():
        raise LedgerError(f"{path.parent}: no such folder for the ledger", hint="make it, or set `ledger:`")
    service = find_sync_service(path.parent)
    if service and not force:
        raise LedgerError(
            f"{path}: the ledger would lie in a folder of {service}, which may copy or revert it",
            hint="set `ledger:` to a path on a local disk, or `ledger: {path: …, force: true}`",
        )


def find_sync_service(folder: Path) -> str | None:
    """The service that syncs this folder, None for a local disk (as far as its path and mount tell)."""
    resolved = folder.resolve()
    for part in resolved.parts:
        name = part.lower()
        for known, service in _CLOUD.items():
            if name == known or name.startswith((f"{known} -", f"{known} (")):
                return service
    if str(resolved).startswith("\\\\"):
        return "a network share"
    return _find_network_mount(resolved) if sys.platform == "linux" else None


def _find_network_mount(folder: Path) -> str | None:
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best, kind = "", ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = str(folder) == point or str(folder).startswith(point.rstrip(os.sep) + os.sep)
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return f"a network file system ({kind})" if kind in _NETWORK else None
