"""What google-auth is used for: finding Google's credentials wherever its own tools keep them, and getting tokens.

It is an extra, and slow to import, so nothing imports this module but a thread that needs it.
Source: https://google.aip.dev/auth/4110, https://google-auth.readthedocs.io
"""

import json
import re
import warnings
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import google.auth
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError, TransportError
from google.auth.transport import Request, Response

from fairlead.shared.config.google import GoogleLogin
from fairlead.shared.config.oauth import SecretSource

from .extras import LostError
from .google import Fetched, Send, UnsentError

_CODE = re.compile(r"\A\(?'?([a-z_]{3,40})\b")
_CODES = frozenset(
    {
        "invalid_grant",
        "invalid_client",
        "invalid_scope",
        "unauthorized_client",
        "access_denied",
        "invalid_request",
        "server_error",
        "temporarily_unavailable",
        "quota_exceeded",
    }
)
"""Codes that are repeated to people; what else stands in an error may be anything, a secret too."""


def fetch(login: GoogleLogin, send: Send) -> Fetched:
    """A new token. Waits for files and for answers. Raises `LostError`."""
    request = _Sender(send)
    try:
        found = _found(login, request)
        if login.quota_project and hasattr(found, "with_quota_project"):
            found = found.with_quota_project(login.quota_project)
        found.refresh(request)
    except DefaultCredentialsError:
        raise LostError(_nothing(login)) from None
    except TransportError as error:
        raise LostError(f"Google cannot be reached: {_unsent(error)}", refused=False) from None
    except RefreshError as error:
        raise _refusal(error) from None
    except (GoogleAuthError, ValueError, TypeError, KeyError) as error:
        raise LostError(f"{_named(login)} cannot be used ({type(error).__name__})") from None
    expiry = getattr(found, "expiry", None)
    return Fetched(
        str(found.token or ""),
        expiry.replace(tzinfo=UTC).timestamp() if expiry else None,
        getattr(found, "quota_project_id", None),
    )


def _found(login: GoogleLogin, request: "_Sender") -> Any:
    with warnings.catch_warnings():
        # That a file should be one's own: it is the configuration's.
        warnings.simplefilter("ignore")
        if login.credentials is None:
            found, _ = google.auth.default(scopes=login.scopes, request=request)
        else:
            told = _told(login.credentials)
            found, _ = google.auth.load_credentials_from_dict(told, scopes=login.scopes, request=request)  # type: ignore[no-untyped-call]
    return found


def _told(source: SecretSource) -> dict[str, Any]:
    try:
        text = source.value.value if source.value else Path(source.file or "").expanduser().read_text("utf-8")
        told = json.loads(text)
    except OSError as error:
        raise LostError(f"{source.name} cannot be read ({(error.strerror or 'no such file').lower()})") from None
    except (ValueError, RecursionError):
        raise LostError(f"{source.name} is no JSON") from None
    if not isinstance(told, dict):
        raise LostError(f"{source.name} holds no object")
    return told


class _Sender(Request):
    """The library's calls, by our transport: through the provider's proxy, without redirects, bounded."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_options: Any,
    ) -> Response:
        content = body.encode() if isinstance(body, str) else body or b""
        try:
            return _Answer(*self._send(method, url, dict(headers or {}), content, timeout))
        except UnsentError as error:
            raise TransportError(error) from None  # type: ignore[no-untyped-call]


class _Answer(Response):
    """An answer as the library reads it."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def data(self) -> bytes:
        return self._data


def _refusal(error: RefreshError) -> LostError:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, TransportError):
        return LostError(f"Google cannot be reached: {_unsent(cause)}", refused=False)
    code = _code(error)
    if error.retryable:
        return LostError(f"Google gives no token now ({code})", refused=False)
    return LostError(f"Google no longer accepts the credentials ({code})")


def _code(error: Exception) -> str:
    found = _CODE.match(str(error))
    return found[1] if found and found[1] in _CODES else "without a code"


def _unsent(error: TransportError) -> str:
    """Our own words for it, or none: the library's may hold what was answered."""
    cause = error.args[0] if error.args else None
    return str(cause) if isinstance(cause, UnsentError) else "it did not answer as expected"


def _named(login: GoogleLogin) -> str:
    return login.credentials.name if login.credentials else "the default login of this machine"


def _nothing(login: GoogleLogin) -> str:
    if login.credentials is not None:
        return f"{login.credentials.name} holds no service account and no login"
    return "no Google credentials in GOOGLE_APPLICATION_CREDENTIALS, of gcloud, or of this machine"
