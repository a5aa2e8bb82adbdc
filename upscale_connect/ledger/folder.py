"""Folders in which a database does not stay whole: cloud drives and network file systems."""

from __future__ import annotations

import re
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
    service = find_sync_service(path.resolve().parent)
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
    if sys.platform != "linux":
        return None
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    kind = find_mount_type(str(resolved), mounts)
    return f"a network file system ({kind})" if kind in _NETWORK else None


def find_mount_type(folder: str, mounts: str) -> str:
    """The file-system type under an absolute path, by the text of `/proc/mounts` (proc(5), fstab(5))."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1])
        inside = folder == point or folder.startswith(point.rstrip("/") + "/")
        # What was mounted last covers what was there before.
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
