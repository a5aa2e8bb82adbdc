from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.config.document import MAX_BYTES, Node, read_document
from upscale_connect.config.problems import Problems

Read = Callable[[str | bytes], Node | None]


@pytest.fixture
def found() -> Problems:
    return Problems("x.yaml")


@pytest.fixture
def read(found: Problems) -> Read:
    def read_text(text: str | bytes) -> Node | None:
        Path("x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_document(Path("x.yaml"), found)

    return read_text


def lines(found: Problems) -> list[str]:
    return [str(problem) for problem in found.error().problems]


@pytest.mark.promise(row="J2")
@pytest.mark.parametrize(
    "scalar",
    ["0012", "no", "NO", "yes", "2026-01-02", "1e3", "12:30:00", "0x1F", "1_000", "null", "~", ".inf", "=", "0o7"],
)
def test_a_scalar_stays_the_text_that_was_written(read: Read, scalar: str) -> None:
    root = read(f"key: {scalar}\n")
    assert root is not None
    assert root.plain() == {"key": scalar}


def test_only_nothing_is_none(read: Read) -> None:
    root = read("a:\nb: ''\nc: \"\"\nd: [x, ]\ne: # nothing\n")
    assert root is not None
    assert root.plain() == {"a": None, "b": "", "c": "", "d": ["x"], "e": None}


def test_a_value_stands_where_its_key_does(read: Read) -> None:
    root = read("a:\n  b:\n    - x\n    - y\n")
    assert root is not None
    places = {path: str(node.place) for path, node in root.walk()}
    assert places[("a", "b")] == "x.yaml:2"
    assert places[("a", "b", "1")] == "x.yaml:4"


def test_a_byte_order_mark_and_windows_line_ends_are_welcome(read: Read) -> None:
    root = read(b"\xef\xbb\xbfa: 1\r\nb: \xc3\xa4\r\n")
    assert root is not None
    assert root.plain() == {"a": "1", "b": "ä"}


@pytest.mark.promise(row="J1")
@pytest.mark.promise(row="J2")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "x.yaml: the file is empty (write"),
        ("# nothing\n", "x.yaml: the file is empty"),
        ("- a\n", "x.yaml:1: the top of the file is a list"),
        ("hello\n", "x.yaml:1: the top of the file is plain text"),
        ("a:\n\tb: 1\n", "x.yaml:2:1: a tab in the indentation"),
        ("a: b\n\tc: d\n", "x.yaml:2:1: a tab in the indentation"),
        ("a: 1\nb: c: d\n", "x.yaml:2:5: a `:` that YAML does not expect here"),
        ("a: [1,\n  2\n", "x.yaml:1:4: a `[` that is opened here and never closed"),
        ("a:\n  b: {c: 1\n", "x.yaml:2:6: a `{` that is opened here and never closed"),
        ("a: 'x\n\n", "x.yaml:1:4: a quote that is opened here and never closed"),
        ('a: "C:\\dir"\n', "x.yaml:1:8: an unknown escape"),
        ("a: @x\n", "x.yaml:1:4: a value that begins with @"),
        ("a:\n  b: 1\n c: 2\n", "x.yaml:3:2: the indentation does not fit"),
        ("a: {token: ${X}}\n", "x.yaml:1:12: a variable between `{` and `}` must be quoted"),
        ("a: [${X}]\n", "x.yaml:1:5: a variable between `{` and `}` must be quoted"),
        ("a: 1\nb: [\n", "x.yaml:3:1: the file ends here, and a `[` or `{` above is still open"),
        ("a: - b\n", "x.yaml:1:4: a `-` behind a key: begin the list on the next line"),
        ("a: >x\n", "x.yaml:1:5: text behind `|` or `>`: begin it on the next line"),
        ("{a: 1}}\n", "x.yaml:1:7: this does not belong to what stands above"),
        ("%YAML 2.0\n---\na: 1\n", "x.yaml:1:1: this is not valid YAML"),
        ("a: 1\n---\nb: 1\n", "x.yaml:2: a second document"),
        ("a: 1\nb: \x01\n", "x.yaml:2:4: a control character"),
        ("a: " + "[" * 60 + "]" * 60, "x.yaml:1: nested deeper than 50 levels"),
        ("{" * 5000, "x.yaml:1: nested deeper than 50 levels"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_place(read: Read, found: Problems, text: str, expected: str) -> None:
    assert read(text) is None
    (line,) = lines(found)
    assert line.startswith(expected)


@pytest.mark.promise(row="J2")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: the same key stands here and on line 1"),
        ("a: {b: 1, b: 2}\n", "x.yaml:1: the same key stands here and on line 1"),
        ("a: &x 1\n", "x.yaml:1: anchors (`&`) and aliases (`*`) are not supported"),
        ("a: 1\nb: *x\n", "x.yaml:2: anchors (`&`) and aliases (`*`) are not supported"),
        ("a: {<<: *x}\n", "x.yaml:1: anchors (`&`) and aliases (`*`) are not supported"),
        ("a: !!python/name:os.system x\n", "x.yaml:1: tags (`!`) are not supported"),
        ("a: !secret key\n", "x.yaml:1: tags (`!`) are not supported"),
        ("? [a]\n: b\n", "x.yaml:1: a key that is not text"),
        ("a: {{ KEY }}\n", "x.yaml:1: a key that is not text"),
    ],
)
def test_what_would_surprise_is_reported_and_the_rest_is_read(
    read: Read, found: Problems, text: str, expected: str
) -> None:
    assert read(text) is not None
    (line,) = lines(found)
    assert line.startswith(expected)


