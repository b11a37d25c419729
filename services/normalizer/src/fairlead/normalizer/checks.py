"""Whether a provider is well, as a call tells that costs nothing: its list of models, asked for as answers are."""

import asyncio
from collections.abc import Callable

import httpx2
from msgspec import Struct

from fairlead.shared.failure import Failure, FailureError, Kind, refuse
from fairlead.shared.key_told import KeyTold
from fairlead.shared.runtime.http import Timeouts, failure_from
from fairlead.shared.runtime.upstream_headers import advised

from .credentials import Ask, Lease
from .list_calls import ListError, Source, page

PATIENCE = 10.0
"""Seconds a provider may take."""

_TIMEOUTS = Timeouts(connect=5.0, first_byte=PATIENCE, idle=PATIENCE)
_FINE = range(200, 300)
_UNFINISHED = Failure(Kind.INTERNAL, "the check was not finished")


class Checked(Struct, frozen=True):
    """`failure` None: it is well. `key`: by which of its keys that was found."""

    failure: Failure | None = None
    key: KeyTold | None = None


async def check(source: Source, now: Callable[[], float], affinity: str) -> Checked:
    """Asks once; a credential that cannot be had is a failure like any other. `affinity`: alike for checks that are to
    use the same key; `now` in Unix seconds."""
    try:
        lease = await source.upstream.source.obtain(Ask(None, native=True, affinity=affinity))
    except FailureError as error:
        return Checked(error.failure)
    failure: Failure | None = _UNFINISHED
    try:
        failure = await _failure(source, lease, now())
    finally:
        lease.settle(failure)
    return Checked(failure, lease.told())


async def _failure(source: Source, lease: Lease, now: float) -> Failure | None:
    try:
        async with asyncio.timeout(PATIENCE):
            answered = await page(source, source.listing.query, lease, _TIMEOUTS, now)
    except FailureError as error:
        return error.failure
    except ListError as error:
        return Failure(Kind.MALFORMED, str(error))
    except httpx2.HTTPError as error:
        return failure_from(error, target=source.upstream.name)
    except TimeoutError:
        return Failure(Kind.FIRST_BYTE_TIMEOUT, f"no list came within {PATIENCE:g} seconds")
    if answered.status in _FINE:
        return None
    said = source.upstream.dialect.decode_failure(answered.status, answered.body)
    return source.upstream.vendor.understood(advised(said, answered.headers))


def uncheckable(provider: str) -> FailureError:
    """For a provider that has no list to ask for, or cannot be called at all."""
    return refuse(Kind.UNSUPPORTED, f"the provider {provider} has no list of models that could be asked for")
