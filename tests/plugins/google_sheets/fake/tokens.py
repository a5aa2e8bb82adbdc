"""The token endpoint: signed assertions of service accounts, and refresh tokens of people."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

#: What Google's own files say, wherever the token is fetched.
AUDIENCE = "https://oauth2.googleapis.com/token"
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TokenError(Exception):
    """The endpoint's short word for a refusal."""


@dataclass
class ServiceAccount:
    """A service account with a real key; a short one, which is quick to load."""

    email: str = "upscale@project-1.iam.gserviceaccount.com"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 1024), repr=False)

    def key_file(self, token_uri: str) -> dict[str, Any]:
        """What Google lets people download."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": "project-1",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": self.email,
            "client_id": "1",
            "token_uri": token_uri,
        }


@dataclass(frozen=True)
class Token:
    email: str
    scopes: frozenset[str]


class Tokens:
    """Gives tokens to those who may have one. `people`: refresh token → address and scopes of a login."""

    def __init__(self) -> None:
        self.accounts: dict[str, ServiceAccount] = {}
        self.people: dict[str, Token] = {}
        self.given: dict[str, Token] = {}
        self.lifetime = 3600

    def grant(self, form: bytes) -> dict[str, Any]:
        """Raises `TokenError`."""
        fields = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        if fields.get("grant_type") == _JWT:
            token = self._verify(fields.get("assertion", ""))
        elif fields.get("grant_type") == "refresh_token":
            token = self._find_login(fields)
        else:
            raise TokenError("unsupported_grant_type")
        text = f"ya29.fake-{len(self.given)}"
        self.given[text] = token
        return {"access_token": text, "expires_in": self.lifetime, "token_type": "Bearer"}

    def _find_login(self, fields: Mapping[str, str]) -> Token:
        if fields.get("client_secret") != "client-secret" or fields.get("refresh_token") not in self.people:
            raise TokenError("invalid_grant")
        return self.people[fields["refresh_token"]]

    def _verify(self, assertion: str) -> Token:
        """Check signature, audience and time of a signed assertion (RFC 7523)."""
        head, _, signature = assertion.rpartition(".")
        try:
            header, claims = (json.loads(_decode(part)) for part in head.split("."))
            account = self.accounts[claims["iss"]]
            account.key.public_key().verify(_decode(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, KeyError, InvalidSignature):
            raise TokenError("invalid_grant") from None
        now = time.time()
        if header.get("alg") != "RS256" or claims.get("aud") != AUDIENCE:
            raise TokenError("invalid_grant")
        if not now - 300 < claims["iat"] <= now + 60 < claims["exp"] + 60 <= claims["iat"] + 3660:
            raise TokenError("invalid_grant")
        return Token(account.email, frozenset(claims["scope"].split()))


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
