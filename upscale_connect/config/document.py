"""YAML as a tree of text with places: what stands in the file, and on which line.

Only the structure of YAML is used. A scalar stays the text that a person wrote (`0012`, `no`, `2026-01-02`),
an empty value is None, and what surprises people is an error: duplicate keys, anchors and aliases, tags,
several documents. No message holds an excerpt of the file, because a file may hold a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .problems import Place, Problems

#: Measured in bytes; a configuration is far below.
MAX_BYTES = 1 << 20
MAX_DEPTH = 50

#: PyYAML's description of an error begins so → ours. Anything else is named in general words.
_SYNTAX = (
    (
        "mapping values are not allowed",
        "a `:` that YAML does not expect here: quote the value, or check the indent",
    ),
    ("could not find expected ':'", "a key without `:` and a space after it"),
    ("found unexpected end of stream", "a quote that is opened here and never closed"),
    ("expected ',' or '}'", "a `{` that is opened here and never closed, or a missing comma"),
    ("expected ',' or ']'", "a `[` that is opened here and never closed, or a missing comma"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    (
        "expected the node content, but found '<stream end>'",
        "the file ends here, and a `[` or `{` above is still open",
    ),
    ("sequence entries are not allowed", "a `-` behind a key: begin the list on the next line"),
    ("expected chomping", "text behind `|` or `>`: begin it on the next line"),
    ("expected '<document start>'", "this does not belong to what stands above: check indent and brackets"),
    ("found character", "a value that begins with @, ` or % must be quoted"),
    ("found unknown escape character", "an unknown escape after \\: use single quotes"),
)


@dataclass(slots=True)
class Node:
    """A value and where it stands; a value under a key stands where its key does.

    `variables`: the values of environment variables in its text. `broken`: a problem is reported already.
    """

    value: str | list[Node] | dict[str, Node] | None
    place: Place
    variables: tuple[str, ...] = ()
    broken: bool = False

    @property
    def entries(self) -> dict[str, Node]:
        """Key → value; empty if this is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The elements; empty if this is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    def children(self) -> Iterator[tuple[str, Node]]:
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from ((str(index), item) for index, item in enumerate(self.value))

    def walk(self, *path: str) -> Iterator[tuple[tuple[str, ...], Node]]:
        """This node and all below, each with its keys; list items count from 0."""
        yield path, self
        for key, child in self.children():
            yield from child.walk(*path, key)

    def trail(self, path: tuple[str, ...]) -> list[Node]:
        """This node and those on the way to `path`, as far as they are there."""
        nodes = [self]
        for key in path:
            child = dict(nodes[-1].children()).get(key)
            if child is None:
                break
            nodes.append(child)
        return nodes

    def plain(self) -> object:
        """Dictionaries, lists, text and None."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


class _UnreadableError(Exception):
    """This document cannot be read on; the problem is in its arguments."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        super().__init__()
        self.place, self.message, self.hint = place, message, hint


