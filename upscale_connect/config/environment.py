"""`${VAR}` and `${VAR:-default}` in scalars, from the environment and from `.env` files."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

from .document import Node, show_path
from .problems import Place, Problems

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:-)(.*))?", re.DOTALL)


class Variables:
    """Where values come from: the first mapping that has the name wins, even with an empty value.

    `file` is the path that a person may write a missing variable into.
    """

    def __init__(self, *layers: Mapping[str, str], file: str) -> None:
        self._layers = layers
        self.file = file

    def get(self, name: str) -> str | None:
        return next((layer[name] for layer in self._layers if name in layer), None)

    def after(self, layer: Mapping[str, str], file: str) -> Variables:
        """The same with `layer` in front of all others."""
        return Variables(layer, *self._layers, file=file)


def read_env_file(path: Path, place: Place | None, problems: Problems) -> dict[str, str]:
    """The variables of a `.env` file; nothing in it is expanded.

    `place` is where the configuration names the file, None if it need not exist.
    """
    from dotenv import dotenv_values

    if place is None and path.is_dir():
        return {}  # some keep a virtual environment there
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if place is not None:
            problems.add(place, "`env_file` names a file that does not exist", f"expected at {show_path(path)}")
        return {}
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        problems.add(place or Place(show_path(path)), f"the variables' file cannot be read: {reason}")
        return {}
    except UnicodeDecodeError:
        problems.add(Place(show_path(path)), "the file is not UTF-8", "save it as UTF-8 in your editor")
        return {}
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def expand(root: Node, variables: Variables, problems: Problems) -> None:
    """Replace the variables in every scalar below `root`, in place, once: values are not expanded again."""
    for _, node in root.walk():
        if node.text is not None and "${" in node.text:
            _expand_scalar(node, node.text, variables, problems)


def _expand_scalar(node: Node, text: str, variables: Variables, problems: Problems) -> None:
    used: list[str] = []

    def replace(token: re.Match[str]) -> str:
        if token[0] == "$${":
            return "${"
        parts = _NAME.fullmatch(token[1]) if token[1] is not None else None
        if parts is None:
            node.broken = True
            hint = "write ${NAME}, or $${ to keep the two characters"
            problems.add(node.place, "`${` without a variable's name and `}`", hint)
            return ""
        name, has_default, default = parts.groups()
        value = variables.get(name)
        if has_default and not value:
            return str(default)
        if value is None:
            node.broken = True
            hint = f"set it, or write {name}=… into {variables.file}"
            problems.add(node.place, f"the environment variable {name} is not set", hint)
            return ""
        used.append(value)
        return value

    node.value = _TOKEN.sub(replace, text)
    node.variables = tuple(filter(None, used))
