"""No row is lost or made up: the rows of any text are counted without the parser."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from upscale_connect import SourceError
from upscale_connect_csv.reader import CsvReader


def count_records(text: str, delimiter: str) -> int:
    """Character by character, as RFC 4180 has it; blank lines are none."""
    count, state, is_blank = 0, "start", True
    for character in text.replace("\r\n", "\n") + "\n":
        if state == "quoted":
            state = "closed" if character == '"' else state
        elif character in "\r\n":
            count += not is_blank
            state, is_blank = "start", True
            continue
        elif character == delimiter:
            state = "start"
        elif character == '"' and state in ("start", "closed"):  # a doubled quote closes and opens again
            state = "quoted"
        else:
            state = "plain"
        is_blank = is_blank and character.isspace() and character != delimiter
    return count


def test_the_count_itself() -> None:
    assert count_records('a,b\n"c\n\n""d",e\r\n \n\rf, 5" g\r', ",") == 3
    assert count_records('"a""\n",b', ",") == 1
    assert count_records('"""\ra"', ",") == 1


@pytest.mark.promise(row="G2")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from('ab,"\n\r \u2028\x0b'), max_size=60))
@example('h,i\n"a\n",b\n5" c,d\n\n,\n')
@example('h\n""\n"""\n"\n')
@example('"""\ra"')
def test_any_text_is_refused_or_each_row_is_there(tmp_path: Path, text: str) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(text.encode())
    try:
        with CsvReader(path, encoding="utf-8", delimiter=",", needed=()) as reader:
            rows = list(reader.rows())
    except SourceError:
        return
    if any("quote" in row.problem for row in rows):  # such a row is counted by its line: it is in quarantine
        return
    assert 1 + len(rows) == count_records(text, ",")