def show_path(path: Path) -> str:
    """A path for messages: relative to the current folder when below it, else as given."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_document(path: Path, problems: Problems) -> Node | None:
    """The mapping at the top of a YAML file; None if it cannot be read, which is then reported."""
    name = show_path(path)
    try:
        return _Composer(_read_text(path, name), name, problems).compose()
    except _UnreadableError as error:
        problems.add(error.place, error.message, error.hint)
        return None


def _read_text(path: Path, name: str) -> str:
    place = Place(name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _UnreadableError(
            place,
            "there is no such file",
            "make one with `upscale-connect init leads.csv`, or name another with -c",
        ) from None
    except IsADirectoryError:
        raise _UnreadableError(place, "this is a folder, not a file") from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise _UnreadableError(place, f"the file cannot be read: {reason.lower()}") from None
    if len(data) > MAX_BYTES:
        raise _UnreadableError(place, "the file is larger than 1 MiB: is it really the configuration?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(name, data.count(b"\n", 0, error.start) + 1)
        raise _UnreadableError(place, "the file is not UTF-8", "save it as UTF-8 in your editor") from None


class _Composer:
    """Builds the tree from PyYAML's events: only they tell anchors, aliases and tags from what they stand for."""

    def __init__(self, text: str, name: str, problems: Problems) -> None:
        self._text, self._name, self._problems = text, name, problems
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=yaml.SafeLoader))

    def compose(self) -> Node:
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except yaml.reader.ReaderError as error:
            line_start = self._text.rfind("\n", 0, error.position) + 1
            line = self._text.count("\n", 0, line_start) + 1
            place = Place(self._name, line, error.position - line_start + 1)
            raise _UnreadableError(place, "a control character that YAML does not allow") from None

    def _document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _UnreadableError(self._place(event), "a second document (`---`): one file holds one")
                root = self._node(next(self._events), 0)
        if root is None or root.value is None or root.value == "":
            raise _UnreadableError(
                Place(self._name),
                "the file is empty",
                "write a configuration with `upscale-connect init leads.csv`",
            )
        if not isinstance(root.value, dict):
            kind = "a list" if isinstance(root.value, list) else "plain text"
            raise _UnreadableError(
                root.place, f"the top of the file is {kind}: it must be keys and values", "begin with `version: 1`"
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise _UnreadableError(place, f"nested deeper than {MAX_DEPTH} levels")
        broken = self._refuse_references(event, place)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(depth), place, broken=broken)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._sequence(depth), place, broken=broken)
        if isinstance(event, yaml.ScalarEvent):
            empty = not event.value and not event.style
            return Node(None if empty else event.value, place, broken=broken)
        return Node(None, place, broken=broken)

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            value.place = key.place
            if not key.text:
                if not key.broken:
                    self._problems.add(key.place, "a key that is not text", "text with `{` or `[` in it must be quoted")
            elif key.text in entries:
                first = entries[key.text].place.line
                self._problems.add(key.place, f"the same key stands here and on line {first}", "keep one of them")
            else:
                entries[key.text] = value
        return entries

    def _refuse_references(self, event: yaml.Event, place: Place) -> bool:
        """Report an anchor, an alias or a tag: they would make the file say what cannot be seen in it."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._problems.add(
                place, "anchors (`&`) and aliases (`*`) are not supported", "write the value out, or quote it"
            )
            return True
        if getattr(event, "tag", None) is not None:
            self._problems.add(place, "tags (`!`) are not supported", "leave the tag out, or quote the value")
            return True
        return False

    def _place(self, event: yaml.Event) -> Place:
        return Place(self._name, event.start_mark.line + 1 if event.start_mark else 0)

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> _UnreadableError:
        mark = error.problem_mark
        if mark is None:
            return _UnreadableError(Place(self._name), "this is not valid YAML")
        lines = self._text.split("\n")
        for number in (mark.line - 1, mark.line):
            line = lines[number] if 0 <= number < len(lines) else ""
            indentation = line[: len(line) - len(line.lstrip())]
            if "\t" in indentation:
                place = Place(self._name, number + 1, indentation.index("\t") + 1)
                return _UnreadableError(place, "a tab in the indentation: YAML wants spaces")
        if self._text[max(mark.index - 1, 0) : mark.index + 1] == "${":
            place = Place(self._name, mark.line + 1, mark.column)
            return _UnreadableError(place, "a variable between `{` and `}` must be quoted", 'write "${NAME}"')
        problem = error.problem or ""
        words = next((words for start, words in _SYNTAX if problem.startswith(start)), "this is not valid YAML")
        if "opened here" in words and error.context_mark is not None:
            return _UnreadableError(
                Place(self._name, error.context_mark.line + 1, error.context_mark.column + 1), words
            )
        return _UnreadableError(Place(self._name, mark.line + 1, mark.column + 1), words)
