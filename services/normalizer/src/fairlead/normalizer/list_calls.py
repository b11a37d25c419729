"""Asks one provider for a page of its models, by its own credential: for the list, or to see whether it is well."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import httpx2
from msgspec import Struct

from fairlead.shared.config.schema import Provider
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.http import Timeouts

from .authorization import Unsigned
from .credentials import Lease
from .providers.listing import Listing
from .upstreams import Upstream

BODY = 8 * 1024 * 1024
"""Bytes of one page; OpenRouter's list has less than one million."""

_REFUSED = Failure(Kind.AUTHENTICATION, "the provider refuses the credential")


class ListError(Exception):
    """Why a list could not be had, without a word of the provider's, which may hold secrets."""


class Source(Struct, frozen=True):
    """One provider whose models can be listed, below the URL that its operations stand below too."""

    upstream: Upstream
    base_url: str
    listing: Listing


class Answered(Struct, frozen=True):
    """What a provider said, whatever it was."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def source_of(provider: Provider, usable: Mapping[str, Upstream]) -> Source | None:
    """How a provider is asked; None where it cannot be, or has no list."""
    upstream = usable.get(provider.name)
    if upstream is None or upstream.vendor.listing is None:
        return None
    return Source(upstream, upstream.vendor.base(provider.api_base_url), upstream.vendor.listing)


async def page(source: Source, query: Mapping[str, str], lease: Lease, timeouts: Timeouts, now: float) -> Answered:
    """One page. A credential that is refused is exchanged once, if it can be. `now` in Unix seconds.

    Raises `ListError` for a page that is too large, `FailureError` and httpx2's errors.
    """
    address = source.listing.address(source.base_url)
    url = f"{address}?{urlencode(query)}" if query else address
    answered = await _get(source.upstream, url, lease, timeouts, now)
    if answered.status == httpx2.codes.UNAUTHORIZED and await lease.renew(_REFUSED):
        answered = await _get(source.upstream, url, lease, timeouts, now)
    return answered


async def _get(upstream: Upstream, url: str, lease: Lease, timeouts: Timeouts, now: float) -> Answered:
    headers = upstream.headers({}, native=False) | {"accept": "application/json", "accept-encoding": "identity"}
    if lease.credential is not None:
        # A header that is configured wins.
        headers = {**lease.credential.authorize(Unsigned("GET", url, headers, b"", now)), **headers}
    request = httpx2.Request("GET", url, headers=headers, extensions=timeouts.extensions())
    response = await upstream.transport.handle_async_request(request)
    assert isinstance(response.stream, httpx2.AsyncByteStream), "an asynchronous transport streams so"
    try:
        parts = bytearray()
        async for part in response.stream:
            parts += part
            if len(parts) > BODY:
                raise ListError(f"a page of more than {BODY} bytes")
        return Answered(response.status_code, _told(response.headers.raw), bytes(parts))
    finally:
        await response.aclose()


def _told(raw: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple([(name.lower(), value) for name, value in raw])
