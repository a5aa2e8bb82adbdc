"""From the templates to the files of a plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path

from ..errors import UsageError

#: What may follow `plugin:` in a configuration, and make a module's name.
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST = 30

#: File → template, for every plugin; `{module}` is the name of its package.
_ALWAYS = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    ".github/workflows/tests.yml": "tests.yml.txt",
    "{module}/__init__.py": "init.py.txt",
    "{module}/service.py": "service.py.txt",
    "{module}/py.typed": "py.typed.txt",
    "tests/service.py": "tests_service.py.txt",
    "tests/__init__.py": "py.typed.txt",
}
_OF_SOURCE = {"{module}/source.py": "source.py.txt", "tests/test_source.py": "test_source.py.txt"}
_OF_SINK = {"{module}/sink.py": "sink.py.txt", "tests/test_sink.py": "test_sink.py.txt"}


def plan_files(name: str, *, source: bool, sink: bool) -> dict[str, str]:
    """Path → content of each file. Raises UsageError for a name that no plugin can have."""
    if not NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UsageError(
            f"{name!r} cannot be the name of a plugin",
            hint=f"small letters, digits and single hyphens, at most {_LONGEST}, such as `pipe-drive`",
        )
    words = _words(name, source=source, sink=sink)
    chosen = {**_ALWAYS, **(_OF_SOURCE if source else {}), **(_OF_SINK if sink else {})}
    folder = resources.files(__package__).joinpath("templates")
    return {
        path.format(module=words["module"]): _fill(folder.joinpath(template).read_text(encoding="utf-8"), words)
        for path, template in chosen.items()
    }


def write_plugin(target: Path, files: Mapping[str, str]) -> None:
    """Into a folder that is new or empty. Raises UsageError; then nothing was written, or the folder says how far."""
    try:
        if target.exists() and any(target.iterdir()):
            raise UsageError(f"{target} is not empty", hint="name another folder with --dir; nothing was written")
        for path, content in files.items():
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"{target} cannot be written: {reason}", hint="name another folder with --dir") from None


def _words(name: str, *, source: bool, sink: bool) -> dict[str, str]:
    camel = "".join(part.capitalize() for part in name.split("-"))
    version = metadata.version("upscale-connect")
    major, minor = version.split(".")[:2]
    hooks = []
    if source:
        hooks.append(f"@hookimpl\ndef lead_sources() -> list[type[Source[Any]]]:\n    return [{camel}Source]")
    if sink:
        hooks.append(f"@hookimpl\ndef message_sinks() -> list[type[Sink[Any]]]:\n    return [{camel}Sink]")
    kinds = [kind for kind, wanted in (("Sink", sink), ("Source", source)) if wanted]
    imports = [f"from .{kind.lower()} import {camel}{kind}" for kind in kinds]
    says = " and ".join(text for text, wanted in (("leads from", source), ("messages to", sink)) if wanted)
    return {
        "name": name,
        "Camel": camel,
        "module": f"upscale_connect_{name.replace('-', '_')}",
        "distribution": f"upscale-connect-{name}",
        "requires": f"upscale-connect>={major}.{minor},<{major}.{int(minor) + 1}",
        "kinds": ", ".join(kinds),
        "imports": "\n".join(imports),
        "hooks": "\n\n\n".join(hooks),
        "says": f"{says[0].upper()}{says[1:]} {camel}",
        "usage": _show_usage(name, source=source, sink=sink),
    }


def _show_usage(name: str, *, source: bool, sink: bool) -> str:
    options = f'{{plugin: {name}, token: "${{{name.replace("-", "_").upper()}_TOKEN}}"}}'
    lines = [f"source: {options}"] if source else []
    return "\n".join([*lines, *([f"sinks: {{{name}: {options}}}"] if sink else [])])


def _fill(template: str, words: Mapping[str, str]) -> str:
    return re.sub(r"@(\w+)@", lambda found: words[found[1]], template)
