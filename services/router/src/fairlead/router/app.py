"""Puts the router together: the one place where its parts meet."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, cast

from litestar import Litestar, Request, Response, asgi
from litestar.types import Receive as LitestarReceive
from litestar.types import Scope as LitestarScope
from litestar.types import Send as LitestarSend
from msgspec import Struct

from fairlead.router.active import ActiveTable
from fairlead.router.ask import Asker
from fairlead.router.budgets import Crossed, Purse
from fairlead.router.custom import CustomRouter, OracleError, command_of
from fairlead.router.decisions import Decisions
from fairlead.router.discovery import Discovery
from fairlead.router.endpoints import status, usage
from fairlead.router.endpoints.alerts import AlertsEndpoint
from fairlead.router.endpoints.answers import AnswerEndpoint
from fairlead.router.endpoints.counting import CountEndpoint
from fairlead.router.endpoints.decisions import DecisionsEndpoint
from fairlead.router.endpoints.models import ModelsEndpoint
from fairlead.router.endpoints.providers import ProvidersEndpoint, circuits
from fairlead.router.endpoints.status import Endpoint
from fairlead.router.endpoints.table import Row, Table
from fairlead.router.forward import Forwarder, Tempo
from fairlead.router.health import Board, State, Tripping, Tuning
from fairlead.router.judge import Judge, Rules
from fairlead.router.ledger import Ledger
from fairlead.router.listed import from_config
from fairlead.router.memory import OwnMemory
from fairlead.router.metrics import Metrics
from fairlead.router.policy import Policy
from fairlead.router.question import Moment
from fairlead.router.reception import Reception
from fairlead.router.records import Sink
from fairlead.router.router_files import Folders, OneForAll, RouterFiles
from fairlead.router.sessions import Sessions
from fairlead.router.sharing import RedisLink, SharedMemory
from fairlead.router.sharing.memory import PATIENCE
from fairlead.router.usage.alerts import Alert, Watch
from fairlead.router.usage.herald import Herald
from fairlead.router.usage.keeper import Keeper
from fairlead.router.usage.spending import Spender, sentence, spent_before
from fairlead.router.usage.store import Keeping, Store, in_file, in_memory, in_postgres
from fairlead.shared.access import Access
from fairlead.shared.calibration import Calibration
from fairlead.shared.config import Config
from fairlead.shared.config.schema import Budget, Secret
from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.asgi import Receive, Scope, Send
from fairlead.shared.runtime.attempt import Limits
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.runtime.http import AiohttpTransport, Timeouts, open_client
from fairlead.shared.runtime.metrics import Gauge
from fairlead.shared.surfaces import SURFACES, Operation, Surface

USAGE = "usage.db"
"""The file in the folder of what is kept."""

OTHERS = 30.0
"""Seconds between two looks at what others have spent."""

MARGIN = 5.0
"""Seconds we wait longer than the normalizer does, so that it is the one that tells which provider was silent."""


class Settings(Struct, frozen=True):
    """Where the normalizer is, and the client key it wants to see; where several routers share what they know; and
    where router files of projects and sessions are looked for, None for nowhere. `active_table`: where the table that
    is in effect is written, None for nowhere. `data`: the folder of what is kept, None to
    keep it in memory."""

    normalizer_url: str
    normalizer_key: Secret | None = None
    redis_url: Secret | None = None
    folders: Folders | None = None
    active_table: Path | None = None
    data: Path | None = None
    database_url: Secret | None = None


class Surroundings(Struct, frozen=True):
    """The log, time and chance: what is not the same twice; and who takes the records of requests. `clock` is
    monotonic, `now` gives Unix seconds."""

    log: Any
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    random_bytes: Callable[[int], bytes] = os.urandom
    sinks: Sequence[Sink] = ()


class Parts:
    """The router's parts, each made once, by name."""

    def __init__(self, config: Config, settings: Settings, around: Surroundings) -> None:
        self.client_dialect, self.chat = DIALECTS["anthropic"], DIALECTS["openai"]
        self.settings, self.around = settings, around
        limits, key = config.limits, settings.normalizer_key
        self.own_headers = {"authorization": f"Bearer {key.value}"} if key else {}
        timeouts = Timeouts(limits.connect_s, limits.first_byte_s + MARGIN, limits.idle_s + MARGIN)
        self.policy, self.counting = Policy.of(config), Counting()
        self.calibration = Calibration()
        self.board = Board(_tuning(config))
        self.memory = _memory(config, settings, around, self.board)
        self.metrics = Metrics(self._gauges())
        self.transport = AiohttpTransport(timeouts=timeouts)
        self.client = open_client(self.transport)
        self.discovery = Discovery(
            self.client, f"{settings.normalizer_url}/v1/models", self.own_headers, around.clock, around.log
        )
        asker = Asker(
            self.transport,
            settings.normalizer_url,
            self.policy,
            self.discovery,
            timeouts=timeouts,
            limits=Limits(event=limits.sse_event_bytes),
            memory=self.memory,
            clock=around.clock,
        )
        tuning = config.router.policy
        self.forwarder = Forwarder(
            asker, around.clock, Tempo(tuning.first_content_s, tuning.hedge_s, tuning.hedge_cost)
        )
        self.reception = Reception(
            Access(config.client_keys),
            key.value if key else None,
            limits,
            around.clock,
            around.now,
            around.random_bytes,
        )
        self.rules = _rules(config, self.policy, settings, around)
        self.custom = _custom(config, around)
        self.judge = Judge(
            self.rules,
            self.discovery,
            self.memory,
            self.counting,
            self.calibration,
            self.chat,
            around.clock,
            lambda: _moment(around.now()),
            around.log,
            self.custom,
            lambda key, project: self.purse.look(key, project, around.now()),
        )
        names = frozenset(provider.name for provider in config.providers)
        self.purse = Purse(config.budgets)
        self.keeper = _keeper(config, settings, around) if config.usage.enabled else None
        kept = [self.keeper] if self.keeper is not None else []
        self.limit = Purse(_cost_limit(config))
        watch = Watch(config.alerts)
        self.herald = Herald(config.alerts, watch, self.client, self._down, around.now, around.log)
        sinks = [
            *around.sinks,
            *kept,
            watch,
            Spender(self.purse, lambda crossed: self._crossed("budget", crossed)),
            Spender(self.limit, lambda crossed: self._crossed("cost", crossed)),
        ]
        self.ledger = Ledger(self.memory, self.metrics, names, around.clock, around.log, self.calibration, sinks)
        self.decisions = Decisions()
        self.ping = limits.ping_s
        self.listed = from_config(config.providers)

    def table(self) -> Table:
        """Everything that is served. A client dialect is a row."""
        anthropic = self.client_dialect
        models = ModelsEndpoint(DIALECTS, self.reception, self.discovery, self.listed)
        rows = [
            *[self._row(surface) for surface in SURFACES if surface.dialect in DIALECTS],
            Row("/v1/models(?:/.+)?", _readable(models), anthropic),
            Row("/health", _readable(status.told({"status": "ok"})), anthropic),
            Row("/ready", _readable(status.Ready(self.client, self.settings.normalizer_url)), anthropic),
            Row("/metrics", _readable(status.metrics(self.metrics)), anthropic),
            Row("/api/decisions(?:/(?P<id>[^/]+))?", _readable(self._decided()), anthropic),
            Row("/api/providers", _readable(self._standing()), anthropic),
            *self._usage(),
            Row("/api/alerts", _readable(AlertsEndpoint(anthropic, self.reception, self.herald)), anthropic),
            Row("/api/hello", _readable(status.hello()), anthropic),
            Row("", _readable(status.hello()), anthropic),
        ]
        return Table(rows, self.reception, anthropic)

    def _row(self, surface: Surface) -> Row:
        """One operation of one client dialect."""
        dialect = DIALECTS[surface.dialect]
        if surface.operation is Operation.COUNT:
            endpoint: Endpoint = CountEndpoint(dialect, surface, self.reception, self.judge, self.forwarder)
        else:
            endpoint = self._answers(dialect, surface)
        return Row(surface.pattern, {"POST": endpoint}, dialect)

    def _decided(self) -> Endpoint:
        return DecisionsEndpoint(self.client_dialect, self.reception, self.decisions)

    def _gauges(self) -> list[Gauge]:
        """Redis stands there only where it is used."""
        memory, policy, clock = self.memory, self.policy, self.around.clock
        state = Gauge(
            "fairlead_router_circuit_state",
            "1 for the state a target's circuit is in: closed, open or half_open; a provider as a whole has no model.",
            ("provider", "model", "state"),
            lambda: circuits(policy, memory.known(clock())),
        )
        if memory.away is None:
            return [state]
        about = "1 while the Redis that routers share cannot be reached."
        return [state, Gauge("fairlead_router_redis_away", about, (), lambda: {(): float(bool(memory.away))})]

    def _standing(self) -> Endpoint:
        return ProvidersEndpoint(self.client_dialect, self.reception, self.policy, self.memory, self.around.clock)

    async def _look_back(self, keeper: Keeper) -> None:
        """What has been spent before the start, and by others."""
        now, log = self.around.now(), self.around.log
        for purse in (self.purse, self.limit):
            if purse.budgets:
                purse.learn(await asyncio.to_thread(spent_before, keeper, purse.budgets, now, log), now)

    async def _look_around(self, keeper: Keeper) -> None:
        """Where several routers spend, each learns of the others."""
        while True:
            await asyncio.sleep(OTHERS)
            await self._look_back(keeper)

    def _crossed(self, name: str, crossed: Crossed) -> None:
        self.herald.tell(Alert(name, crossed.budget.name, True, sentence(crossed), self.around.now()))

    def _down(self) -> list[str]:
        """The targets that are left alone for their failures."""
        known = self.board.known(self.around.clock())
        return [
            one.provider if one.model is None else f"{one.provider},{one.model}"
            for one in known
            if one.standing.state is not State.CLOSED
        ]

    def _usage(self) -> list[Row]:
        """What was used, where that is kept."""
        keeper, anthropic = self.keeper, self.client_dialect
        if keeper is None:
            return []
        one = usage.SessionEndpoint(anthropic, self.reception, keeper)
        views = {"": usage.usage, "/sessions": usage.sessions, "/requests": usage.requests}
        rows = {f"/api/usage{path}": tell for path, tell in views.items()} | {"/api/costs": usage.costs}
        return [
            *[
                Row(path, _readable(usage.UsageEndpoint(anthropic, self.reception, keeper, tell)), anthropic)
                for path, tell in rows.items()
            ],
            Row("/api/usage/sessions/(?P<id>.+)", {**_readable(one.tell), "DELETE": one.forget}, anthropic),
        ]

    def _answers(self, dialect: Dialect, surface: Surface) -> AnswerEndpoint:
        return AnswerEndpoint(
            dialect,
            surface,
            self.reception,
            self.judge,
            self.forwarder,
            self.ledger,
            self.decisions,
            ping=self.ping,
            clock=self.around.clock,
            now=self.around.now,
        )

    @contextlib.asynccontextmanager
    async def running(self, _app: Litestar) -> AsyncIterator[None]:
        """The catalog, and what is shared with others, are kept up to date while the application runs."""
        if self.keeper is not None:
            self.keeper.start()
            await self._look_back(self.keeper)
        works = [self.discovery.run(), self.memory.run(), self.herald.run()]
        if self.keeper is not None and self.settings.database_url is not None:
            works.append(self._look_around(self.keeper))
        if self.settings.active_table is not None:
            url = f"{self.settings.normalizer_url}/api/credentials"
            table = ActiveTable(
                self.settings.active_table, self.policy, self.discovery, self.client, url, self.around.log
            )
            works.append(table.run(self.own_headers))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.memory.aclose()
            await self.client.aclose()
            if self.custom is not None:
                await self.custom.aclose()
            if self.keeper is not None:
                await asyncio.to_thread(self.keeper.stop)


