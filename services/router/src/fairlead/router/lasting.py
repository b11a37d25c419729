"""What outlives a configuration: what the router has learnt, counted and spent, and what it said of its decisions."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from fairlead.router.budgets import Crossed, Purse
from fairlead.router.checks import Rounds
from fairlead.router.decisions import Decisions
from fairlead.router.discovery import Discovery
from fairlead.router.endpoints.providers import circuits, in_flight, keys, limits_used
from fairlead.router.health import Board, State, Tuning
from fairlead.router.memory import OwnMemory
from fairlead.router.meter import Meter
from fairlead.router.metrics import Metrics
from fairlead.router.policy import Policy
from fairlead.router.records import Sink
from fairlead.router.router_files import Folders
from fairlead.router.sessions import Sessions
from fairlead.router.sharing import RedisLink, SharedMemory
from fairlead.router.sharing.memory import PATIENCE
from fairlead.router.ui.lobby import Lobby
from fairlead.router.usage.alerts import Alert, Watch
from fairlead.router.usage.herald import Herald
from fairlead.router.usage.keeper import Keeper
from fairlead.router.usage.spending import Spender, sentence, spent_before
from fairlead.router.usage.store import Keeping, Store, in_file, in_memory, in_postgres
from fairlead.shared.calibration import Calibration
from fairlead.shared.config import Config
from fairlead.shared.config.schema import Budget, Secret
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.runtime.http import AiohttpTransport, open_client
from fairlead.shared.runtime.metrics import Counter, Gauge, Metric
from fairlead.shared.runtime.tracing import Tracing

USAGE = "usage.db"
"""The file in the folder of what is kept."""

OTHERS = 30.0
"""Seconds between two looks at what others have spent."""


class Settings(Struct, frozen=True):
    """Where the normalizer is, and the client key it wants to see; where several routers share what they know; and
    where router files of projects and sessions are looked for, None for nowhere. `active_table`: where the table that
    is in effect is written, None for nowhere. `data`: the folder of what is kept, None to
    keep it in memory; `logs`: that of log files, if there is one."""

    normalizer_url: str
    normalizer_key: Secret | None = None
    redis_url: Secret | None = None
    folders: Folders | None = None
    active_table: Path | None = None
    data: Path | None = None
    logs: Path | None = None
    database_url: Secret | None = None


class Surroundings(Struct, frozen=True):
    """The log, time and chance: what is not the same twice; and who takes the records of requests. `clock` is
    monotonic, `now` gives Unix seconds. `restart` begins a graceful restart of this process, where that can be had;
    `tracing` is there where traces are made."""

    log: Any
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    random_bytes: Callable[[int], bytes] = os.urandom
    sinks: Sequence[Sink] = ()
    restart: Callable[[], None] | None = None
    tracing: Tracing | None = None


class Lasting:
    """Made once, with the first configuration. Later ones are told with `heed`; what they change of `REDIS_URL`,
    `DATABASE_URL` and `usage` is heeded after the next start."""

    def __init__(self, config: Config, settings: Settings, around: Surroundings) -> None:
        self._around, self._shares_usage = around, settings.database_url is not None
        self._policy, self._providers = Policy.of(config), _names(config)
        self._discovery: Discovery | None = None
        self.lobby = Lobby(around.random_bytes)
        self.counting, self.calibration = Counting(), Calibration()
        self.decisions = Decisions(self.lobby.live.tell)
        self.rounds = Rounds()
        self.board = Board(_tuning(config))
        self.memory = _memory(config, settings, around, self.board)
        self.purse, self.limit = Purse(config.budgets), Purse(_cost_limit(config))
        self.metrics = Metrics(self._gauges())
        self.keeper = _keeper(config, settings, around, self.metrics.unrecorded) if config.usage.enabled else None
        self._client = open_client(AiohttpTransport())
        watch = Watch(config.alerts)
        self.herald = Herald(config.alerts, watch, self._client, self._down, around.now, around.log)
        self.sinks: Sequence[Sink] = [
            *around.sinks,
            *([self.keeper] if self.keeper is not None else []),
            watch,
            self.lobby.live,
            Meter(self.metrics, lambda: self._providers),
            Spender(self.purse, lambda crossed: self._crossed("budget", crossed)),
            Spender(self.limit, lambda crossed: self._crossed("cost", crossed)),
        ]

    def __repr__(self) -> str:
        return f"<Lasting {self.memory!r}>"

    async def heed(self, config: Config) -> None:
        """Other rules from now on: of health, budgets and alerts."""
        self._policy, self._providers = Policy.of(config), _names(config)
        self.memory.retune(_tuning(config), heeds=config.router.policy.health)
        self.herald.heed(config.alerts)
        self.lobby.live.renew()
        changed = [purse for purse, budgets in self._budgets(config) if purse.follow(budgets)]
        if changed and self.keeper is not None:
            await self._look_back(self.keeper, changed)

    def followed(self, discovery: Discovery) -> Discovery:
        """`discovery`, which begins with what the one before it knew."""
        if self._discovery is not None:
            discovery.take_over(self._discovery)
        self._discovery = discovery
        return discovery

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What is shared with others is kept up to date, usage written down and alerts told while anything is
        served."""
        if self.keeper is not None:
            self.keeper.start()
            await self._look_back(self.keeper, (self.purse, self.limit))
        works = [self.memory.run(), self.herald.run()]
        if self.keeper is not None and self._shares_usage:
            works.append(self._look_around(self.keeper))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.lobby.close()
            await self.memory.aclose()
            await self._client.aclose()
            if self.keeper is not None:
                await asyncio.to_thread(self.keeper.stop)

    def _budgets(self, config: Config) -> list[tuple[Purse, Sequence[Budget]]]:
        return [(self.purse, config.budgets), (self.limit, _cost_limit(config))]

    def _gauges(self) -> list[Metric]:
        """Redis and traces stand there only where they are used."""
        memory, clock = self.memory, self._around.clock
        state = Gauge(
            "fairlead_router_circuit_state",
            "1 for the state a target's circuit is in: closed, open or half_open; a provider as a whole has no model.",
            ("provider", "model", "state"),
            lambda: circuits(self._policy, memory.known(clock())),
        )
        used = Gauge(
            "fairlead_router_limit_used_ratio",
            "The part of a target's fullest rate limit that is used; more than 1 where it was exceeded.",
            ("provider", "model"),
            lambda: limits_used(self._policy, memory.known(clock())),
        )
        flying = Gauge(
            "fairlead_router_requests_in_flight",
            "Requests on their way to a target; a provider as a whole has no model.",
            ("provider", "model"),
            lambda: in_flight(self._policy, memory.known(clock())),
        )
        ready = Gauge(
            "fairlead_router_keys",
            "Keys of a provider that has several, as the normalizer told of them last: ready or resting.",
            ("provider", "state"),
            lambda: keys(self._policy, memory.known(clock())),
        )
        spent = Gauge(
            "fairlead_router_budget_used_ratio",
            "The part of a budget that is spent in its current period.",
            ("budget",),
            lambda: {(name,): share for name, share in self.purse.shares(self._around.now()).items()},
        )
        gauges: list[Metric] = [state, used, flying, ready, spent]
        if self._around.tracing is not None:
            gauges.append(self._around.tracing.gauge("fairlead_router_spans_total"))
        return [*gauges, *memory.figures()] if isinstance(memory, SharedMemory) else gauges

    async def _look_back(self, keeper: Keeper, purses: Sequence[Purse]) -> None:
        """What has been spent before, and by others."""
        now, log = self._around.now(), self._around.log
        for purse in purses:
            if purse.budgets:
                purse.learn(await asyncio.to_thread(spent_before, keeper, purse.budgets, now, log), now)

    async def _look_around(self, keeper: Keeper) -> None:
        """Where several routers spend, each learns of the others."""
        while True:
            await asyncio.sleep(OTHERS)
            await self._look_back(keeper, (self.purse, self.limit))

    def _crossed(self, name: str, crossed: Crossed) -> None:
        self.herald.tell(Alert(name, crossed.budget.name, True, sentence(crossed), self._around.now()))

    def _down(self) -> list[str]:
        """The targets that are left alone for their failures."""
        known = self.board.known(self._around.clock())
        return [
            one.provider if one.model is None else f"{one.provider},{one.model}"
            for one in known
            if one.standing.state is not State.CLOSED
        ]


