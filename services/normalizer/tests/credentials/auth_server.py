"""An authorization server of our own: refresh tokens that are good once, access tokens that end, and every way to fail."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qsl

import httpx2

NOW = 1_700_000_000.0
HOUR = 3600.0
Answer = tuple[int, bytes]


def jwt(subject: str, exp: float | None) -> str:
    """An unsigned JSON web token, which is all that anybody here can tell."""
    claims = {"sub": subject} if exp is None else {"sub": subject, "exp": exp}
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in ({"alg": "none"}, claims)]
    return b".".join([*parts, b"signature"]).decode()


class AuthServer:
    """`refresh` is the token that is good now; each grant spends it for the next. `does` answers in its stead."""

    def __init__(self, refresh: str = "seed-refresh-token-0", *, life: float | None = HOUR, now: float = NOW) -> None:
        self.refresh = refresh
        self.life = life
        self.now = now
        self.forms: list[dict[str, str]] = []
        self.headers: list[httpx2.Headers] = []
        self.does: list[Callable[[], Answer | Exception]] = []
        self.grants = 0
        self.met = asyncio.Event()

    def answer(self, body: bytes) -> Answer:
        """Raises what it was told to raise."""
        form = dict(parse_qsl(body.decode()))
        self.forms.append(form)
        if self.does:
            done = self.does.pop(0)()
            if isinstance(done, Exception):
                raise done
            return done
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return said(400, error="invalid_grant", error_description=f"spent: {form['refresh_token']}")
        return self.granted()

    def granted(self) -> Answer:
        self.grants += 1
        self.refresh = f"rotated-refresh-token-{self.grants}"
        access = jwt(f"access-{self.grants}", None if self.life is None else self.now + self.life)
        return said(200, access_token=access, refresh_token=self.refresh, token_type="Bearer")

    @property
    def access(self) -> str:
        """The access token that was given last."""
        return jwt(f"access-{self.grants}", None if self.life is None else self.now + self.life)


def said(status: int, **fields: object) -> Answer:
    return status, json.dumps(fields).encode()


class Body(httpx2.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data


class Wire(httpx2.AsyncBaseTransport):
    """A network with the server at its end. Everybody gets a turn before it answers, as on a real one."""

    def __init__(self, server: AuthServer) -> None:
        self._server = server

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self._server.headers.append(request.headers)
        self._server.met.set()
        await asyncio.sleep(0)
        status, answer = self._server.answer(body)
        return httpx2.Response(status, stream=Body(answer))
