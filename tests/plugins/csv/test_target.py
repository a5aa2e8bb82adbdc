"""Replacing a file whole: what a full disk, an open file and a foreign mode do to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upscale_connect import SinkError
from upscale_connect_csv.target import Target

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


def put(target: Target, text: str = "new") -> None:
    announced: list[str] = []
    shown = target.stamp()
    with target.draft("utf-8") as draft:
        draft.file.write(text)
        target.put(draft, [shown] if shown else [], announced.append)
    assert announced == [target.stamp()]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow over 64 KiB: as a full disk does, writing fails in the middle."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.promise(row="A5")
@pytest.mark.usefixtures("small_files")
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, make_context: Any) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(SinkError, match="the disk is full") as caught:
        put(Target(path, make_context()), "x" * 200_000)
    assert "the old file is as it was" in caught.value.hint
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.promise(row="A5")
def test_a_block_that_fails_leaves_nothing_behind(tmp_path: Path, make_context: Any) -> None:
    target = Target(tmp_path / "out.csv", make_context())
    with pytest.raises(ZeroDivisionError), target.draft("utf-8") as draft:
        draft.file.write("half" * (1 // 0))
    assert names(tmp_path) == []


class Stubborn:
    """Another program that has the file open for the first `times` attempts."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.attempts = 0

    def __call__(self, draft: Path, path: Path) -> None:
        self.attempts += 1
        if self.attempts <= self.times:
            raise PermissionError
        draft.replace(path)


def test_a_file_that_is_open_for_a_moment_is_tried_again(tmp_path: Path, make_context: Any) -> None:
    context = make_context()
    put(Target(tmp_path / "out.csv", context, replace=Stubborn(3)))
    assert context.stop.waits == 3
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize(
    ("lock", "program"),
    [("", "another program, such as Excel,"), (".~lock.out.csv#", "LibreOffice"), ("~$out.csv", "Excel")],
)
def test_a_file_that_stays_open_is_an_error_that_names_the_program(
    tmp_path: Path, make_context: Any, lock: str, program: str
) -> None:
    (tmp_path / "out.csv").write_text("old", encoding="utf-8")
    if lock:
        (tmp_path / lock).touch()
    replace = Stubborn(1000)
    target = Target(tmp_path / "out.csv", make_context(), replace=replace)
    with pytest.raises(SinkError) as caught:
        put(target)
    assert f"{program} has the file open" in caught.value.message
    assert replace.attempts == 10
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == sorted(filter(None, ["out.csv", lock]))
    (found,) = target.check()
    assert (found.level, found.message) == (
        ("warning", f"out.csv is open in {program}") if lock else ("ok", "out.csv can be written")
    )


@posix
def test_the_mode_of_the_old_file_is_kept(tmp_path: Path, make_context: Any) -> None:
    path = tmp_path / "out.csv"
    path.touch(mode=0o640)
    path.chmod(0o640)
    put(Target(path, make_context()))
    assert mode(path) == 0o640


@posix
@pytest.mark.parametrize(("folder", "expected"), [(0o700, 0o600), (0o755, 0o644), (0o777, 0o644)])
def test_a_new_file_is_as_private_as_its_folder(tmp_path: Path, make_context: Any, folder: int, expected: int) -> None:
    tmp_path.chmod(folder)
    put(Target(tmp_path / "out.csv", make_context()))
    assert mode(tmp_path / "out.csv") == expected


@pytest.mark.promise(row="K4")
@posix
def test_a_new_file_is_as_private_as_what_it_came_from(tmp_path: Path, make_context: Any) -> None:
    (tmp_path / "in.csv").touch()
    (tmp_path / "in.csv").chmod(0o600)
    put(Target(tmp_path / "out.csv", make_context(), like=tmp_path / "in.csv"))
    assert mode(tmp_path / "out.csv") == 0o600


@pytest.mark.promise(row="K4")
@posix
@pytest.mark.parametrize(
    ("there", "expected"), [(0o640, 0o640), (0o600, 0o600), (0o755, 0o644), (0o400, 0o600), (None, 0o600)]
)
def test_the_lock_is_as_private_as_the_file(
    tmp_path: Path, make_context: Any, there: int | None, expected: int
) -> None:
    path = tmp_path / "out.csv"
    (tmp_path / "in.csv").touch()
    (tmp_path / "in.csv").chmod(0o600)
    if there is not None:
        path.touch()
        path.chmod(there)
    old = os.umask(0)
    try:
        with Target(path, make_context(), like=tmp_path / "in.csv").lock():
            assert mode(tmp_path / ".out.csv.lock") == expected
    finally:
        os.umask(old)


@posix
def test_a_symbolic_link_stays_one(tmp_path: Path, make_context: Any) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "out.csv").write_text("old", encoding="utf-8")
    (tmp_path / "out.csv").symlink_to(tmp_path / "real" / "out.csv")
    put(Target(tmp_path / "out.csv", make_context()))
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real" / "out.csv").read_text(encoding="utf-8") == "new"


def test_a_folder_in_the_targets_place_is_an_error(tmp_path: Path, make_context: Any) -> None:
    (tmp_path / "out.csv").mkdir()
    target = Target(tmp_path / "out.csv", make_context())
    (found,) = target.check()
    assert (found.level, "this is no file" in found.message) == ("error", True)
    with pytest.raises(SinkError):
        put(target)
    assert names(tmp_path) == ["out.csv"]
    assert names(tmp_path / "out.csv") == []


def test_what_a_killed_run_left_behind_is_removed_after_an_hour(tmp_path: Path, make_context: Any) -> None:
    context = make_context()
    now = context.clock.now().timestamp()
    for name, age in ((".out.csv.old.tmp", 3700), (".out.csv.new.tmp", 60), (".other.csv.old.tmp", 3700)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now - age, now - age))
    put(Target(tmp_path / "out.csv", context))
    assert names(tmp_path) == [".other.csv.old.tmp", ".out.csv.new.tmp", "out.csv"]


def test_hard_links_are_told(tmp_path: Path, make_context: Any) -> None:
    (tmp_path / "out.csv").write_text("old", encoding="utf-8")
    os.link(tmp_path / "out.csv", tmp_path / "other.csv")
    ok, found = Target(tmp_path / "out.csv", make_context()).check()
    assert (ok.level, found.level) == ("ok", "warning")
    assert found.message == "out.csv has 2 names on this disk (hard links); only this one will show the messages"