def _names(config: Config) -> frozenset[str]:
    return frozenset(provider.name for provider in config.all_providers)


def _memory(config: Config, settings: Settings, around: Surroundings, board: Board) -> OwnMemory | SharedMemory:
    """Of this process alone, or of all that have the same Redis."""
    own = OwnMemory(board, Sessions(), heeds=config.router.policy.health)
    if settings.redis_url is None:
        return own
    me, link = around.random_bytes(8).hex(), RedisLink(settings.redis_url.value, PATIENCE)
    return SharedMemory(own, link, me, clock=around.clock, now=around.now, log=around.log)


def _cost_limit(config: Config) -> list[Budget]:
    """What a day may cost until somebody is told."""
    usd = config.alerts.cost_usd
    return [Budget("what a day may cost", usd, "day", warn_at=1.0, refuse=False)] if usd is not None else []


def _keeper(config: Config, settings: Settings, around: Surroundings, unrecorded: Counter) -> Keeper:
    kept, data, url = config.usage, settings.data, settings.database_url
    keeping = Keeping(kept.requests_days, kept.hours_days, kept.days_days)

    def open_store() -> Store:
        if url is not None:
            return in_postgres(url.value, keeping)
        return in_memory(keeping) if data is None else in_file(data / USAGE, keeping)

    def dropped(records: int) -> None:
        unrecorded.add("no room", amount=records)

    return Keeper(open_store, around.now, around.log, keeping=keeping, dropped=dropped)


def _tuning(config: Config) -> Tuning:
    limits = {provider.name: provider.limits for provider in config.all_providers}
    return Tuning(config.router.policy.circuit, limits=limits)
