"""Puts the normalizer together: every part is made here, once, and handed to those that need it by name."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from litestar import Litestar
from msgspec import Struct
from msgspec.structs import replace

from fairlead.shared.access import Access
from fairlead.shared.calibration import Calibration
from fairlead.shared.config import Config
from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects import DIALECTS, WITHOUT_CLIENTS
from fairlead.shared.known_models import KnownModels
from fairlead.shared.runtime.attempt import Limits
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.runtime.ids import request_id
from fairlead.shared.runtime.live_config import LiveConfig
from fairlead.shared.runtime.logging import get_logger
from fairlead.shared.runtime.tracing import Tracing
from fairlead.shared.surfaces import SURFACES, Operation, Surface

from .catalog import Catalog, renamed
from .counters import Counters
from .counting import LocalCount
from .credentials import OnDemand, Surroundings, Vaults
from .custom import Workshop
from .endpoints.answers import AnswerEndpoint
from .endpoints.checks import check_handlers
from .endpoints.config import config_handlers
from .endpoints.counting import CountEndpoint
from .endpoints.credentials import credential_handlers
from .endpoints.document import document_handlers
from .endpoints.mishaps import Mishaps
from .endpoints.models import PATIENCE as LISTS_WITHIN
from .endpoints.models import model_handlers
from .endpoints.overheard import overheard
from .endpoints.paths import Endpoint, Operations
from .endpoints.reception import Reception
from .endpoints.status import Standing, status_handlers
from .exchange import Exchange
from .gauges import gauges_of, gauges_of_service
from .ledger import Ledger
from .list_calls import source_of
from .listings import Listings, sources_of
from .pools import Pools
from .transcript import Transcript
from .upstreams import Upstream, upstreams

NO_PROVIDERS = (
    "no provider is configured: put one under Providers (name, api_base_url, api_key, models) into the configuration"
)
NONE_USABLE = "none of the configured providers can be called"


class World(Struct, frozen=True):
    """What is not a function of the configuration; a test hands in its own. `tracing` is there where traces
    are made."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random_bytes: Callable[[int], bytes] = os.urandom
    tracing: Tracing | None = None


