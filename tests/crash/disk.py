"""What a disk may hold after the power was cut: rebuilt from what a program did with its files.

What was synced is there. What was not may be there or not, each write by itself, and each sector of a write.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

SECTOR = 512

Kind: TypeAlias = Literal[
    "create", "write", "truncate", "rename", "unlink", "sync", "sync folder", "changed", "ack", "post"
]
#: What changes names, and not what is in a file.
NAMES = ("create", "rename", "unlink")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a program did, when it was done. `file`: a number for each file that was ever made.

    `path` is relative to the folder, `other` where a file was renamed to; `size` is what it was cut to, or, of
    "changed", when that was. `text`: what was acknowledged.
    """

    kind: Kind
    file: int = 0
    path: str = ""
    other: str = ""
    offset: int = 0
    data: bytes = b""
    size: int = 0
    text: str = ""


@dataclass(slots=True)
class Disk:
    """Names, and what is in the files. `changed`: when that was, in nanoseconds, where it matters."""

    names: dict[str, int] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    files: dict[int, bytearray] = field(default_factory=dict)

    def copy(self) -> Disk:
        return copy.deepcopy(self)

    def apply(self, event: Event, chance: random.Random | None = None) -> None:
        """Do what was done. `chance`: of a write, each sector arrives or does not."""
        content = self.files.setdefault(event.file, bytearray())
        if event.kind == "changed":
            self.changed[event.file] = event.size
        elif event.kind == "create":
            self.names[event.path] = event.file
        elif event.kind == "unlink":
            self.names.pop(event.path, None)
        elif event.kind == "rename" and event.path in self.names:
            self.names[event.other] = self.names.pop(event.path)
        elif event.kind == "truncate":
            del content[event.size :]
            content.extend(bytes(event.size - len(content)))
        elif event.kind == "write":
            for start in range(0, len(event.data), SECTOR) if chance else (0,):
                if chance is None or chance.random() < 0.5:
                    piece = event.data[start : start + SECTOR] if chance else event.data
                    content.extend(bytes(max(0, event.offset + start - len(content))))
                    content[event.offset + start : event.offset + start + len(piece)] = piece

    def put(self, folder: Path) -> None:
        """Make these files in an empty folder."""
        for path, file in self.names.items():
            (folder / path).write_bytes(self.files[file])
            if file in self.changed:
                os.utime(folder / path, ns=(self.changed[file], self.changed[file]))


@dataclass(slots=True)
class Cache:
    """What is on the disk for certain, and what is only on its way.

    `is_strict`: a file's name is durable when its folder was synced, and not before; and each change of a name is lost
    or kept by itself. Else a sync of a file brings its name along, and names change in order, as in a journal.
    """

    durable: Disk
    is_strict: bool
    pending: list[Event] = field(default_factory=list)

    def take(self, event: Event) -> None:
        if event.kind in ("ack", "post"):
            return
        if event.kind == "changed":  # told right after a sync, which has brought it along
            self.durable.apply(event)
            return
        if event.kind not in ("sync", "sync folder"):
            self.pending.append(event)
            return
        kept: list[Event] = []
        for one in self.pending:
            (self.durable.apply if self._is_synced(one, event) else kept.append)(one)
        self.pending = kept

    def _is_synced(self, one: Event, sync: Event) -> bool:
        if sync.kind == "sync folder":
            return one.kind in NAMES and str(PurePosixPath(one.path).parent) == sync.path
        if one.kind in NAMES:
            return not self.is_strict and one.kind == "create" and one.file == sync.file
        return one.file == sync.file

    def cut(self, chance: random.Random) -> Disk:
        """The power is cut now: one of the disks that may be left."""
        disk = self.durable.copy()
        way = chance.choice(("nothing", "everything", "some", "torn"))
        if way == "nothing":
            return disk
        last = chance.randrange(len(self.pending) + 1)
        for number, event in enumerate(self.pending):
            if way == "everything":
                disk.apply(event)
            elif event.kind in NAMES or event.kind == "truncate":
                if chance.random() < 0.5 if self.is_strict else number < last:
                    disk.apply(event)
            elif way == "torn":
                disk.apply(event, chance)
            elif chance.random() < 0.5:
                disk.apply(event)
        return disk


def cut_everywhere(events: list[Event], first: Disk, chance: random.Random, share: float) -> Iterator[tuple[int, Disk]]:
    """(Number of the last event, a disk) for this share of all moments; more than 1: several disks for each."""
    caches = [Cache(first.copy(), is_strict=strict) for strict in (False, True)]
    for number, event in enumerate(events):
        for cache in caches:
            cache.take(event)
        times = int(share) + (chance.random() < share - int(share))
        for _ in range(times):
            yield number, chance.choice(caches).cut(chance)
