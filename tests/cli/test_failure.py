"""Where failures end: what is said, where, and with which exit code."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import pytest

from upscale_connect.cli.invocation import Invocation
from upscale_connect.cli.options import config_option
from upscale_connect.cli.output import emit_json
from upscale_connect.errors import ConfigError, InvariantError, LockHeldError, Problem, SinkError

if TYPE_CHECKING:
    from tests.cli.conftest import Result

KEY = "sk-canary-0123456789/+=é"


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_one_line_and_a_hint_on_stderr(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(failing(SinkError("the file is open elsewhere", hint="close it")))
    result = call("act")
    assert (result.exit_code, result.stdout) == (9, "")
    assert result.stderr == "Error: the file is open elsewhere\nHint: close it\n"


def test_configuration_shows_every_problem_on_a_line(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(failing(ConfigError([Problem("a.yaml:3", "no such key"), Problem("a.yaml:9", "is empty", "fill it")])))
    result = call("act")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["Error: a.yaml:3: no such key", "Error: a.yaml:9: is empty (fill it)"]


def test_json_error_has_the_commands_own_keys(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(failing(LockHeldError("spring")), syncs=[], needs_person=[])
    result = call("act", "--json")
    assert result.exit_code == 4
    assert list(result.data) == ["schema", "syncs", "needs_person", "error", "exit_code"]
    assert result.data["schema"] == 1
    assert result.data["syncs"] == []
    assert result.data["exit_code"] == 4
    assert set(result.data["error"]) == {"type", "message", "hint"}
    assert result.data["error"]["type"] == "LockHeldError"


@pytest.mark.parametrize("args", [["act", "--bogus"], ["act", "extra"], ["--bogus"], ["axt"]])
def test_usage_errors_are_json_too(call: Callable[..., Result], command: Callable[..., None], args: list[str]) -> None:
    command(lambda: None, syncs=[])
    result = call(*args, "--json")
    assert result.exit_code == result.data["exit_code"] == 2
    assert result.data["error"]["type"] == "UsageError"
    assert ("syncs" in result.data) == (args[0] == "act")


def test_no_second_object_after_an_answer(call: Callable[..., Result], command: Callable[..., None]) -> None:
    def answer_then_fail() -> int:
        emit_json({"plugins": []})
        raise KeyboardInterrupt

    command(answer_then_fail)
    result = call("act", "--json")
    assert result.exit_code == 130
    assert result.data == {"schema": 1, "plugins": [], "exit_code": 0}


def test_a_command_returns_its_exit_code(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(lambda: emit_json({"n": 1}, 6))
    assert call("act").exit_code == 6
    command(lambda: None)
    assert call("act").exit_code == 0


OPTIONS = [
    click.option("--port", type=click.IntRange(1, 9), help="x"),
    click.option("--count", type=int),
    click.option("--delay", type=click.FloatRange(min=0)),
    click.option("--mode", type=click.Choice(["a", "b"])),
    click.option("--id", "uuid", type=click.UUID),
    click.option("--flag", is_flag=True),
]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--port", KEY], "--port must be a whole number from 1 to 9"),
        (["--count", KEY], "--count must be a whole number"),
        (["--delay", KEY], "--delay must be a number from 0"),
        (["--mode", KEY], "--mode must be one of a, b"),
        (["--id", KEY], "--id must be a valid uuid"),
        ([KEY], "there are more arguments than the command takes"),
        ([f"--flag={KEY}"], "Option '--flag' does not take a value."),
        ([f"--api-key={KEY}"], "there is no option --api-key"),
        (["--prot", KEY], "there is no option --prot; did you mean --port?"),
        (["--port"], "Option '--port' requires an argument."),
    ],
)
def test_usage_errors_name_the_option_never_its_value(
    call: Callable[..., Result], command: Callable[..., None], args: list[str], message: str
) -> None:
    command(lambda: None, *OPTIONS)
    result = call("act", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {message}\nHint: see `upscale-connect act --help`\n"


def test_missing_arguments_are_named(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(lambda: None, click.argument("lead", metavar="LEAD"), click.option("--sink", required=True))
    assert call("act").stderr.startswith("Error: LEAD is missing\n")
    assert call("act", "li-1").stderr.startswith("Error: --sink is missing\n")


def test_a_group_names_its_commands(call: Callable[..., Result]) -> None:
    for args in (["config"], ["config", KEY]):
        result = call(*args)
        assert result.exit_code == 2
        assert "Error: `upscale-connect config` needs one of: schema, show\n" in result.stderr


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interruption(call: Callable[..., Result], command: Callable[..., None], error: BaseException) -> None:
    command(failing(error))
    result = call("act")
    assert (result.exit_code, result.stderr) == (130, "Error: interrupted\n")


def test_a_bug_shows_its_traceback_without_secrets(call: Callable[..., Result], command: Callable[..., None]) -> None:
    def fail() -> None:
        click.get_current_context().ensure_object(Invocation).redactor.learn([KEY])
        raise RuntimeError(f"header {KEY!r} and \x1b[31m")

    command(fail)
    result = call("act", "--json")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "RuntimeError: header '[secret]' and \\x1b[31m" in result.stderr
    assert result.data["error"]["message"] == "internal error (RuntimeError)"
    assert KEY not in result.stdout + result.stderr


def test_books_that_do_not_add_up_are_a_bug(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(failing(InvariantError("read 3, counted 2")))
    result = call("act")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "Error: read 3, counted 2\n" in result.stderr


def test_messages_are_cleaned_and_on_one_line(call: Callable[..., Result], command: Callable[..., None]) -> None:
    command(failing(SinkError("Api-Key: abc\nfoo\x1b[2J", hint="https://bob:pw1@host/x")))
    result = call("act")
    assert result.stderr == "Error: Api-Key: [secret]\\nfoo\\x1b[2J\nHint: https://bob:[secret]@host/x\n"


def test_logs_of_plugins_and_threads_are_cleaned(call: Callable[..., Result], command: Callable[..., None]) -> None:
    def log() -> None:
        click.get_current_context().ensure_object(Invocation).redactor.learn([KEY])
        logging.getLogger("some.plugin").warning("lead %s\n has %s", "\x07", KEY)
        logging.getLogger("urllib3.connectionpool").debug("GET /?api_key=%s", KEY)
        thread = threading.Thread(target=failing(RuntimeError(KEY)))
        thread.start()
        thread.join()

    hooks = sys.excepthook, threading.excepthook
    command(log)
    result = call("act")
    assert "WARNING: lead \\x07\\n has [secret]\n" in result.stderr
    assert "RuntimeError: [secret]" in result.stderr
    assert KEY not in result.stderr
    assert "GET" not in result.stderr
    assert (sys.excepthook, threading.excepthook) == hooks


def test_configuration_before_or_after_the_command(
    call: Callable[..., Result], command: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def show() -> None:
        click.echo(click.get_current_context().params["config_file"])

    command(show, config_option)
    assert call("act").stdout == "upscale-connect.yaml\n"
    monkeypatch.setenv("UPSCALE_CONNECT_CONFIG", "from-variable.yaml")
    assert call("act").stdout == "from-variable.yaml\n"
    assert call("-c", "before.yaml", "act").stdout == "before.yaml\n"
    assert call("act", "--config", "after.yaml").stdout == "after.yaml\n"
    assert call("-c", "before.yaml", "act", "-c", "after.yaml").stdout == "after.yaml\n"


def test_a_closed_pipe_is_quiet() -> None:
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from upscale_connect.cli import main; sys.stdin.read(); main(['--help'])",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    child.stdin.close()
    with child.stderr:
        assert child.stderr.read() == b""
    assert child.wait(timeout=20) == 141
