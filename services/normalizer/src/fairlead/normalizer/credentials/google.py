"""Google's access tokens: of a service account, of a login of gcloud, of the machine."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx2
from msgspec import Struct

from fairlead.normalizer.authorization import Unsigned
from fairlead.shared.config.google import GoogleLogin
from fairlead.shared.config.schema import Secret
from fairlead.shared.config.urls import is_ones_own
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.http import failure_from
from fairlead.shared.runtime.logging import get_logger

from .base import Surroundings
from .endpoint import CALL_WITHIN_S, TIMEOUTS, bounded
from .extras import LostError, demand, is_installed
from .files import warn_if_open
from .keeper import Keeper, Kept, Login
from .tokens import Denied, Granted, Token

LIFETIME_S = 3600.0
_KIND = "google"
_METADATA = frozenset({"metadata.google.internal", "metadata"})
"""The machine's own server, whatever its address is said to be."""


_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*\Z")


class UnsentError(Exception):
    """A call to Google that came to nothing; the message says why, and holds nothing secret."""


class Fetched(Struct, frozen=True):
    """A token. `expires_at` in Unix seconds; `quota_project`: whom its login charges, if it says so."""

    access: str
    expires_at: float | None
    quota_project: str | None = None

    def __repr__(self) -> str:
        return "<Fetched>"


Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes, float | None], tuple[int, Mapping[str, str], bytes]]
"""Method, URL, headers, body and seconds to wait: status, headers and body. Waits; raises `UnsentError`."""
Fetch: TypeAlias = Callable[[GoogleLogin, Send], Fetched]
"""Takes its time, and raises `LostError`."""


class GoogleCredential(Struct, frozen=True):
    """A token, and the project that calls with it are charged to."""

    access: Secret
    quota_project: str | None = None

    def authorize(self, request: Unsigned) -> Mapping[str, str]:
        """The same headers for every request."""
        charged = {"x-goog-user-project": self.quota_project} if self.quota_project else {}
        return {"authorization": f"Bearer {self.access.value}", **charged}


class Google(Kept):
    """The tokens of one provider's login."""

    def __init__(self, provider: str, login: GoogleLogin, world: Surroundings, fetch: Fetch) -> None:
        self._login = login
        self._world = world
        self._fetch = fetch
        self._path = _path(login)
        self._log = get_logger("normalizer").bind(provider=provider)
        self._quota_project = login.quota_project
        source = login.credentials.name if login.credentials else "application default credentials"
        made = Login(
            type=_KIND,
            name=provider,
            source=source,
            how=_how(login),
            ask=self._ask,
            lifetime_s=LIFETIME_S,
            seed=lambda: None,
            renews=False,
            file=self._path,
        )
        vault = world.vaults.in_memory(f"google-{provider}-{_digest(login)}")
        super().__init__(Keeper(made, vault, world), self._credential)

    async def open(self) -> None:
        if self._path is not None:
            warn_if_open(self._path, self._log)
        await super().open()

    def _credential(self, token: Token) -> GoogleCredential:
        return GoogleCredential(token.access, self._quota_project)

    async def _ask(self, _refresh: Secret | None) -> Granted | Denied:
        """In a thread, since the library waits; its calls come back to this loop."""
        loop = asyncio.get_running_loop()

        def send(
            method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float | None
        ) -> tuple[int, Mapping[str, str], bytes]:
            called = self._call(method, url, headers, body, min(timeout or CALL_WITHIN_S, CALL_WITHIN_S))
            return asyncio.run_coroutine_threadsafe(called, loop).result()

        try:
            fetched = await asyncio.to_thread(self._fetch, self._login, send)
        except LostError as error:
            kind, status = (Kind.AUTHENTICATION, None) if error.refused else (Kind.UPSTREAM, 502)
            code = "invalid_api_key" if error.refused else None
            failure = Failure(kind, str(error), status=status, should_retry=False if error.refused else None, code=code)
            return Denied(failure, refused=error.refused)
        if not fetched.access.isascii() or not fetched.access.isprintable() or not fetched.access:
            return Denied(Failure(Kind.UPSTREAM, "Google answered something that is no token", status=502))
        self._quota_project = self._login.quota_project or fetched.quota_project
        left = fetched.expires_at - self._world.now() if fetched.expires_at else None
        return Granted(Secret(fetched.access), None, left)

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, within: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        host = urlsplit(url).hostname or ""
        near = is_ones_own(url) or host in _METADATA
        sent = {"user-agent": self._world.user_agent, **{name.lower(): value for name, value in headers.items()}}
        request = httpx2.Request(
            method,
            url,
            headers={**sent, "accept-encoding": "identity"},
            content=body,
            extensions={"timeout": {**TIMEOUTS, "connect": min(within, TIMEOUTS["connect"])}},
        )
        transport = self._world.near if near else self._world.transport
        try:
            async with asyncio.timeout(within):
                response = await transport.handle_async_request(request)
                try:
                    answered = await bounded(response.stream)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise UnsentError(f"{host} did not answer within {within:.0f} seconds") from None
        except httpx2.HTTPError as error:
            raise UnsentError(failure_from(error, target=host).message) from None
        return response.status_code, response.headers, answered


def google_of(
    provider: str,
    login: GoogleLogin,
    world: Surroundings,
    fetch: Fetch,
    installed: Callable[[str], bool] = is_installed,
) -> Google:
    """The tokens of one provider. Raises `UnavailableError` where google-auth is not installed."""
    demand("google.auth", "google", installed)
    return Google(provider, login, world, fetch)


def project_of(login: GoogleLogin) -> str | None:
    """The configured project, else that of the service account. Reads its file."""
    if login.project is not None or login.credentials is None:
        return login.project
    path, value = _path(login), login.credentials.value
    try:
        told = json.loads(path.read_bytes() if path else value.value if value else "")
    except (OSError, ValueError, RecursionError):
        return None
    named = (told.get("project_id") or told.get("quota_project_id")) if isinstance(told, dict) else None
    return named if isinstance(named, str) and _PROJECT.match(named) else None


def _path(login: GoogleLogin) -> Path | None:
    file = login.credentials.file if login.credentials else None
    return Path(file).expanduser() if file else None


def _how(login: GoogleLogin) -> str:
    if login.credentials is None:
        return (
            "Run `gcloud auth application-default login` where fairlead runs, or name the file of a service account as "
            "credentials_file of the provider's auth"
        )
    return (
        f"Put the JSON of a service account whose key has not been deleted into {login.credentials.name}, see that "
        "this machine's clock is right, or run `gcloud auth application-default login` anew"
    )


def _digest(login: GoogleLogin) -> str:
    source = login.credentials
    secret = source.value.value if source and source.value else source and source.file
    return sha256(repr((secret, login.scopes, login.quota_project)).encode()).hexdigest()[:12]
