"""Several proxies used in turn; one that cannot be reached is passed over. Never is anything asked past them."""

import math
from collections.abc import Callable, Sequence

import httpx2

from fairlead.shared.runtime.http import ProxyTimeoutError

REST_SECONDS = 30.0
"""A proxy that failed is not asked for this long, as long as there are others."""

TRIES = 3
"""Proxies asked for one request at most: each may take the whole time that connecting may."""


class InTurn(httpx2.AsyncBaseTransport):
    """`ways`: a transport through each proxy. `clock` in seconds.

    Another is tried only after errors that prove that the provider got nothing. Raises what the last one raised.
    """

    def __init__(self, ways: Sequence[httpx2.AsyncBaseTransport], clock: Callable[[], float]) -> None:
        self._ways = ways
        self._clock = clock
        self._resting = [-math.inf] * len(ways)
        self._next = 0

    def __repr__(self) -> str:
        return f"<InTurn proxies={len(self._ways)}>"

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises `httpx2.TransportError`."""
        order = self._order()
        for number in order:
            try:
                return await self._ways[number].handle_async_request(request)
            except (httpx2.ProxyError, ProxyTimeoutError):
                self._resting[number] = self._clock() + REST_SECONDS
                if number == order[-1]:
                    raise
        raise AssertionError("there is at least one proxy")

    async def aclose(self) -> None:
        """Closes every way."""
        for way in self._ways:
            await way.aclose()

    def _order(self) -> list[int]:
        """Whom to ask, one after the other: from whose turn it is, those that rest at the end."""
        first, count, now = self._next, len(self._ways), self._clock()
        self._next = (first + 1) % count
        in_turn = [(first + step) % count for step in range(count)]
        return sorted(in_turn, key=lambda number: self._resting[number] > now)[:TRIES]
