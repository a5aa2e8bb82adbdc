"""The signatures that the pages show, as they stand in the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Collection, Iterator
from typing import Any

#: `<!-- signature of Sink -->`, or of some members only: `<!-- signature of SinkConformance: arrange, read_back -->`.
BLOCK = re.compile(r"(<!-- signature of (\w+)(?:: ([\w, ]+))? -->\n)(?:```py\n(?:.*\n)*?```\n)?")
CHECKS = re.compile(r"(<!-- checks of (\w+) -->\n\n)(?:\|.*\n)*")
_HOMES = ("upscale_connect", "upscale_connect.testing", "upscale_connect.hookspecs")
#: What tells how a method is called.
_SHOWN_DECORATORS = frozenset({"property", "classmethod", "abstractmethod"})


def fill_signatures(page: str) -> str:
    """The page with every block of signatures as it should be."""
    return BLOCK.sub(lambda found: f"{found[1]}```py\n{render(found[2], found[3])}\n```\n", page)


def fill_checks(page: str) -> str:
    """The page with every table of checks as it should be."""
    return CHECKS.sub(lambda found: found[1] + _render_checks(found[2]), page)


def _render_checks(suite: str) -> str:
    from upscale_connect.testing.checks import find_checks
    from upscale_connect.testing.plugin_checks import PluginChecks

    of_every = find_checks(PluginChecks)
    checks = of_every if suite == "PluginChecks" else find_checks(_find(suite))
    own = [check for name, check in checks.items() if suite == "PluginChecks" or name not in of_every]
    rows = [f"| {one.number} | {one.level} | {one.title} |\n" for one in own]
    return "".join(["| Check | Level | What holds |\n| --- | --- | --- |\n", *rows])


def render(name: str, members: str | None = None) -> str:
    """A class with its public members, or a function."""
    subject = _find(name)
    if inspect.isfunction(subject):
        (node,) = _parse(subject)
        assert isinstance(node, ast.FunctionDef)
        return _show_function(node)
    wanted = None if members is None else [one.strip() for one in members.split(",")]
    shown = list(_show_members(subject, wanted))
    head = _show_head(subject) if members is None else name
    if not shown:
        return f"class {head}: ..."
    return "\n".join([f"class {head}:", *(textwrap.indent(one, "    ") for one in shown)])


def _find(name: str) -> Any:
    for home in _HOMES:
        if (found := getattr(importlib.import_module(home), name, None)) is not None:
            return found
    raise LookupError(name)


def _parse(subject: Any) -> list[ast.stmt]:
    return ast.parse(textwrap.dedent(inspect.getsource(subject))).body


def _show_head(subject: type[Any]) -> str:
    (node,) = _parse(subject)
    assert isinstance(node, ast.ClassDef)
    bases = ", ".join(map(ast.unparse, node.bases))
    return f"{node.name}({bases})" if bases and bases != "Protocol" else node.name


def _show_members(subject: type[Any], wanted: Collection[str] | None) -> Iterator[str]:
    """Those of the class itself; or, in their order, those that are wanted, wherever they come from."""
    if wanted is None:
        yield from (text for name, text in _members(subject) if not name.startswith("_") or name == "__init__")
        return
    known = {name: text for kind in reversed(subject.__mro__[:-1]) for name, text in _members(kind)}
    yield from (known[name] for name in wanted)


def _members(kind: type[Any]) -> Iterator[tuple[str, str]]:
    if not kind.__module__.startswith("upscale_connect"):
        return
    (node,) = _parse(kind)
    assert isinstance(node, ast.ClassDef)
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            yield one.target.id, _show(one)
        elif isinstance(one, ast.FunctionDef):
            yield one.name, _show_function(one)


def _show_function(node: ast.FunctionDef) -> str:
    decorators = [f"@{name}" for one in node.decorator_list if (name := ast.unparse(one)) in _SHOWN_DECORATORS]
    returns = f" -> {_show(node.returns)}" if node.returns else ""
    return "\n".join([*decorators, f"def {node.name}({_show(node.args)}){returns}"])


def _show(node: ast.AST) -> str:
    """With the quotes that the code has."""
    return ast.unparse(node).replace("'", '"')
