"""What a run did with its files, in the order in which it was done: from the log of strace."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.disk import Disk, Event
from tests.crash.scenario import Scenario

CALLS = (
    *("open", "openat", "creat", "close", "dup", "dup2", "dup3", "fcntl", "lseek"),
    *("write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate"),
    *("fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "sendto"),
)
SUBMIT = b"POST /api/v2/request_message_generation"
SCRIPT = Path(__file__).with_name("recorded_run.py")
_ROOT = Path(__file__).parents[2]
#: Files that hold nothing: an index in shared memory, which SQLite makes anew, and locks.
_IGNORED = (b"-shm", b".lock")

_WHOLE = re.compile(rb"(\d+) +(\w+)\((.*)\) += (-?\d+)")
_BEGUN = re.compile(rb"(\d+) +\w+\((.*) <unfinished \.\.\.>$")
_ENDED = re.compile(rb"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)")
_TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')


def record(scenario: Scenario, synchronous: str = "FULL") -> list[Event]:
    """Run the program once under strace, to its end; everything that it did to files in the scenario's folder."""
    log, acks = scenario.scratch.with_suffix(".strace"), scenario.scratch.with_suffix(".acks")
    trace = ["-f", "-xx", "-s", "1000000", "-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in CALLS)]
    environment = f"PYTHONPATH={os.pathsep.join([str(_ROOT), os.environ.get('PYTHONPATH', '')])}"
    arguments = [str(SCRIPT), str(acks), synchronous, "sync", "--wait"]
    code, out, errors = scenario.run(arguments, before=["env", environment, "strace", *trace])
    assert code == 0, out + errors
    return list(_Reader(scenario.folder, acks, find_first(scenario)).read(log))


def find_first(scenario: Scenario) -> Disk:
    """What lay in the folder before anything was run."""
    disk = Disk()
    for number, name in enumerate(("leads.csv", "upscale-connect.yaml"), 1):
        disk.names[name] = number
        disk.files[number] = bytearray((scenario.folder / name).read_bytes())
    return disk


@dataclass(slots=True)
class _Open:
    """A descriptor: of a file, of the folder itself, or of the file of acknowledgements."""

    file: int = 0
    path: str = ""
    position: int = 0
    appends: bool = False
    is_folder: bool = False
    is_acks: bool = False


@dataclass(slots=True)
class _Reader:
    """Follows descriptors and sizes, as the kernel does. `now`: all files as they are, if the power stays on."""

    folder: Path
    acks: Path
    now: Disk
    _open: dict[int, _Open] = field(default_factory=dict)
    _number: int = 100

    def read(self, log: Path) -> Iterator[Event]:
        begun: dict[bytes, bytes] = {}
        for line in log.read_bytes().splitlines():
            if found := _BEGUN.match(line):
                begun[found[1]] = found[2]
            elif found := _ENDED.match(line):
                yield from self._take(found[2].decode(), begun.pop(found[1], b"") + found[3], int(found[4]))
            elif found := _WHOLE.match(line):
                yield from self._take(found[2].decode(), found[3], int(found[4]))

    def _take(self, call: str, arguments: bytes, result: int) -> Iterator[Event]:
        if result < 0:
            return
        for event in self._find(call, arguments, result):
            self.now.apply(event)
            yield event

    def _find(self, call: str, arguments: bytes, result: int) -> Iterator[Event]:
        if call in ("open", "openat", "creat"):
            yield from self._open_file(arguments, result)
        elif call.startswith(("rename", "unlink")):
            yield from self._change_name(call, arguments)
        elif call == "sendto":
            if any(text.startswith(SUBMIT) for text in _texts(arguments)):
                yield Event("post")
        elif call in ("truncate", "writev", "pwritev"):
            assert str(self.folder).encode() not in b"".join(_texts(arguments)), f"{call} is not followed"
        else:
            yield from self._use(call, arguments, result)

    def _open_file(self, arguments: bytes, result: int) -> Iterator[Event]:
        path = Path(os.fsdecode(next(_texts(arguments))))
        path = path if path.is_absolute() else self.folder / path
        self._open.pop(result, None)
        if path == self.acks:
            self._open[result] = _Open(is_acks=True)
        elif path == self.folder:
            self._open[result] = _Open(is_folder=True)
        elif path.parent == self.folder and not path.name.encode().endswith(_IGNORED):
            if path.name not in self.now.names:
                self._number += 1
                yield Event("create", self._number, path.name)
            file = self.now.names.get(path.name, self._number)
            self._open[result] = _Open(file, path.name, appends=b"O_APPEND" in arguments)
            if b"O_TRUNC" in arguments and self.now.files.get(file):
                yield Event("truncate", file, size=0)

    def _change_name(self, call: str, arguments: bytes) -> Iterator[Event]:
        paths = [self.folder / os.fsdecode(text) for text in _texts(arguments)]
        if paths[0].parent == self.folder and not paths[0].name.encode().endswith(_IGNORED):
            file = self.now.names[paths[0].name]
            if call.startswith("unlink"):
                yield Event("unlink", file, paths[0].name)
            else:
                yield Event("rename", file, paths[0].name, paths[1].name)

    def _use(self, call: str, arguments: bytes, result: int) -> Iterator[Event]:
        descriptor = int(arguments.partition(b",")[0])
        found = self._open.get(descriptor)
        if call == "close":
            self._open.pop(descriptor, None)
        elif found is None:
            if call in ("dup", "dup2", "dup3") or (call == "fcntl" and b"F_DUPFD" in arguments):
                self._open.pop(result, None)
        elif call.startswith("dup") or (call == "fcntl" and b"F_DUPFD" in arguments):
            self._open[result] = found
        elif call == "lseek":
            found.position = result
        elif call in ("fsync", "fdatasync"):
            yield Event("sync folder", path=".") if found.is_folder else Event("sync", found.file)
        elif call == "ftruncate":
            yield Event("truncate", found.file, size=int(arguments.rpartition(b",")[2]))
        elif call in ("write", "pwrite64"):
            yield self._write(call, arguments, result, found)

    def _write(self, call: str, arguments: bytes, result: int, found: _Open) -> Event:
        data = next(_texts(arguments))[:result]
        if found.is_acks:
            return self._tell(data.decode().strip())
        if call == "pwrite64":
            return Event("write", found.file, found.path, offset=int(arguments.rpartition(b",")[2]), data=data)
        if found.appends:
            found.position = len(self.now.files.get(found.file, b""))
        found.position += len(data)
        return Event("write", found.file, found.path, offset=found.position - len(data), data=data)

    def _tell(self, line: str) -> Event:
        if not line.startswith("changed "):
            return Event("ack", text=line)
        _, when, path = line.split(" ", 2)
        return Event("changed", self.now.names.get(Path(path).name, 0), size=int(when))


def _texts(arguments: bytes) -> Iterator[bytes]:
    """The texts among the arguments of a call."""
    for text in _TEXT.findall(arguments):
        yield bytes.fromhex(text.decode().replace("\\x", ""))
