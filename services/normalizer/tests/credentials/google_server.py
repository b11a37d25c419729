"""Google's token endpoint and metadata server, of our own: they check what they are shown, and give what they are told."""

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import google.auth.jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "agent@my-project-1.iam.gserviceaccount.com"
DELETED = "deleted@my-project-1.iam.gserviceaccount.com"
"""An account that is no longer there."""
METADATA_PATH = "/computeMetadata/v1/"
Answer = tuple[int, dict[str, str], bytes]


@cache
def key_pair() -> tuple[str, bytes]:
    """PEM of a private key, and of the public one; a key takes a tenth of a second."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), public


def service_account(token_uri: str, **more: str) -> dict[str, str]:
    """The JSON of a service account."""
    return {
        "type": "service_account",
        "project_id": "my-project-1",
        "private_key_id": "1",
        "private_key": key_pair()[0],
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": token_uri,
        **more,
    }


def gcloud_login(**more: str) -> dict[str, str]:
    """What `gcloud auth application-default login` writes."""
    return {
        "type": "authorized_user",
        "client_id": "c.apps.googleusercontent.com",
        "client_secret": "canary-gcloud-secret",
        "refresh_token": "canary-gcloud-refresh",
        **more,
    }


def written(folder: Path, told: dict[str, str], name: str = "google.json") -> Path:
    """That in a file for its owner alone."""
    file = folder / name
    file.write_text(json.dumps(told))
    file.chmod(0o600)
    return file


class GoogleServer:
    """Answers both; `tokens` are given in turn, the last again and again. `does` answers in its stead."""

    def __init__(self, *tokens: str, life: int = 3600) -> None:
        self.tokens = list(tokens) or ["ya29.granted"]
        self.life = life
        self.asked: list[dict[str, str]] = []
        self.claims: list[dict[str, Any]] = []
        self.does: list[Callable[[], Answer]] = []

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What it says; the project and the login of the machine, or a token."""
        if path.startswith(METADATA_PATH) or path == "/":
            return self._metadata(path, headers)
        form = dict(parse_qsl(body.decode()))
        self.asked.append(form)
        if self.does:
            return self.does.pop(0)()
        if "assertion" in form:
            try:
                self.claims.append(dict(google.auth.jwt.decode(form["assertion"], certs=key_pair()[1])))  # type: ignore[no-untyped-call]
            except ValueError as error:
                return said(400, error="invalid_grant", error_description=f"Invalid JWT: {error}")
            if self.claims[-1]["iss"] == DELETED:
                return said(400, error="invalid_grant", error_description="canary: account not found")
        elif form.get("refresh_token") != "canary-gcloud-refresh":
            return said(400, error="invalid_grant", error_description=f"no such token {form.get('refresh_token')}")
        return self._granted()

    def _granted(self) -> Answer:
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        return said(200, access_token=token, expires_in=self.life, token_type="Bearer")

    def _metadata(self, path: str, headers: dict[str, str]) -> Answer:
        if headers.get("metadata-flavor") != "Google":
            return said(403)
        if path.endswith("/token"):
            return self._granted()
        if path.endswith("/project-id"):
            return 200, {"metadata-flavor": "Google", "content-type": "application/text"}, b"my-project-1"
        return said(200, email=EMAIL, scopes=["https://www.googleapis.com/auth/cloud-platform"], aliases=["default"])


def said(status: int, **fields: object) -> Answer:
    headers = {"content-type": "application/json", "metadata-flavor": "Google"}
    return status, headers, json.dumps(fields).encode()


def in_time(claims: dict[str, Any]) -> bool:
    """Whether an assertion is made for now."""
    return bool(claims["iat"] <= time.time() + 5 and claims["exp"] > time.time())
