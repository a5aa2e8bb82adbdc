"""Who we are to Google: a service account, a person's stored login, or what the computer is set up with."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upscale_connect import Context, CredentialsError, PluginError, SinkError, SourceError

from .options import GoogleSheetsConfig, is_safe
from .transport import Transport

if TYPE_CHECKING:
    from google.auth.exceptions import GoogleAuthError

READ = "https://www.googleapis.com/auth/spreadsheets.readonly"
WRITE = "https://www.googleapis.com/auth/spreadsheets"

#: The reason that a token endpoint gives, such as `invalid_grant`.
_CODE = re.compile(r"[a-z_]{1,40}")
_KEY_LIMIT = 1 << 16


def require_google_auth() -> None:
    """Raises `PluginError` where google-auth is not installed."""
    try:
        found = importlib.util.find_spec("google.auth")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise PluginError(
            "the plugin 'google-sheets' needs the package google-auth, which is not installed",
            hint="pip install 'upscale-connect[google-sheets]'",
        )


class Access:
    """Credentials with the one scope that is needed, and the token that they get.

    `account` is the address to share the spreadsheet with, "" where Google does not tell it.
    """

    def __init__(
        self, config: GoogleSheetsConfig, context: Context, scope: str, fail: type[SourceError] | type[SinkError]
    ) -> None:
        self._fail = fail
        self._transport = Transport(context.http)
        self._is_personal = self._is_refused = False
        if config.key_file is None:
            self._credentials = self._find_default(scope)
        else:
            self._credentials = self._load(context.folder / config.key_file.expanduser(), scope)

    @property
    def account(self) -> str:
        found = getattr(self._credentials, "service_account_email", "")
        return found if isinstance(found, str) and "@" in found else ""

    def authorize(self) -> dict[str, str]:
        """The headers of a call, with a token that is fresh enough.

        Raises `CredentialsError` if Google does not accept the credentials, and what `Transport` raises.
        """
        if self._is_refused or not self._credentials.valid:
            self._renew()
            self._is_refused = False
        headers: dict[str, str] = {}
        self._credentials.apply(headers)
        return headers

    def reject(self) -> None:
        """Google did not accept the token: the next call gets a new one."""
        self._is_refused = True

    def _renew(self) -> None:
        from google.auth.exceptions import GoogleAuthError

        try:
            self._credentials.refresh(self._transport)
        except GoogleAuthError as error:
            raise self._refused(error) from None

    def _find_default(self, scope: str) -> Any:
        import google.auth
        from google.auth.exceptions import GoogleAuthError

        try:
            found, _ = google.auth.default(scopes=[scope])
        except GoogleAuthError:
            raise CredentialsError(
                "there are no Google credentials on this computer, and `key_file:` names no key file",
                hint="set `key_file:` to the key file of a service account, or log in with gcloud",
            ) from None
        return found

    def _load(self, path: Path, scope: str) -> Any:
        info = self._read(path)
        kind = info.get("type")
        if kind == "service_account":
            return self._load_service_account(path, info, scope)
        if kind == "authorized_user":
            return self._load_person(path, info)
        raise self._fail(
            f"{path}: this is neither the key of a service account nor a stored login",
            hint="for other kinds leave out `key_file:` and set GOOGLE_APPLICATION_CREDENTIALS to the file",
        )

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            with path.open("rb") as file:
                info = json.loads(file.read(_KEY_LIMIT))
        except OSError as error:
            raise self._fail(f"{path}: {error.strerror}", hint="correct `key_file:`") from None
        except ValueError:
            info = None
        if not isinstance(info, dict):
            raise self._fail(
                f"{path}: this is no key file of Google, which is JSON",
                hint="download a JSON key of the service account",
            )
        return info

    def _load_service_account(self, path: Path, info: Mapping[str, Any], scope: str) -> Any:
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2 import service_account

        self._check_token_uri(path, info)
        try:
            return service_account.Credentials.from_service_account_info(info, scopes=[scope])
        except (GoogleAuthError, ValueError, TypeError, KeyError):
            raise self._damaged(path) from None

    def _load_person(self, path: Path, info: Mapping[str, Any]) -> Any:
        """A person's login has the scopes that the person agreed to: asking for others would be refused."""
        from google.oauth2.credentials import Credentials

        self._is_personal = True
        try:
            found = Credentials.from_authorized_user_info({**info, "scopes": None})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._damaged(path) from None
        if "token_uri" in info:
            self._check_token_uri(path, info)
            found = found.with_token_uri(info["token_uri"])
        return found

    def _check_token_uri(self, path: Path, info: Mapping[str, Any]) -> None:
        if not is_safe(str(info.get("token_uri", ""))):
            raise self._fail(f"{path}: its `token_uri` is no https address", hint="download the key file again")

    def _damaged(self, path: Path) -> SourceError | SinkError:
        return self._fail(
            f"{path}: the key file is incomplete or damaged", hint="download it again, and do not edit it"
        )

    def _refused(self, error: GoogleAuthError) -> CredentialsError:
        code = _read_code(error)
        who = self.account or "this login"
        if code == "invalid_grant" and self._is_personal:
            return CredentialsError(
                "the stored Google login has expired or was taken back",
                hint="log in again; logins of apps whose consent screen is in 'Testing' end after 7 days",
            )
        if code == "invalid_grant":
            return CredentialsError(
                f"Google does not accept the key of {who}",
                hint="is this computer's clock right? else the key was deleted: make a new one",
            )
        return CredentialsError(
            f"Google gives {who} no access token{f' ({code})' if code else ''}",
            hint="check `key_file:`; the key or login may be deleted or switched off",
        )


def _read_code(error: GoogleAuthError) -> str:
    """The reason in the body that google-auth hands on as a second argument, "" if there is none."""
    body = error.args[1] if len(error.args) > 1 else None
    code = body.get("error") if isinstance(body, Mapping) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
