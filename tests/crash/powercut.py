"""What a power cut may leave of a real run: its system calls are replayed, and disks rebuilt that it could end with.

    python -m tests.crash.powercut [--images N]

What was synced is there. Of the rest, names come and go in their order, and each sector of a write is there or not. The
exit code is 1 if a disk lacks what must be on it.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.crash.scenario import Scenario
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger
from upscale_connect.ledger.spooled import locate_spool, parse_receipts, read_spool

CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,sendto"
SECTOR = 512
#: The share of the other moments at which the power is cut, too.
BETWEEN = 0.1
_LINE = re.compile(r"\d+ +(\w+)\((.*)\) += +(-?\d+)")
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPENED = re.compile(r"\d+<((?:\\x[0-9a-f]{2})+)>")
_REQUEST_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is on the disk only after a sync. `file` is an inode, `name` its place in the folder."""

    kind: Literal["create", "rename", "unlink", "write", "truncate"]
    file: int
    name: str = ""
    offset: int = 0
    data: bytes = b""

    @property
    def is_of_names(self) -> bool:
        return self.kind in ("create", "rename", "unlink")


@dataclass(frozen=True, slots=True)
class Sync:
    """`file` None: the folder, with all its names."""

    file: int | None


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes that leave for the API."""

    data: bytes


Event = Change | Sync | Send


@dataclass
class Disk:
    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)

    def copy(self) -> Disk:
        return Disk(dict(self.names), dict(self.contents))

    def apply(self, change: Change) -> None:
        content = self.contents.get(change.file, b"")
        if change.kind in ("rename", "create"):
            self.names = {name: file for name, file in self.names.items() if file != change.file}
            self.names[change.name] = change.file
        elif change.kind == "unlink" and self.names.get(change.name) == change.file:
            del self.names[change.name]
        elif change.kind == "truncate":
            self.contents[change.file] = content[: change.offset].ljust(change.offset, b"\0")
        elif change.kind == "write":
            end = change.offset + len(change.data)
            before = content[: change.offset].ljust(change.offset, b"\0")
            self.contents[change.file] = before + change.data + content[end:]

    def write_to(self, folder: Path) -> None:
        folder.mkdir()
        for name, file in self.names.items():
            (folder / name).write_bytes(self.contents.get(file, b""))


def record(scenario: Scenario) -> list[Event]:
    """The events of one undisturbed run."""
    log = scenario.scratch.with_suffix(".strace")
    trace = ["-f", "-y", "-xx", "-s", "10000000", "-o", str(log), "-e", f"trace={CALLS}"]
    code, _, errors = scenario.run(before=["strace", *trace])
    assert code == 0, errors
    return list(_Reading(scenario.folder).read(log))


class _Reading:
    """From lines of strace to events. Shared memory is left out: SQLite makes it anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._files: dict[str, int] = {}
        self._sizes: Counter[int] = Counter()
        self._begun: dict[str, str] = {}

    def read(self, log: Path) -> Iterator[Event]:
        for line in log.read_text(encoding="ascii", errors="replace").splitlines():
            pid = line.partition(" ")[0]
            if line.endswith("<unfinished ...>"):
                self._begun[pid] = line.removesuffix("<unfinished ...>")
                continue
            whole = self._begun.pop(pid, "") + line.partition(" resumed>")[2] if " resumed>" in line else line
            found = _LINE.match(whole)
            if found and not found[3].startswith("-"):
                yield from self._read_call(found[1], found[2], int(found[3]))

    def _read_call(self, call: str, arguments: str, result: int) -> Iterator[Event]:
        texts = [_decode(text) for text in _HEX.findall(arguments)]
        if call == "sendto":
            yield Send(texts[0])
        elif call == "openat":
            name = self._find_name(texts[0])
            if name and "O_CREAT" in arguments and name not in self._files:
                self._files[name] = len(self._sizes) + 1
                self._sizes[self._files[name]] = 0
                yield Change("create", self._files[name], name)
        elif call.startswith("rename"):
            old, new = map(self._find_name, texts)
            if old and new:
                self._files[new] = self._files.pop(old)
                yield Change("rename", self._files[new], new)
        elif call.startswith("unlink"):
            name = self._find_name(texts[0])
            if name in self._files:
                yield Change("unlink", self._files.pop(name), name)
        elif opened := _OPENED.match(arguments):
            yield from self._read_write(call, _decode(opened[1]), arguments, texts, result)

    def _read_write(
        self, call: str, path: bytes, arguments: str, texts: Sequence[bytes], result: int
    ) -> Iterator[Event]:
        is_sync = call in ("fsync", "fdatasync")
        if is_sync and path.decode() == self._folder:
            yield Sync(None)
        elif (file := self._files.get(self._find_name(path) or "")) is None:
            return
        elif is_sync:
            yield Sync(file)
        elif call == "ftruncate":
            self._sizes[file] = int(arguments.rpartition(",")[2])
            yield Change("truncate", file, offset=self._sizes[file])
        else:
            # `write` is used for files that grow at their end alone.
            offset = int(arguments.rpartition(",")[2]) if call == "pwrite64" else self._sizes[file]
            self._sizes[file] = max(self._sizes[file], offset + result)
            yield Change("write", file, offset=offset, data=texts[0][:result])

    def _find_name(self, path: bytes) -> str | None:
        """The name of a file of the folder."""
        folder, _, name = path.decode(errors="replace").rpartition("/")
        return name if folder == self._folder and not name.endswith("-shm") else None


