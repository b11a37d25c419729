"""Whether targets can be called now: whether their provider's credential works, and how they do."""

import asyncio
from collections.abc import Iterable, Mapping

import httpx2
import msgspec
from msgspec import Struct

from fairlead.router.active import active, ailing
from fairlead.router.catalog import Catalog
from fairlead.router.health import UNKNOWN, Known, Standing, State
from fairlead.router.policy import Policy, name_of

from .house import House
from .wording import duration, share

PATIENCE = 1.0
"""Seconds a page waits for the normalizer."""


class Outlook(Struct, frozen=True):
    """In a word, and how bad that is: "good", "warn" or "bad", "" where nobody has asked it of late; `because`: why it
    cannot be called."""

    word: str
    tone: str
    because: str | None = None


def outlooks(
    policy: Policy, catalog: Catalog, known: Iterable[Known], ill: Mapping[str, str], now: float
) -> dict[str, Outlook]:
    """By target, of all that the routes name; `now` is of the memory's clock."""
    asked = {(one.provider, one.model): one for one in known}
    whys = {f"{one['provider']},{one['model']}": one["because"] for one in active(policy, catalog, ill)["left_out"]}
    found = {}
    for target in policy.targets:
        route = name_of(target)
        if route in whys:
            found[route] = Outlook("cannot be called", "bad", whys[route])
            continue
        whole, model = (asked.get((target.provider, one)) for one in (None, target.model))
        worst = _told(whole, now)
        found[route] = worst if worst.tone in ("bad", "warn") else _told(model, now)
    return found


def _told(one: Known | None, now: float) -> Outlook:
    stands: Standing = one.standing if one is not None else UNKNOWN
    left = stands.until - now
    if stands.state is State.OPEN:
        return Outlook("left alone", "bad", f"for {duration(max(0.0, left))}, after failures")
    if stands.state is State.HALF_OPEN:
        return Outlook("being tried", "warn")
    if left > 0:
        return Outlook("pauses", "warn", f"for {duration(left)}, as it asked")
    if stands.share < 1:
        return Outlook("recovering", "warn", f"gets {share(stands.share)} of the requests")
    return Outlook("works", "good") if one is not None and one.calls else Outlook("ready", "")


async def outlook(house: House) -> tuple[dict[str, Outlook], str | None]:
    """How all stand now, and why nothing is known of credentials, where that is so."""
    ill: Mapping[str, str] = {}
    unknown = None
    try:
        async with asyncio.timeout(PATIENCE):
            url = f"{house.normalizer_url}/api/credentials"
            response = await house.client.get(url, headers=dict(house.own_headers))
        response.raise_for_status()
        ill = ailing(response.content)
    except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
        unknown = str(error) or type(error).__name__
    now = house.clock()
    return outlooks(house.policy, house.discovery.catalog, house.memory.known(now), ill, now), unknown