class Lasting:
    """What outlives a configuration: figures, what was learnt about counting, and tokens, with the locks under which
    they are renewed. Without `vaults`, tokens are kept in memory. `live` follows the configuration's file, where there
    is one; `served` is what is served before another takes its place; `awake` are the providers that were used."""

    def __init__(self, vaults: Vaults | None = None) -> None:
        self.vaults = vaults or Vaults()
        self.live: LiveConfig | None = None
        self.served: Config | None = None
        self.awake: set[str] = set()
        self.counters = Counters()
        self.local = LocalCount(Counting(), Calibration())

    def __repr__(self) -> str:
        return "<Lasting>"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open while any configuration is served."""
        try:
            yield
        finally:
            await self.vaults.aclose()


def build(
    config: Config,
    world: World | None = None,
    dialects: Mapping[str, Dialect] = DIALECTS,
    lasting: Lasting | None = None,
) -> Litestar:
    """The app that serves one configuration, with what lasts longer where there is such."""
    world, lasting = world or World(), lasting or Lasting()
    log = get_logger("normalizer")
    own_version = version("fairlead-normalizer")
    pools = Pools(config, world.clock)
    user_agent = f"fairlead/{own_version}"
    shell = _surroundings(world, lasting, pools, user_agent)
    workshop = Workshop(config.transformers, world.clock, log)
    usable, unusable = upstreams(config, {**WITHOUT_CLIENTS, **dialects}, user_agent, shell, pools.to, workshop)
    resting = {name: OnDemand(one.source, partial(lasting.awake.add, name)) for name, one in usable.items()}
    usable = {name: replace(one, source=resting[name]) for name, one in usable.items()}
    counters = lasting.counters
    transcript = Transcript(log) if config.normalizer.dev_mode else None
    formerly = renamed(lasting.served, config) if lasting.served is not None else {}
    catalog = Catalog(config, usable, int(world.now()), KnownModels(), formerly)
    wanted = {name: one.wanted for name, one in resting.items()}
    listings = Listings(sources_of(config, usable), catalog, shell, log, wanted=wanted)
    exchange = Exchange(
        catalog,
        usable,
        unusable,
        Limits(event=config.limits.sse_event_bytes),
        shell,
        counters,
        transcript,
        look=partial(listings.look, LISTS_WITHIN),
    )
    sources = (source_of(provider, usable) for provider in config.all_providers)
    checkable = {source.upstream.name: source for source in sources if source is not None}
    access = Access(config.client_keys, config.admin_key)
    reception = Reception(access, config.limits, partial(request_id, world.random_bytes), world.now)
    ledger = Ledger(counters, log, world.clock, world.tracing)
    local = lasting.local

    def endpoint(surface: Surface) -> Endpoint:
        dialect = dialects[surface.dialect]
        if surface.operation is Operation.COUNT:
            return CountEndpoint(dialect, surface, reception, exchange, ledger, local)
        answer = AnswerEndpoint(dialect, surface, reception, exchange, ledger, local, ping=config.limits.ping_s)
        return answer if transcript is None else overheard(answer, transcript)

    gauges = [*gauges_of(usable), *gauges_of_service(lambda: lasting.vaults.redis_away, world.tracing)]
    served = {surface: endpoint(surface) for surface in SURFACES if surface.dialect in dialects}
    offered = dict.fromkeys(f"POST {surface.path}" for surface in served)
    standing = Standing(own_version, _missing(config, bool(usable)), unusable, ("GET /v1/models", *offered))
    _warn(log, standing, aloud=transcript is not None)
    return Litestar(
        route_handlers=[
            *Operations(served, dialects, reception).handlers(),
            *model_handlers(catalog, listings, reception, world.now),
            *credential_handlers(usable, reception),
            *check_handlers(checkable, {one.name for one in config.all_providers}, reception, world.now),
            *config_handlers(lambda: lasting.live, reception),
            *status_handlers(standing, gauges, usable, catalog, counters),
            *document_handlers(partial(_described, config)),
        ],
        exception_handlers=Mishaps(reception, dialects, log).handlers,  # type: ignore[arg-type]  # invariant in its values
        lifespan=[lambda _app: _running(config, usable, lasting.awake, listings, pools, workshop)],
        openapi_config=None,
        logging_config=None,
    )


def _surroundings(world: World, lasting: Lasting, pools: Pools, user_agent: str) -> Surroundings:
    return Surroundings(
        pools.out,
        world.clock,
        world.now,
        world.chance,
        world.sleep,
        lasting.vaults,
        user_agent,
        pools.direct,
        lasting.counters.renewals.add,
    )


def _warn(log: Any, standing: Standing, *, aloud: bool) -> None:
    """Of what whoever starts it should know."""
    if aloud:
        log.warning("dev_mode is on: what clients and models say is written into this log")
    for one in standing.unusable:
        log.warning("provider unusable", provider=one.name, because=one.because)
    for sentence in standing.missing:
        log.warning("not ready", missing=sentence)


@asynccontextmanager
async def _running(
    config: Config,
    usable: Mapping[str, Upstream],
    awake: Collection[str],
    listings: Listings,
    pools: Pools,
    workshop: Workshop,
) -> AsyncIterator[None]:
    """What works in the background does so while the app is served: for the providers that were used before, from now
    on, for others from their first use on."""
    try:
        await workshop.open(config.all_providers)
        for name in usable.keys() & awake:
            await usable[name].source.open()
        listings.open()
        yield
    finally:
        await listings.aclose()
        for upstream in usable.values():
            await upstream.source.aclose()
        await workshop.aclose()
        await pools.aclose()


def _described(config: Config) -> bytes:
    """What that is written with is loaded here: most services are never asked."""
    from .described import described

    return described(bool(config.client_keys), config.admin_key is not None)


def _missing(config: Config, any_usable: bool) -> tuple[str, ...]:
    if any_usable:
        return ()
    return (NONE_USABLE,) if any(not provider.is_normalizer for provider in config.all_providers) else (NO_PROVIDERS,)
