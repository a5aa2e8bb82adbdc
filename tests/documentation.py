"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?<![\w-])upscale-connect(?:\.exe)?(?![\w.-])((?: [^\n`|>;&\"#)]+)?)")


def blocks(text: str, *languages: str) -> list[str]:
    return [content for language, content in _FENCE.findall(text) if language in languages]


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def calls() -> Iterator[tuple[str, str]]:
    """Page and arguments of each call of the program, in blocks and in the running text."""
    for page, text in TEXTS.items():
        code = [content for language, content in _FENCE.findall(text) if language not in ("python", "yaml", "toml")]
        code += re.findall(r"`([^`\n]+)`", prose(text))
        for content in code:
            for arguments in _CALL.findall(content):
                yield page, arguments.strip()


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = re.split(r"^##+ ", text.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
