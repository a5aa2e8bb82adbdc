"""Writes the tables of `docs/promises.md` from the rows and from the tests that name them.

python -m tests.promises.page
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.promises.rows import ROWS, SECTIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "promises.md"
BEGIN = "<!-- rows: begin, written by `python -m tests.promises.page` -->"
END = "<!-- rows: end -->"
HEAD = "| | promise | what it leaves open | tests |"


def find_marks() -> Iterator[tuple[str, str, str]]:
    """(Row, file below `tests/`, test) of every test that names a row, by what is written there."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for row in _find_rows(node):
                    yield row, path.relative_to(ROOT / "tests").as_posix(), node.name


def _find_rows(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise":
            (keyword,) = decorator.keywords
            yield str(ast.literal_eval(keyword.value))


def describe() -> str:
    """The tables, section by section."""
    held: dict[str, dict[str, list[str]]] = {}
    for number, file, test in find_marks():
        held.setdefault(number, {}).setdefault(file, []).append(test)
    lines = []
    for letter, title in SECTIONS.items():
        lines += [
            f"## {letter}. {title}",
            "",
            "| | promise | what it leaves open | tests |",
            "| --- | --- | --- | --- |",
        ]
        for number, row in ROWS.items():
            if number.startswith(letter):
                tests = "<br>".join(_describe_file(*item) for item in sorted(held.get(number, {}).items()))
                lines.append(f"| {number} | {row.promise} | {row.gap} | {tests or 'none'} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def _describe_file(file: str, tests: list[str]) -> str:
    names = ", ".join(test.removeprefix("test_") for test in tests)
    return f"`{file}`: {names}"


def write(text: str) -> str:
    """The page with these tables between its marks."""
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert mark
    assert end
    return f"{before}{BEGIN}\n\n{describe()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
