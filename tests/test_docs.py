"""The documentation says what the program does: commands, options, errors and links are compared with it."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import click
import pytest

from tests.documentation import DOCS, EXAMPLES, PAGES, ROOT, TEXTS, blocks, calls, prose, rows
from upscale_connect import UpscaleConnectError
from upscale_connect.cli.commands import COMMANDS, COMPLETION, program
from upscale_connect.cli.invocation import Invocation
from upscale_connect.config import Limits
from upscale_connect.contracts import Status
from upscale_connect.engine import SyncReport, SyncResult
from upscale_connect.engine.report import EXIT_ORDER, SinkCounts

importlib.import_module("upscale_connect.upscale")  # some errors are defined there


# Commands


@pytest.mark.parametrize(("page", "arguments"), sorted(set(calls())))
def test_every_documented_call_can_be_parsed(page: str, arguments: str) -> None:
    words = shlex.split(arguments)
    while words[:1] in (["-c"], ["--config"]):
        words = words[2:]
    if not words or words[0] in ("…", "--help", "--version"):
        return
    command: click.Command = program
    with click.Context(program, obj=Invocation()) as parent:
        while isinstance(command, click.Group):
            if command.invoke_without_command and command is not program and not [w for w in words if w[0] != "-"]:
                break
            found = command.get_command(parent, words[0]) if words else None
            assert found is not None, f"{page}: there is no command {arguments!r}"
            command, words = found, words[1:]
        try:
            command.make_context(command.name, words, parent=parent)
        except click.exceptions.Exit:
            assert "--help" in words
        except click.MissingParameter:
            assert not words, f"{page}: {arguments!r}"


def test_every_command_is_documented() -> None:
    table = rows(TEXTS["docs/quickstart.md"], "## All commands")
    assert [name for row in table for name in re.findall(r"`upscale-connect (\w+)", row[0])] == list(COMMANDS)
    assert all(f"`{name}" in TEXTS["CHANGELOG.md"] for name in COMMANDS)


def test_the_readme_shows_what_the_demo_prints(capsys: pytest.CaptureFixture[str]) -> None:
    from upscale_connect.cli import run

    assert run(["demo"]) == 0
    printed = capsys.readouterr().out
    assert blocks(TEXTS["README.md"], "text")[0] in re.sub(r"^ {14}.*\n", "", printed, flags=re.MULTILINE)


def test_limits_are_as_the_pages_say() -> None:
    limits = Limits()
    for page in ("README.md", "docs/configuration.md"):
        text = TEXTS[page]
        for number in (limits.hold_above, limits.messages_per_run, limits.messages_per_day):
            assert str(number) in text
    assert f"`limits.hold_above` ({limits.hold_above})" in TEXTS["docs/quickstart.md"]


def test_every_status_of_a_row_is_explained() -> None:
    section = TEXTS["docs/quickstart.md"].partition("## 4. Read\n")[2]
    explained = re.findall(r"^\| `(\w[\w ]+)` \| .+ \| .+ \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert set(explained) - {"upscale_status"} == {status for status in get_args(Status) if status}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_goes_by_the_variable_that_the_program_reads(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from upscale_connect.cli import run

    line = f"{COMPLETION}={shell}_source upscale-connect"
    assert line in TEXTS["docs/completion.md"]
    monkeypatch.setenv(COMPLETION, f"{shell}_source")
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    assert f"{COMPLETION}={shell}_complete" in capsys.readouterr().out


def test_completion_knows_commands_and_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from upscale_connect.cli import run

    for words, wanted in (("upscale-connect expl", "explain"), ("upscale-connect sandbox --del", "--delay")):
        monkeypatch.setenv(COMPLETION, "bash_complete")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        with pytest.raises(SystemExit):
            run([])
        assert capsys.readouterr().out == f"plain,{wanted}\n"


# Exit codes, the JSON object, errors


def test_exit_codes_stand_in_the_order_in_which_they_win() -> None:
    assert [int(row[0]) for row in rows(TEXTS["docs/cron.md"], "## Exit codes")] == list(EXIT_ORDER)


def test_every_key_of_the_json_object_is_documented() -> None:
    text = TEXTS["docs/cron.md"].partition("## The JSON object")[2]
    result = SyncResult("spring", sinks={"back": SinkCounts()})
    now = datetime(2026, 1, 2, tzinfo=UTC)
    report = SyncReport("1", now, now, [result], error=UpscaleConnectError("nothing could start"))
    missing = {key for key in keys_of(report.as_json()) if f"`{key}`" not in text}
    assert missing == {"back"}


def keys_of(data: Any) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from keys_of(item)
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield key
            yield from keys_of(value)


def tree(kind: type[UpscaleConnectError]) -> dict[str, Any]:
    return {below.__name__: tree(below) for below in kind.__subclasses__() if below.__module__.startswith("upscale_")}


def drawn(text: str) -> dict[str, Any]:
    """A tree as it is drawn with lines, four characters a level."""
    root: dict[str, Any] = {}
    path = [root]
    for line in text.splitlines():
        name = line.lstrip("│├└─ ")
        depth = (len(line) - len(name)) // 4
        path[depth][name] = {}
        path[depth + 1 :] = [path[depth][name]]
    return root


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    assert drawn(blocks(TEXTS["docs/errors.md"], "text")[0]) == {"UpscaleConnectError": tree(UpscaleConnectError)}


def test_every_error_has_its_exit_code_and_what_to_do() -> None:
    text = TEXTS["docs/errors.md"]
    documented = dict(re.findall(r"^\| `(\w+)` \| (\d+) \| .+ \| .+ \|$", text, re.MULTILINE))
    documented |= dict(re.findall(r"`(\w+)` \((\d+)\)", text))
    assert documented == {kind.__name__: str(kind.exit_code) for kind in every_error(UpscaleConnectError)}


def every_error(kind: type[UpscaleConnectError]) -> Iterator[type[UpscaleConnectError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("upscale_"):
            yield from every_error(below)


# Links


def slugs(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(TEXTS[page])):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in slugs(file.read_text(encoding="utf-8")), target


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w/-]+\.md)\)", TEXTS["docs/index.md"]))
    assert linked == {str(page.relative_to(DOCS).as_posix()) for page in DOCS.rglob("*.md")} - {"index.md"}


# What plugin authors are told


def test_no_path_of_this_machine() -> None:
    private = re.compile(rf"/(?:root|work|home|Users|tmp)/|{re.escape(str(ROOT))}")
    files = [*PAGES, *(file for file in EXAMPLES.rglob("*") if file.suffix in (".py", ".toml", ".yaml", ".jsonl"))]
    files += [ROOT / "config.example.yaml"]
    assert [str(file) for file in files if private.search(file.read_text(encoding="utf-8"))] == []


def test_hooks_and_group_are_those_of_the_writing_page() -> None:
    hookspecs = importlib.import_module("upscale_connect.hookspecs")
    page = TEXTS["docs/plugins/writing.md"]
    assert f"[project.entry-points.{hookspecs.GROUP}]" in page
    assert all(f"def {name}()" in page for name in ("lead_sources", "message_sinks"))
