"""Bytes to text: which encoding a file has, where it breaks, and the hash of what was read."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from upscale_connect import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 18
#: Bytes from which the encoding is told.
_HEAD = 1 << 12
#: What spreadsheet programs save as CSV that is not UTF-8, and where.
USUAL = (
    ("cp1252", "Excel in Western Europe and America"),
    ("cp1250", "Central Europe"),
    ("cp1251", "Cyrillic"),
    ("mac_roman", "old Macs"),
)
#: So many bytes on either side of one that cannot be read are shown, up to the edges of its cell.
_AROUND = 40
_EDGES = re.compile(rb'[,;\t|\r\n"]')


class HashedFile(io.RawIOBase):
    """A file that counts and hashes the bytes as they are read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = self._file.readinto(buffer)
        self._hash.update(memoryview(buffer)[:count])
        self.size += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def text(self, codec: str) -> io.TextIOWrapper:
        """The file's text with its line ends as they are. Closing it closes the file."""
        return io.TextIOWrapper(io.BufferedReader(self, _BLOCK), encoding=codec, newline="")


def choose_codec(path: Path, encoding: str) -> str:
    """The codec for `encoding`. A UTF-8 byte order mark counts more than what is configured.

    `auto` takes what is certain: a byte order mark, or the NULs that UTF-16 has beside ASCII; else it is UTF-8.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(codecs.BOM_UTF8) or encoding == "utf-8-sig":
        return "utf-8"
    if encoding != "auto":
        return encoding
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    high, low = head[::2].count(0), head[1::2].count(0)
    if not (high and low) and 2 * (high + low) >= len(head[1::2]) > 0:
        return "utf-16-be" if high else "utf-16-le"
    return "utf-8"


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Where a file is not text in `codec`: `offset` in bytes from 0, `line` from 1."""

    path: Path
    codec: str
    offset: int
    line: int

    def error(self) -> SourceError:
        """Without a word of the file: errors are logged."""
        found = self._read(self.offset, 1)
        shown = f"0x{found[0]:02X} " if found else ""
        return SourceError(
            f"{self.path.name}:{self.line}: byte {self.offset} {shown}is not {self.codec} text",
            hint=f"set `encoding:` to what the file has: {', '.join(f'{codec} ({where})' for codec, where in USUAL)}, "
            "utf-16, …; or save it as CSV UTF-8. `upscale-connect check` shows how the line reads in each",
        )

    def show_readings(self) -> str:
        """What stands there in each of the usual encodings: a person sees which one is right."""
        start = max(0, self.offset - _AROUND)
        before, after = self._read(start, self.offset - start), self._read(self.offset, _AROUND)
        found = _EDGES.split(before)[-1] + _EDGES.split(after)[0]
        return ", ".join(f"{codec} has {found.decode(codec, 'replace')!r}" for codec, _ in USUAL)

    def _read(self, start: int, count: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(count)


def find_undecodable(path: Path, codec: str) -> Undecodable | None:
    """Where the file is not text in `codec`, None if all of it is."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    offset, line = 0, 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += lines.decode(error.object[: error.start].decode(codec, "replace")).count("\n")
                return Undecodable(path, codec, offset - held + error.start, line)
            line += lines.decode(text).count("\n")
            offset += len(block)
            if not block:
                return None


def holds_everything(codec: str) -> bool:
    """Whether a file in this encoding can hold any message; else a character may be missing from it."""
    return codec.startswith("utf")


def find_unencodable(text: str, codec: str) -> str:
    """The first character that a file in this encoding cannot hold, for people; "" if it can hold the text."""
    try:
        text.encode(codec)
    except UnicodeEncodeError as error:
        character = text[error.start]
        shown = f"{character} " if character.isprintable() else ""
        return f"{shown}(U+{ord(character):04X})"
    return ""


def hash_file(path: Path) -> str:
    """SHA-256 of the file as it is now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
