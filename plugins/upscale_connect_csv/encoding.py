"""Bytes to text: which encoding a file has, where it breaks, and the hash of what was read."""

from __future__ import annotations

import codecs
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from upscale_connect import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 18


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
    """The codec for `encoding`. A UTF-8 byte order mark counts more than what is configured."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8) or encoding == "utf-8-sig":
        return "utf-8"
    if encoding != "auto":
        return encoding
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError(
            f"{path.name}: byte 0 on line 1 begins UTF-16 text, not UTF-8",
            hint="set `encoding: utf-16`, or save the file as CSV UTF-8",
        )
    return "utf-8"


def find_undecodable(path: Path, codec: str) -> SourceError | None:
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
                return _undecodable(path, codec, offset - held + error.start, line)
            line += lines.decode(text).count("\n")
            offset += len(block)
            if not block:
                return None


def _undecodable(path: Path, codec: str, offset: int, line: int) -> SourceError:
    with path.open("rb") as file:
        file.seek(offset)
        found = file.read(1)
    shown = f"0x{found[0]:02X} " if found else ""
    return SourceError(
        f"{path.name}:{line}: byte {offset} {shown}is not {codec} text",
        hint="set `encoding:` to what the file has: cp1252 (Excel in Western Europe and America), "
        "cp1250 (Central Europe), utf-16, …; or save it as CSV UTF-8",
    )


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
