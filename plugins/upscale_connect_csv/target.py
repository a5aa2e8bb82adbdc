"""The file that is written: replaced whole or not at all, and never over what a person wrote."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from filelock import FileLock, Timeout

from upscale_connect import Context, Finding, SinkError

#: How often, and how many seconds apart, a file that another program has open is tried again.
_ATTEMPTS, _PAUSE = 10, 0.2
#: Seconds that a second writer waits for the first one.
LOCK_SECONDS = 10.0
#: Seconds after which nobody works on a draft any more.
_ABANDONED = 3600
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _tell_nobody(_stamp: str) -> None:
    """For a target whose stamp is of use within one run only."""


class TargetChangedError(Exception):
    """Somebody wrote to the file after it was read: what was made of it is out of date."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The new content before it is in place."""

    path: Path
    file: io.TextIOWrapper

    def finish(self) -> None:
        """Everything is on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


class Target:
    """`path` with its symbolic links resolved. `like` lends a new file its mode; else its folder does."""

    def __init__(
        self,
        path: Path,
        context: Context,
        like: Path | None = None,
        replace: Callable[[Path, Path], None] = os.replace,
    ) -> None:
        self.path = Path(os.path.realpath(path))
        self._context = context
        self._like = like
        self._replace = replace
        self.prefix = f".{self.path.name[:80]}."

    def stamp(self) -> str | None:
        """Size and time of change, None if there is no file."""
        try:
            return _stamp(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure(error) from None

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs from writing it. The lock is a file beside it: its own is another one after each writing.

        Raises `SinkError` if another run holds it for longer than ten seconds.
        """
        if not self.path.parent.is_dir():  # which the lock would make
            raise self._failure(FileNotFoundError())
        try:
            mode = self._mode() & 0o666 | 0o600  # who may write the file may wait for it, and nobody else
            lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=LOCK_SECONDS, mode=mode)
            lock.acquire()
        except Timeout:
            raise SinkError(
                f"{self.path}: another run is writing this file",
                hint="run again when it has ended; the messages are kept",
            ) from None
        except OSError as error:
            raise self._failure(error) from None
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def draft(self, codec: str) -> Iterator[Draft]:
        """A temporary file beside the target, gone when the block ends unless it was put in place."""
        try:
            self._sweep()
            handle, name = tempfile.mkstemp(prefix=self.prefix, suffix=".tmp", dir=self.path.parent)
        except OSError as error:
            raise self._failure(error) from None
        try:
            with os.fdopen(handle, "w", encoding=codec, newline="") as file:
                yield Draft(Path(name), file)
        except OSError as error:
            raise self._failure(error) from None
        finally:
            Path(name).unlink(missing_ok=True)

    def put(self, draft: Draft, stamps: Collection[str], announce: Callable[[str], None] = _tell_nobody) -> None:
        """Put the finished draft in the target's place, and announce its stamp before.

        A target with the draft's content is left untouched. One with another stamp than `stamps` is first copied
        beside itself.
        """
        draft.finish()
        if self._holds(draft):
            announce(_stamp(self.path))
            return
        announce(_stamp(draft.path))
        known = {None, *stamps}
        while (found := self.stamp()) not in known:
            self._set_aside()
            known.add(found)
        self._take_over_mode(draft.path)
        self._replace_patiently(draft.path)
        self._sync_folder()

    def exchange(self, draft: Draft, stamp: str | None, announce: Callable[[str], None] = _tell_nobody) -> None:
        """Put the finished draft in the target's place, if that still has the stamp that it was read with.

        Raises `TargetChangedError` if it has not: then it is as it was.
        """
        if self.stamp() != stamp:
            raise TargetChangedError
        self.put(draft, [] if stamp is None else [stamp], announce)

    def back_up(self) -> None:
        """Copy the target once to `<name>.bak`; a copy that is there stays."""
        try:
            self._copy(self.path.with_name(f"{self.path.name}.bak"))
        except FileExistsError:
            return
        except OSError as error:
            raise self._failure(error) from None

    def refuse_open(self) -> None:
        """Raise `SinkError` if a program has the target open: what is saved there later would replace ours."""
        if program := self.opened_by():
            raise SinkError(
                f"{self.path}: it is open in {program}",
                hint="close it there and run again; the file is as it was, and the messages are kept",
            )

    def check(self) -> Iterator[Finding]:
        """What would keep the target from being written, as far as that can be known without writing."""
        folder, name = self.path.parent, self.path.name
        if not folder.is_dir():
            yield Finding("error", f"{folder}: there is no such folder", "make it, or set another path")
        elif self.path.exists() and not self.path.is_file():
            yield Finding("error", f"{self.path}: this is no file", "set another path")
        elif not os.access(folder, os.W_OK):
            yield Finding("error", f"{folder}: writing is not allowed", "give yourself the right to write there")
        elif program := self.opened_by():
            yield Finding("warning", f"{name} is open in {program}", "close it before the messages are written")
        elif self.path.exists() and not self._opens_for_writing():
            yield Finding("warning", f"{name} is read-only or open in another program", "make it writable, or close it")
        else:
            yield Finding("ok", f"{name} can be written")
        yield from self._check_links()

    def _check_links(self) -> Iterator[Finding]:
        count = self.path.stat().st_nlink if self.path.is_file() else 1
        if count > 1:
            yield Finding(
                "warning",
                f"{self.path.name} has {count} names on this disk (hard links); only this one will show the messages",
                "make the others symbolic links to it",
            )

    def _holds(self, draft: Draft) -> bool:
        return self.path.is_file() and filecmp.cmp(self.path, draft.path, shallow=False)

    def _set_aside(self) -> None:
        """Copy what a person made of the target, never over an existing file."""
        now = self._context.clock.now().astimezone(UTC)
        stem = f"{self.path.stem}.edited-{now:%Y%m%dT%H%M%SZ}"
        number = 1
        while True:
            aside = self.path.with_name(f"{stem}{f'-{number}' if number > 1 else ''}{self.path.suffix}")
            try:
                self._copy(aside)
                break
            except FileExistsError:
                number += 1
        self._context.log.warning(
            "%s was changed by somebody else since it was last written; that version is kept as %s",
            self.path.name,
            aside.name,
        )

    def _copy(self, aside: Path) -> None:
        """Raises FileExistsError if there is a file of this name."""
        copy = aside.open("xb")
        try:
            with copy, self.path.open("rb") as file:
                shutil.copyfileobj(file, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            shutil.copystat(self.path, aside)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    def _take_over_mode(self, draft: Path) -> None:
        """The mode and owner of the file that is replaced; a new one is as private as what it came from."""
        draft.chmod(self._mode())
        if hasattr(os, "chown") and self.path.exists():
            found = self.path.stat()
            with contextlib.suppress(PermissionError):
                os.chown(draft, found.st_uid, found.st_gid)

    def _mode(self) -> int:
        """Of the file, or of the one that will be made."""
        model = next((path for path in (self.path, self._like) if path and path.exists()), None)
        return model.stat().st_mode & 0o777 if model else self.path.parent.stat().st_mode & 0o644

    def _replace_patiently(self, draft: Path) -> None:
        """Windows refuses as long as any program has the target open."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._replace(draft, self.path)
                return
            except PermissionError:
                if attempt == _ATTEMPTS or self._context.stop.wait(_PAUSE):
                    break
        program = self.opened_by() or "another program, such as Excel,"
        raise SinkError(
            f"{self.path}: {program} has the file open, it could not be replaced",
            hint="close it there and run again; the old file is as it was, and the messages are kept",
        )

    def opened_by(self) -> str | None:
        """The program whose lock file lies beside the target."""
        folder, name = self.path.parent, self.path.name
        if (folder / f".~lock.{name}#").exists():
            return "LibreOffice"
        return "Excel" if (folder / f"~${name}").exists() else None

    def _opens_for_writing(self) -> bool:
        try:
            with self.path.open("r+b"):
                return True
        except OSError:
            return False

    def _sweep(self) -> None:
        """Remove what a run that was killed left behind; a living one changes its draft all the time."""
        for path in self.path.parent.iterdir():
            if path.name.startswith(self.prefix) and path.suffix == ".tmp":
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < self._context.clock.now().timestamp() - _ABANDONED:
                        path.unlink()

    def _sync_folder(self) -> None:
        """Make the new name durable where folders can be synced: not on Windows."""
        with contextlib.suppress(OSError):
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _failure(self, error: OSError) -> SinkError:
        if error.errno in _FULL:
            return SinkError(
                f"{self.path}: the disk is full",
                hint="make room and run again; the old file is as it was, and the messages are kept",
            )
        if isinstance(error, FileNotFoundError):
            return SinkError(f"{self.path.parent}: there is no such folder", hint="make it, or set another path")
        return SinkError(
            f"{self.path}: it cannot be written: {error.strerror}",
            hint="the old file is as it was, and the messages are kept",
        )


def _stamp(path: Path) -> str:
    """A new name changes neither size nor time, so that a draft has the stamp that the target will have."""
    found = path.stat()
    return f"{found.st_size}-{found.st_mtime_ns}"
