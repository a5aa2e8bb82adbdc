"""Credentials: signed, with the least right, renewed in time, and explained where Google refuses them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.google_sheets.fake.tokens import Token
from upscale_connect import CredentialsError, PluginError, SourceError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, FakeGoogle, ServiceAccount

READ = "https://www.googleapis.com/auth/spreadsheets.readonly"
WRITE = "https://www.googleapis.com/auth/spreadsheets"
LOGIN = {
    "type": "authorized_user",
    "client_id": "client",
    "client_secret": "client-secret",
    "refresh_token": "refresh-token",
}


def test_a_service_account_signs_for_its_token(bench: Bench, book: Book, google: FakeGoogle) -> None:
    """The fake endpoint checks signature, audience and time."""
    assert len(bench.read()) == 2
    assert list(google.tokens.given.values()) == [Token("upscale@project-1.iam.gserviceaccount.com", frozenset({READ}))]


def test_the_right_to_write_is_asked_for_only_to_write(bench: Bench, book: Book, google: FakeGoogle) -> None:
    bench.client(writes=True).write([])
    assert [token.scopes for token in google.tokens.given.values()] == [{WRITE}]


def test_a_token_is_used_as_long_as_it_holds(bench: Bench, book: Book, google: FakeGoogle) -> None:
    source = bench.source()
    list(source.read(None))
    list(source.read(None))
    assert google.count("Token") == 1
    google.tokens.lifetime = 1
    for _ in range(2):
        list(bench.source().read(None))
    assert google.count("Token") > 3


def test_a_token_that_google_refuses_is_replaced(bench: Bench, book: Book, google: FakeGoogle) -> None:
    source = bench.source()
    list(source.check())
    google.tokens.given.clear()
    assert len(list(source.read(None))) == 2


def test_tokens_that_google_refuses_again_and_again_end_the_call(bench: Bench, google: FakeGoogle, book: Book) -> None:
    google.on_request = lambda seen: google.tokens.given.clear() if seen.kind == "Read" else None
    with pytest.raises(CredentialsError, match="does not accept our access token"):
        bench.read()
    assert (google.count("Token"), google.count("Read")) == (3, 3)


def test_a_deleted_key_is_explained(bench: Bench, google: FakeGoogle, book: Book) -> None:
    google.tokens.accounts.clear()
    with pytest.raises(CredentialsError, match="does not accept the key of upscale@project-1") as caught:
        bench.read()
    assert "clock" in caught.value.hint
    assert google.count("Token") == 1


class TestPersonalLogin:
    @pytest.fixture(autouse=True)
    def _login(self, bench: Bench, book: Book, google: FakeGoogle) -> None:
        google.tokens.people["refresh-token"] = Token("ann@example.com", frozenset({WRITE}))
        book.viewers.add("ann@example.com")

    def test_it_is_read_from_its_file(self, bench: Bench, google: FakeGoogle) -> None:
        bench.write_key(LOGIN | {"token_uri": google.token_uri})
        assert len(bench.read()) == 2

    def test_an_end_of_the_login_is_explained(self, bench: Bench, google: FakeGoogle) -> None:
        google.tokens.people.clear()
        bench.write_key(LOGIN | {"token_uri": google.token_uri})
        with pytest.raises(CredentialsError, match="the stored Google login has expired or was taken back") as caught:
            bench.read()
        assert "7 days" in caught.value.hint

    def test_the_login_of_the_computer_is_used_without_a_file(
        self, bench: Bench, google: FakeGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: ServiceAccount
    ) -> None:
        bench.write_key(account.key_file(google.token_uri), "default.json")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "default.json"))
        assert len(bench.read(key_file=None)) == 2

    def test_a_computer_without_a_login_is_explained(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
        monkeypatch.setenv("NO_GCE_CHECK", "true")
        with pytest.raises(CredentialsError, match="there are no Google credentials on this computer"):
            bench.read(key_file=None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file"),
        ("{", "this is no key file of Google"),
        ("[]", "this is no key file of Google"),
        ("{}", "this is neither the key of a service account nor a stored login"),
        (json.dumps({"type": "service_account"}), "its `token_uri` is no https address"),
        (json.dumps({"type": "service_account", "token_uri": "http://example.com/"}), "its `token_uri` is no https"),
        (json.dumps({"type": "service_account", "token_uri": "https://a@example.com/"}), "its `token_uri` is no https"),
        (
            json.dumps({"type": "service_account", "token_uri": "https://example.com/"}),
            "the key file is incomplete or damaged",
        ),
        (json.dumps({"type": "authorized_user"}), "the key file is incomplete or damaged"),
        (json.dumps(LOGIN | {"token_uri": "http://example.com"}), "its `token_uri` is no https address"),
    ],
)
def test_a_wrong_file_is_named(bench: Bench, tmp_path: Path, content: str | None, problem: str) -> None:
    path = tmp_path / "key.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(SourceError, match=f"{path}: {problem}"):
        bench.read()


def test_a_damaged_key_is_named_and_not_shown(bench: Bench, google: FakeGoogle, account: ServiceAccount) -> None:
    info: dict[str, Any] = account.key_file(google.token_uri)
    bench.write_key(info | {"private_key": info["private_key"][:-100]})
    with pytest.raises(SourceError, match="the key file is incomplete or damaged") as caught:
        bench.read()
    assert info["private_key"][60:80] not in str(caught.value) + caught.value.hint


def test_without_google_auth_it_says_what_to_install(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (lambda name: None, _raise_not_found):
        monkeypatch.setattr("importlib.util.find_spec", found)
        with pytest.raises(PluginError, match="needs the package google-auth") as caught:
            bench.source()
        assert caught.value.hint == "pip install 'upscale-connect[google-sheets]'"


def _raise_not_found(name: str) -> object:
    raise ModuleNotFoundError(name)


def test_the_plugin_loads_without_google_auth() -> None:
    code = "import upscale_connect_google_sheets, sys; sys.exit('google.auth' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
