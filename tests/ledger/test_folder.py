"""Places in which a ledger does not stay whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, check_place, folder
from upscale_connect.ledger.folder import find_mount_type, find_sync_service

MOUNTS = """\
overlay / overlay rw,relatime 0 0
proc /proc proc rw 0 0
/dev/sda2 /home ext4 rw 0 0
nas:/home /home/ann/nas nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/ann/nas/local ext4 rw 0 0
//server/share /mnt/my\\040share cifs rw 0 0
//server/tab /mnt/tab\\011and\\134slash cifs rw 0 0
systemd-1 /mnt/auto autofs rw 0 0
host:/auto /mnt/auto nfs rw 0 0
broken line
me@host: /home/ann/remote fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("Dropbox", "Dropbox"),
        ("dropbox", "Dropbox"),
        ("Dropbox (Personal)", "Dropbox"),
        ("OneDrive", "OneDrive"),
        ("OneDrive - Acme GmbH", "OneDrive"),
        ("Google Drive", "Google Drive"),
        ("GoogleDrive", "Google Drive"),
        ("My Drive", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud Drive"),
        ("Library/CloudStorage/OneDrive-Acme", "a cloud drive"),
        ("iCloud Drive", "iCloud Drive"),
        ("Nextcloud", "Nextcloud"),
        ("pCloud Drive", "pCloud"),
    ],
)
def test_cloud_folder(tmp_path: Path, name: str, service: str) -> None:
    inside = tmp_path / name / "work"
    inside.mkdir(parents=True)
    assert find_sync_service(inside) == service
    with pytest.raises(LedgerError, match=f"folder of {service}") as caught:
        Ledger.open(inside / "ledger.db")
    assert "force: true" in caught.value.hint
    assert list(inside.iterdir()) == []
    with Ledger.open(inside / "ledger.db", force=True) as ledger:
        assert ledger.bind_sync("spring") == 1


@pytest.mark.parametrize("name", ["dropboxes", "my-dropbox-notes", "onedriver", "Drive", "google", "Nextcloud2"])
def test_folder_that_only_sounds_like_one(tmp_path: Path, name: str) -> None:
    inside = tmp_path / name
    inside.mkdir()
    check_place(inside / "ledger.db")


def test_reading_from_a_cloud_folder_is_allowed(tmp_path: Path) -> None:
    inside = tmp_path / "Dropbox"
    inside.mkdir()
    Ledger.open(inside / "ledger.db", force=True).close()
    with Ledger.open(inside / "ledger.db", read_only=True) as ledger:
        assert ledger.sync_names() == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
@pytest.mark.parametrize("linked", ["folder", "file"])
def test_link_into_a_cloud_folder(tmp_path: Path, linked: str) -> None:
    inside = tmp_path / "Dropbox"
    inside.mkdir()
    if linked == "folder":
        (tmp_path / "work").symlink_to(inside)
    else:
        (tmp_path / "work").mkdir()
        (tmp_path / "work" / "ledger.db").symlink_to(inside / "ledger.db")
    with pytest.raises(LedgerError, match="Dropbox"):
        check_place(tmp_path / "work" / "ledger.db")


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/", "overlay"),
        ("/srv", "overlay"),
        ("/home/ann", "ext4"),
        ("/home/ann/nas", "nfs4"),
        ("/home/ann/nas/leads", "nfs4"),
        ("/home/ann/nasty", "ext4"),
        ("/home/ann/nas/local/leads", "ext4"),
        ("/mnt/my share/leads", "cifs"),
        ("/mnt/tab\tand\\slash", "cifs"),
        ("/mnt/auto/leads", "nfs"),
        ("/home/ann/remote", "fuse.sshfs"),
    ],
)
def test_mount_under_a_folder(place: str, kind: str) -> None:
    assert find_mount_type(place, MOUNTS) == kind


def test_no_mounts_are_known() -> None:
    assert find_mount_type("/home", "") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the mounts of Linux")
def test_network_mount_is_refused_unless_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "find_mount_type", lambda place, mounts: "nfs4" if place == str(tmp_path) else "")
    with pytest.raises(LedgerError, match=r"network file system \(nfs4\)"):
        check_place(tmp_path / "ledger.db")
    check_place(tmp_path / "ledger.db", force=True)


def test_force_does_not_make_a_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such folder"):
        check_place(tmp_path / "missing" / "ledger.db", force=True)