def build(config: Config, settings: Settings, around: Surroundings) -> Litestar:
    """The router as an ASGI application."""
    parts = Parts(config, settings, around)
    table = parts.table()

    @asgi("/", is_mount=True, copy_scope=False)
    async def serve(scope: LitestarScope, receive: LitestarReceive, send: LitestarSend) -> None:
        await table(cast(Scope, scope), cast(Receive, receive), cast(Send, send))

    def broken(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """A fault of ours: the log gets all of it, the client an error it can read."""
        around.log.error("fault", path=request.url.path, exc_info=error)
        failure = Failure(Kind.INTERNAL, "the router failed to handle this request; its log says more")
        dialect, caller = parts.client_dialect, parts.reception.meet(request.scope, request.url.path)
        return Response(
            dialect.encode_failure(failure, caller.request_id),
            status_code=failure.http_status,
            media_type="application/json",
            headers={dialect.request_id_header: caller.request_id},
        )

    return Litestar(
        [serve], lifespan=[parts.running], openapi_config=None, logging_config=None, exception_handlers={500: broken}
    )


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


def _keeper(config: Config, settings: Settings, around: Surroundings) -> Keeper:
    kept, data, url = config.usage, settings.data, settings.database_url
    keeping = Keeping(kept.requests_days, kept.hours_days, kept.days_days)

    def open_store() -> Store:
        if url is not None:
            return in_postgres(url.value, keeping)
        return in_memory(keeping) if data is None else in_file(data / USAGE, keeping)

    return Keeper(open_store, around.now, around.log, keeping=keeping)


def _tuning(config: Config) -> Tuning:
    circuit = config.router.policy.circuit
    tripping = Tripping(
        in_a_row=circuit.failures,
        share=circuit.error_share,
        calls=circuit.min_calls,
        window=circuit.window_s,
        open=circuit.open_s,
        longest=circuit.longest_s,
        ramp=circuit.ramp_s,
        ramp_from=circuit.ramp_from,
    )
    return Tuning(tripping, limits={provider.name: provider.limits for provider in config.providers})


def _rules(config: Config, policy: Policy, settings: Settings, around: Surroundings) -> Rules:
    if settings.folders is None:
        return OneForAll(policy)
    return RouterFiles(config, policy, settings.folders, os.environ, around.clock, around.log)


def _custom(config: Config, around: Surroundings) -> CustomRouter | None:
    """The user's own router; one that cannot be run is remarked on, and done without."""
    if config.custom_router_path is None:
        return None
    try:
        command = command_of(Path(config.custom_router_path), config)
    except OracleError as error:
        around.log.warning("configuration", message=f"{error}; requests go by the rules alone")
        return None
    return CustomRouter(command, config.custom_router_timeout_ms / 1_000, around.clock, around.log)


def _moment(now: float) -> Moment:
    """The time of the week on this machine's clock (`TZ` in the environment), `now` in Unix seconds."""
    here = time.localtime(now)
    return Moment(here.tm_hour * 60 + here.tm_min, here.tm_wday)


def _readable(endpoint: Endpoint) -> dict[str, Endpoint]:
    return {"GET": endpoint, "HEAD": endpoint}
