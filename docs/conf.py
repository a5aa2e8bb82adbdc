"""The site: these pages, as they are, with a list of them at the side."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "upscale-connect"
author = "The upscale-connect authors"
release = importlib.metadata.version("upscale-connect")
extensions = ["myst_parser"]
exclude_patterns = ["_build", "examples"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"{project} {release}"

_PAGE = re.compile(r"\]\(([\w/-]+)\.md\)")


def list_pages(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the pages that the index links into the sidebar, in the order of the links."""
    if name == "index":
        pages = "\n".join(dict.fromkeys(_PAGE.findall(source[0])))
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def lead_outside(app: Sphinx, name: str, source: list[str]) -> None:
    """Files beside the pages are no part of the site: a link to one becomes its name."""
    folder = Path(app.srcdir, name).parent

    def replace(found: re.Match[str]) -> str:
        target = (folder / found[2]).resolve()
        return found[0] if target.suffix == ".md" and target.is_relative_to(app.srcdir) else found[1]

    source[0] = re.sub(r"\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)[^)\s]*\)", replace, source[0])


def setup(app: Sphinx) -> None:
    app.connect("source-read", list_pages)
    app.connect("source-read", lead_outside)
