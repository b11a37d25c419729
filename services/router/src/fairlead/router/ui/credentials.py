"""How the normalizer's credentials stand, asked of it at most every few seconds, however many pages show it."""

import asyncio
from collections.abc import Callable, Mapping

import httpx2
import msgspec
from msgspec import Struct

from fairlead.router.active import ailing

from .unread import Unread

PATIENCE = 2.0
"""Seconds the normalizer may take."""
FRESH = 5.0
"""Seconds for which an answer is good enough."""


class Credential(Struct, frozen=True):
    """One credential, as `GET /api/credentials` tells of it; it holds no secret."""

    provider: str
    type: str
    state: str
    source: str | None = None
    masked: str | None = None
    expires_at: float | None = None
    problem: str | None = None


class _Told(Struct):
    credentials: tuple[Credential, ...]


class Unusable(Struct, frozen=True):
    provider: str
    because: str


class _Ready(Struct):
    """`/ready`, which tells of providers that the normalizer never calls."""

    unusable: tuple[Unusable, ...] = ()


class Standing(Struct, frozen=True):
    """All of them, and why providers cannot be called, by lower-case name: `ill` for what is with a credential,
    `unusable` for what is written, such as a variable that is not set where the normalizer runs."""

    all: tuple[Credential, ...]
    ill: Mapping[str, str]
    unusable: Mapping[str, str] = {}


class Credentials:
    """`headers` open the normalizer at `base_url`; `clock` is monotonic."""

    def __init__(
        self, client: httpx2.AsyncClient, base_url: str, headers: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._headers = dict(headers)
        self._clock = clock
        self._asked: asyncio.Task[Standing | Unread] | None = None
        self._at = 0.0

    def __repr__(self) -> str:
        return f"<Credentials {self._base_url}>"

    async def look(self) -> Standing | Unread:
        """How they stand, or why that is not known."""
        if self._asked is None or self._clock() - self._at >= FRESH:
            self._at = self._clock()
            self._asked = asyncio.create_task(self._look())
        return await asyncio.shield(self._asked)

    async def _look(self) -> Standing | Unread:
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._client.get(f"{self._base_url}/api/credentials", headers=self._headers)
                ready = await self._client.get(f"{self._base_url}/ready")
            response.raise_for_status()
            told = msgspec.json.decode(response.content, type=_Told)
            unusable = msgspec.json.decode(ready.content, type=_Ready).unusable
            because = {one.provider.lower(): one.because for one in unusable}
            return Standing(told.credentials, ailing(response.content), because)
        except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            return Unread(f"The normalizer does not tell how its credentials stand: {why}")