@pytest.mark.promise(row="J2")
def test_the_file_must_be_there_be_small_and_be_utf8(read: Read, found: Problems, tmp_path: Path) -> None:
    assert read_document(Path("missing.yaml"), found) is None
    (tmp_path / "folder").mkdir()
    assert read_document(Path("folder"), found) is None
    assert read(b"a: " + b"x" * MAX_BYTES) is None
    assert read(b"a: 1\nb: \xe4\n") is None
    messages = lines(found)
    assert messages[0] == "x.yaml: the file is larger than 1 MiB: is it really the configuration?"
    assert messages[1].startswith("x.yaml:2: the file is not UTF-8")
    assert messages[2].startswith("folder: ")
    assert messages[3].startswith("missing.yaml: there is no such file (make one with `upscale-connect init leads.csv`")


#: PyYAML does not write every control character and line separator so that it reads it back.
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"))
KEYS = st.text(LETTERS, min_size=1, max_size=5)
PLAIN = st.recursive(
    st.none() | st.text(LETTERS, max_size=8),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(LETTERS, min_size=1, max_size=5), below, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, PLAIN, min_size=1, max_size=4))
def test_what_yaml_writes_is_read_back(tree: dict[str, object]) -> None:
    """Text, lists and maps come back as they were; PyYAML writes None as `null`, which is text here."""
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=False)
    Path("x.yaml").write_text(text, encoding="utf-8", newline="")
    found = Problems("x.yaml")
    root = read_document(Path("x.yaml"), found)
    found.raise_any()
    assert root is not None
    assert root.plain() == _without_none(tree)


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return "null" if value is None else value


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    Path("x.yaml").write_bytes(data)
    found = Problems("x.yaml")
    root = read_document(Path("x.yaml"), found)
    assert root is not None or lines(found)


@given(st.text(alphabet="ab:-[]{}'\"#&*!|>%@`\t\n ${}?,", max_size=40))
def test_no_yaml_makes_it_fail_otherwise(text: str) -> None:
    Path("x.yaml").write_text(text, encoding="utf-8", newline="")
    found = Problems("x.yaml")
    root = read_document(Path("x.yaml"), found)
    assert root is not None or lines(found)