def _decode(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def replay(events: Sequence[Event]) -> Iterator[tuple[Event, Disk, list[Change]]]:
    """Each event, with what is on the disk for certain before it, and what may be."""
    disk, pending = Disk(), list[Change]()
    for event in events:
        yield event, disk, pending
        if isinstance(event, Change):
            pending.append(event)
        elif isinstance(event, Sync):
            # A file's sync also keeps that it was made; the folder's keeps every name.
            synced = [one for one in pending if _is_kept(one, event.file)]
            for change in synced:
                disk.apply(change)
            pending = [one for one in pending if not _is_kept(one, event.file)]


def _is_kept(change: Change, file: int | None) -> bool:
    if file is None:
        return change.is_of_names
    return change.file == file and (change.kind == "create" or not change.is_of_names)


def cut(disk: Disk, pending: Sequence[Change], chance: random.Random) -> Disk:
    """One of the disks that a power cut at this moment may leave."""
    left = disk.copy()
    names = sum(change.is_of_names for change in pending)
    names_left = chance.choice((0, names, chance.randint(0, names)))
    share = chance.choice((0.0, 0.5, 1.0))
    for change in pending:
        if change.is_of_names:
            names_left -= 1
            if names_left >= 0:
                left.apply(change)
        elif change.kind == "truncate":
            if chance.random() < share:
                left.apply(change)
        else:
            for start in range(0, len(change.data), SECTOR):
                if chance.random() < share:
                    part = change.data[start : start + SECTOR]
                    left.apply(Change("write", change.file, offset=change.offset + start, data=part))
    return left


@dataclass
class Verdict:
    """`disks`: how many were looked at."""

    disks: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What the world has seen of a run: requests that left, request ids that were used, messages shown in a file."""

    posts: int = 0
    request_ids: set[str] = field(default_factory=set)
    messages: int = 0

    def note(self, event: Event, disk: Disk) -> bool:
        """Whether this event shows the world something."""
        if isinstance(event, Send):
            self.posts += event.data.startswith(b"POST ")
            if b"request_message_generation_secure_request_id" in event.data:
                self.request_ids |= {found.decode() for found in _REQUEST_ID.findall(event.data)}
            return True
        if isinstance(event, Change) and event.kind == "rename" and event.name.endswith(".csv"):
            self.messages = max(self.messages, disk.contents.get(event.file, b"").count(b"[sandbox]"))
            return True
        return False


def judge(events: Sequence[Event], folder: Path, *, images: int, seed: int = 1) -> Verdict:
    """Cut the power `images` times before whatever the world sees of a run, and now and then in between."""
    verdict, chance, seen = Verdict(), random.Random(seed), Seen()
    for event, disk, pending in replay(events):
        for _ in range(images if seen.note(event, disk) else int(chance.random() < BETWEEN)):
            verdict.disks += 1
            place = folder / f"disk-{verdict.disks}"
            cut(disk, pending, chance).write_to(place)
            verdict.wrong += find_wrong(place / "ledger.db", seen)
            shutil.rmtree(place)
    return verdict


def find_wrong(ledger: Path, seen: Seen) -> Iterator[str]:
    """What a disk lacks of what the world has seen."""
    if not ledger.exists() and not seen.posts:
        return
    try:
        with Ledger.open(ledger) as opened:
            opened.require_sound()
            with opened.db.reading() as tx:
                attempts = tx.execute("SELECT sent_at, secure_request_id FROM attempt").fetchall()
                (ready,) = tx.execute("SELECT count(*) FROM purchase WHERE state = 'ready'").fetchone()
    except LedgerError as error:
        yield f"the ledger is refused: {error.message}"
        return
    sent = sum(sent_at is not None for sent_at, _ in attempts)
    spooled = {receipt.secure_request_id for receipt in parse_receipts(read_spool(locate_spool(ledger)))}
    if sent < seen.posts:
        yield f"{seen.posts} requests have left, the ledger knows of {sent}"
    if seen.request_ids - {request_id for _, request_id in attempts} - spooled:
        yield "a request id is lost"
    if ready < seen.messages:
        yield f"{seen.messages} messages are shown, the ledger has {ready}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the power of a run at every moment that matters.")
    parser.add_argument("--images", type=int, default=100, help="disks for each moment that matters; default: 100")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        with Scenario(Path(name) / "run") as scenario:
            events = record(scenario)
        verdict = judge(events, Path(name), images=chosen.images)
    sys.stdout.write("".join(f"{one}\n" for one in sorted(set(verdict.wrong))))
    syncs = sum(isinstance(event, Sync) for event in events)
    sys.stdout.write(f"{len(events)} calls, {syncs} syncs; {verdict.disks} disks, {len(verdict.wrong)} wrong\n")
    sys.exit(bool(verdict.wrong))


if __name__ == "__main__":
    main()
