"""Puts the router together: the one place where its parts meet."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from litestar import Litestar, Request, Response, asgi
from litestar.types import Receive as LitestarReceive
from litestar.types import Scope as LitestarScope
from litestar.types import Send as LitestarSend

from fairlead.router.active import ActiveTable
from fairlead.router.ask import Asker
from fairlead.router.checking import Checker
from fairlead.router.checks import checks_of
from fairlead.router.custom import CustomRouter, OracleError, command_of
from fairlead.router.discovery import Discovery
from fairlead.router.endpoints import config as config_endpoints
from fairlead.router.endpoints import status, usage
from fairlead.router.endpoints.alerts import AlertsEndpoint
from fairlead.router.endpoints.answers import AnswerEndpoint
from fairlead.router.endpoints.counting import CountEndpoint
from fairlead.router.endpoints.decisions import DecisionsEndpoint
from fairlead.router.endpoints.document import document
from fairlead.router.endpoints.logs import LogsEndpoint
from fairlead.router.endpoints.models import ModelsEndpoint
from fairlead.router.endpoints.presets import PresetsEndpoint
from fairlead.router.endpoints.providers import ProvidersEndpoint
from fairlead.router.endpoints.restart import RestartEndpoint
from fairlead.router.endpoints.routing import ActiveEndpoint, TransformersEndpoint
from fairlead.router.endpoints.status import Endpoint
from fairlead.router.endpoints.table import Row, Table
from fairlead.router.forward import Forwarder, Tempo
from fairlead.router.judge import Judge, Presets, Rules
from fairlead.router.lasting import Lasting, Settings, Surroundings
from fairlead.router.ledger import Ledger
from fairlead.router.listed import from_config
from fairlead.router.policy import Policy
from fairlead.router.prompts import OwnPrompt
from fairlead.router.question import Moment
from fairlead.router.reception import Reception
from fairlead.router.router_files import OneForAll, RouterFiles
from fairlead.router.steering import Steering
from fairlead.router.ui.credentials import Credentials
from fairlead.router.ui.dashboard import Dashboard
from fairlead.router.ui.house import House
from fairlead.router.ui.pages import PAGES
from fairlead.router.usage import asking
from fairlead.shared.access import Access
from fairlead.shared.config import Config
from fairlead.shared.dialect import Dialect
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.asgi import Receive, Scope, Send
from fairlead.shared.runtime.attempt import Limits
from fairlead.shared.runtime.editions import Editions
from fairlead.shared.runtime.http import AiohttpTransport, Timeouts, open_client
from fairlead.shared.runtime.listed import as_asked
from fairlead.shared.surfaces import SURFACES, UNSERVED, Operation, Surface

MARGIN = 5.0
"""Seconds we wait longer than the normalizer does, so that it is the one that tells which provider was silent."""


class Parts:
    """The router's parts for one configuration, each made once, by name; `lasting` is what outlives it."""

    def __init__(
        self, config: Config, settings: Settings, around: Surroundings, lasting: Lasting, steering: Steering | None
    ) -> None:
        self.client_dialect, self.chat = DIALECTS["anthropic"], DIALECTS["openai"]
        self.settings, self.around = settings, around
        limits, key = config.limits, settings.normalizer_key
        self.own_headers = {"authorization": f"Bearer {key.value}"} if key else {}
        timeouts = Timeouts(limits.connect_s, limits.first_byte_s + MARGIN, limits.idle_s + MARGIN)
        self.policy, self.lasting, self.memory = Policy.of(config), lasting, lasting.memory
        self.transport = AiohttpTransport(timeouts=timeouts)
        self.client = open_client(self.transport)
        self.discovery = lasting.followed(
            Discovery(self.client, f"{settings.normalizer_url}/v1/models", self.own_headers, around.clock, around.log)
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
            asker,
            around.clock,
            Tempo(tuning.first_content_s, tuning.hedge_s, tuning.hedge_cost),
            settled=lambda: self.discovery.settled,
        )
        self.reception = Reception(
            Access(config.client_keys, config.admin_key),
            key.value if key else None,
            limits,
            around.clock,
            around.now,
            around.random_bytes,
            _own_prompt(config, around),
        )
        self.keys = bool(config.client_keys), config.admin_key is not None
        self.rules = _rules(config, self.policy, settings, around)
        self.custom = _custom(config, around)
        policies = {one.name: Policy.of_preset(one, config) for one in config.presets if not one.problems}
        self.presets = Presets(policies, frozenset(one.name for one in config.presets if one.problems))
        self.judge = Judge(
            self.rules,
            self.discovery,
            self.memory,
            lasting.counting,
            lasting.calibration,
            self.chat,
            around.clock,
            lambda: _moment(around.now()),
            around.log,
            self.custom,
            lambda key, project: lasting.purse.look(key, project, around.now()),
            self.presets,
        )
        names = frozenset(provider.name for provider in config.all_providers)
        self.ledger = Ledger(
            self.memory, lasting.metrics, names, around.clock, around.log, lasting.calibration, lasting.sinks
        )
        self.steering, self.providers = steering, config.all_providers
        self.ping = limits.ping_s
        self.listed = from_config(config.all_providers)
        self.checks = checks_of(config, self.policy.keyed)

    def table(self) -> Table:
        """Everything that is served. A client dialect is a row."""
        anthropic = self.client_dialect
        models = ModelsEndpoint(DIALECTS, self.reception, self.discovery, self.listed, self.presets)
        rows = [
            *[self._row(surface) for surface in SURFACES if surface.dialect in DIALECTS],
            Row(UNSERVED, {}, DIALECTS["gemini"]),
            Row("/v1/models(?:/.+)?", _readable(models), anthropic),
            Row("/health", _readable(status.told({"status": "ok"})), anthropic),
            Row("/ready", _readable(status.Ready(self.client, self.settings.normalizer_url)), anthropic),
            Row("/metrics", _readable(status.metrics(self.lasting.metrics)), anthropic),
            Row("/api/decisions(?:/(?P<id>[^/]+))?", _readable(self._decided()), anthropic),
            Row("/api/providers", _readable(self._standing()), anthropic),
            *self._usage(),
            Row("/api/alerts", _readable(AlertsEndpoint(anthropic, self.reception, self.lasting.herald)), anthropic),
            *self._administration(),
            Row(r"/openapi\.json", _readable(document(lambda: self._described(table))), anthropic),
            Row("/api/hello", _readable(status.hello()), anthropic),
            self._dashboard(),
            Row("", _readable(status.hello()), anthropic),
        ]
        table = Table(rows, self.reception, anthropic)
        return table

    def _described(self, table: Table) -> bytes:
        """What `table` serves. What that is written with is loaded here: most routers are never asked."""
        from fairlead.router.described import described

        return described(self.keys, table.serves)

    def _row(self, surface: Surface) -> Row:
        """One operation of one client dialect."""
        dialect = DIALECTS[surface.dialect]
        if surface.operation is Operation.COUNT:
            endpoint: Endpoint = CountEndpoint(
                dialect,
                surface,
                self.reception,
                self.judge,
                self.forwarder,
                self.lasting.metrics.counts,
                self.around.clock,
                self.around.tracing,
            )
        else:
            endpoint = self._answers(dialect, surface)
        if surface.names_model_in_path:
            endpoint = _listing(endpoint)
        return Row(surface.pattern, {"POST": endpoint}, dialect)

    def _decided(self) -> Endpoint:
        return DecisionsEndpoint(self.client_dialect, self.reception, self.lasting.decisions)

    def _standing(self) -> Endpoint:
        return ProvidersEndpoint(self.client_dialect, self.reception, self.policy, self.memory, self.around.clock)

    def _administration(self) -> list[Row]:
        """What changes the router, and what it is made of."""
        anthropic, reception = self.client_dialect, self.reception

        def work(of: config_endpoints.Work) -> Endpoint:
            return config_endpoints.ConfigEndpoint(anthropic, reception, self.steering, of)

        logs, restart = LogsEndpoint(anthropic, reception, self.settings.logs), self.around.restart
        active = ActiveEndpoint(anthropic, reception, self._active_table(), self.own_headers)
        presets = PresetsEndpoint(anthropic, reception, self.steering)
        get, show = _readable, config_endpoints
        return [
            Row("/api/config", {**get(work(self._neighbour().show)), "POST": work(show.change)}, anthropic),
            Row("/api/config/validate", {"POST": work(show.check)}, anthropic),
            Row("/api/config/backup", {**get(work(show.backups)), "POST": work(show.back_up)}, anthropic),
            Row("/api/config/restore", {"POST": work(show.restore)}, anthropic),
            Row("/api/presets", get(presets.tell), anthropic),
            Row("/api/presets/(?P<name>[^/]+)", {**get(presets.tell), "DELETE": presets.delete}, anthropic),
            Row("/api/transformers", get(TransformersEndpoint(anthropic, reception, self.providers)), anthropic),
            Row("/api/routing/active", get(active), anthropic),
            Row("/api/logs(?:/(?P<name>[^/]+))?", get(logs), anthropic),
            Row("/api/restart", {"POST": RestartEndpoint(anthropic, reception, self.steering, restart)}, anthropic),
        ]

    def _dashboard(self) -> Row:
        """The pages, which may look at everything."""
        house = House(
            policy=self.policy,
            providers=self.providers,
            decisions=self.lasting.decisions,
            memory=self.memory,
            judge=self.judge,
            discovery=self.discovery,
            herald=self.lasting.herald,
            credentials=Credentials(self.client, self.settings.normalizer_url, self.own_headers, self.around.clock),
            keeper=self.lasting.keeper,
            steering=self.steering,
            neighbour=self._neighbour(),
            logs=self.settings.logs,
            restart=self.around.restart,
            client=self.client,
            normalizer_url=self.settings.normalizer_url,
            own_headers=self.own_headers,
            aside=self.lasting.lobby.aside,
            clock=self.around.clock,
            now=self.around.now,
            log=self.around.log,
        )
        dashboard = Dashboard(self.reception, house, PAGES, self.lasting.lobby)
        return Row("/ui(?:/.*)?", {**_readable(dashboard), "POST": dashboard}, self.client_dialect)

    def _neighbour(self) -> config_endpoints.Neighbour:
        return config_endpoints.Neighbour(self.client, self.settings.normalizer_url, self.own_headers)

    def _active_table(self) -> ActiveTable:
        """The table that is in effect; written to no file where the configuration is one file."""
        path, url = self.settings.active_table, f"{self.settings.normalizer_url}/api/credentials"
        return ActiveTable(path, self.policy, self.discovery, self.client, url, self.around.log)

    def _checker(self) -> Checker:
        return Checker(
            self.checks,
            self.lasting.rounds,
            self.memory,
            self.client,
            self.settings.normalizer_url,
            self.own_headers,
            self.chat,
            self.around.clock,
            self.lasting.metrics,
            self.around.log,
        )

    def _usage(self) -> list[Row]:
        """What was used, where that is kept."""
        keeper, anthropic = self.lasting.keeper, self.client_dialect
        if keeper is None:
            return []
        one = usage.SessionEndpoint(anthropic, self.reception, keeper)
        views = {
            "/api/usage": (usage.usage, asking.SUMS),
            "/api/usage/sessions": (usage.sessions, asking.SESSIONS),
            "/api/usage/requests": (usage.requests, asking.REQUESTS),
            "/api/costs": (usage.costs, asking.SUMS),
        }
        return [
            *[
                Row(path, _readable(usage.UsageEndpoint(anthropic, self.reception, keeper, *view)), anthropic)
                for path, view in views.items()
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
            self.lasting.decisions,
            ping=self.ping,
            clock=self.around.clock,
            now=self.around.now,
            tracing=self.around.tracing,
        )

    @contextlib.asynccontextmanager
    async def running(self, _app: Litestar) -> AsyncIterator[None]:
        """The catalog is kept up to date, and providers are checked, while the application runs."""
        works = [self.discovery.run()]
        if self.checks:
            works.append(self._checker().run())
        if self.settings.active_table is not None:
            works.append(self._active_table().run(self.own_headers))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.aclose()
            if self.custom is not None:
                await self.custom.aclose()


def build(config: Config, settings: Settings, around: Surroundings) -> Editions:
    """The router as an ASGI application that serves one configuration, and may come to serve others."""
    lasting = Lasting(config, settings, around)
    editions = Editions(edition(config, settings, around, lasting))
    editions.beside(lasting.running)
    return editions


def edition(
    config: Config, settings: Settings, around: Surroundings, lasting: Lasting, steering: Steering | None = None
) -> Litestar:
    """What serves one configuration; with `steering` it may be changed."""
    parts = Parts(config, settings, around, lasting, steering)
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


def _own_prompt(config: Config, around: Surroundings) -> OwnPrompt | None:
    path = config.rewrite_system_prompt
    if path is None:
        return None
    return OwnPrompt(Path(path), lambda message: around.log.warning("configuration", message=message))


def _moment(now: float) -> Moment:
    """The time of the week on this machine's clock (`TZ` in the environment), `now` in Unix seconds."""
    here = time.localtime(now)
    return Moment(here.tm_hour * 60 + here.tm_min, here.tm_wday)


def _listing(endpoint: Endpoint) -> Endpoint:
    """The endpoint of an operation whose clients may want a list instead of events."""
    return lambda caller, scope, receive, send: endpoint(caller, scope, receive, as_asked(scope, send))


def _readable(endpoint: Endpoint) -> dict[str, Endpoint]:
    return {"GET": endpoint, "HEAD": endpoint}
