"""Files of any cells, for properties."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

File = tuple[list[list[str]], dict[str, Any]]
CELLS = st.text(st.sampled_from("ab é👋',;|\t\"\n\r=\u2028\x0b\ufeff"), max_size=8)


@st.composite
def files(draw: st.DrawFn) -> File:
    """Rows with a header, and how csv.writer shall write them."""
    width = draw(st.integers(2, 4))
    header = [f"column {number}" for number in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6))
    # Before Python 3.13 the writer leaves a lone CR unquoted unless it is told to quote everything.
    style = {"delimiter": draw(st.sampled_from(",;\t|")), "lineterminator": draw(st.sampled_from(["\n", "\r\n"]))}
    return [header, *rows], {**style, "quoting": csv.QUOTE_ALL}


def write(rows: Iterable[Sequence[str]], style: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **style).writerows(rows)
    return text.getvalue().encode()
