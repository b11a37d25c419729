"""What is said to a token endpoint, and what its answer means: bytes out, bytes in.

RFC 6749, sections 4.4 (client credentials), 5 and 6 (refreshing): https://www.rfc-editor.org/rfc/rfc6749#section-5
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]  # it has no types
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]
from msgspec import Struct

from fairlead.shared.config.oauth import OAuth
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind

from .tokens import Denied, Granted

LARGEST_ANSWER = 256 * 1024
"""Bytes. Tokens with many claims have reached 16 KiB."""
_REFUSALS = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_token"})
_CODES = _REFUSALS | {"invalid_request", "unsupported_grant_type", "invalid_scope", "server_error", "slow_down"}
"""Codes that are repeated to people; what else stands in an error may be anything, a secret too."""


class TokenRequest(Struct, frozen=True):
    """One POST to a token endpoint."""

    url: str
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        return "<TokenRequest>"


def request_for(oauth: OAuth, secret: Secret | None, refresh: Secret | None) -> TokenRequest:
    """Asks for a token with `refresh`, or as the client itself. Bodies are always form-encoded."""
    params: dict[str, Any] = {name: value.value for name, value in oauth.params.items()}
    if oauth.scope:
        params["scope"] = oauth.scope
    if refresh is not None:
        params["refresh_token"] = refresh.value
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    client = ClientAuth(oauth.client_id, secret.value if secret else None, oauth.auth_method)
    kind = "client_credentials" if refresh is None else "refresh_token"
    url, sent, body = client.prepare("POST", oauth.token_url, headers, prepare_token_request(kind, **params))
    return TokenRequest(url, {name.lower(): value for name, value in sent.items()}, body.encode())


def understood(oauth: OAuth, status: int, body: bytes, retry_after: float | None) -> Granted | Denied:
    """An endpoint's answer; `body` may be cut short. Nothing of it is repeated but codes that everybody knows."""
    answer = _read(body)
    if 200 <= status < 300 and answer.access_token:
        refresh = Secret(answer.refresh_token) if answer.refresh_token else None
        return Granted(Secret(answer.access_token), refresh, answer.expires_in)
    return _denied(host_of(oauth), status, answer.error if answer.error in _CODES else None, retry_after)


class Grant(Struct, frozen=True):
    """One way of asking for a token, and of reading the answer."""

    request: Callable[[OAuth, Secret | None, Secret | None], TokenRequest] = request_for
    understood: Callable[[OAuth, int, bytes, float | None], Granted | Denied] = understood


def _denied(host: str, status: int, code: str | None, retry_after: float | None) -> Denied:
    if code in _REFUSALS or status == 401:
        return _refused(f"{host} no longer accepts the login ({code or status})")
    if status == 429:
        message = f"{host} gives no token now, after too many requests"
        return Denied(Failure(Kind.RATE_LIMIT, message, retry_after=retry_after))
    if 400 <= status < 500:
        return _refused(f"{host} refused the request for a token ({code or status}); check client_id and token_url")
    said = f"{status}"
    if 200 <= status < 300:
        said = "something that is no token"
    elif 300 <= status < 400:
        said = f"{status}, a redirect, which is not followed; check token_url"
    # An error that is spelled out says that nothing was given; the rest may be what came instead of a token.
    failure = Failure(Kind.UPSTREAM, f"{host} answered {said}", status=502, retry_after=retry_after)
    return Denied(failure, perhaps_spent=200 <= status < 300 or status >= 500)


def _refused(message: str) -> Denied:
    failure = Failure(Kind.AUTHENTICATION, message, should_retry=False, code="invalid_api_key")
    return Denied(failure, refused=True)


def host_of(oauth: OAuth) -> str:
    """What people know the endpoint by."""
    return f"the token endpoint {urlsplit(oauth.token_url).netloc}"


class _Answer(Struct):
    """RFC 6749, sections 5.1 and 5.2, read leniently: what has the wrong type is as good as absent."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: float | None = None
    error: str | None = None


def _read(body: bytes) -> _Answer:
    try:
        fields = msgspec.json.decode(body[:LARGEST_ANSWER])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Answer()
    if not isinstance(fields, dict):
        return _Answer()
    return _Answer(
        access_token=_line(fields.get("access_token")),
        refresh_token=_line(fields.get("refresh_token")),
        expires_in=_seconds(fields.get("expires_in")),
        error=_line(fields.get("error")),
    )


def _line(value: Any) -> str | None:
    """Text that may go into a header; another would break the request it stands in."""
    return value if isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() else None


def _seconds(value: Any) -> float | None:
    """Some write the number as text."""
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
