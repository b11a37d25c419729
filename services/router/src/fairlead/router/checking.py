"""Makes the checks that are due, through the normalizer, and tells the memory what came of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx2

from fairlead.router.checks import LIFE, NOT_CHECKED, Check, Rounds, Said, said, said_of_list
from fairlead.router.lessons import key_told
from fairlead.router.memory import Memory
from fairlead.router.metrics import Metrics
from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import FAILURE_HEADER
from fairlead.shared.runtime.upstream_headers import advised, first

TICK = 1.0
"""Seconds between two looks at what is due."""
PATIENCE = 15.0
"""Seconds a check may take; the normalizer gives providers ten."""

_HEADERS = {"x-fairlead-attempt": "1", "x-fairlead-retry": "none", "x-fairlead-deadline-ms": "10000"}


class Checker:
    """`client` leads to the normalizer at `url`, which wants to see `headers`; `chat` is what it is asked in. `clock`
    is the memory's. `log` hears when a provider is no longer well, and when it is again."""

    def __init__(
        self,
        checks: Sequence[Check],
        rounds: Rounds,
        memory: Memory,
        client: httpx2.AsyncClient,
        url: str,
        headers: Mapping[str, str],
        chat: Dialect,
        clock: Callable[[], float],
        metrics: Metrics,
        log: Any,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._checks = checks
        self._rounds = rounds
        self._memory = memory
        self._client = client
        self._url = url
        self._headers = {**headers, **_HEADERS}
        self._chat = chat
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._sleep = sleep
        self._told: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Checker {[one.provider for one in self._checks]}>"

    async def run(self) -> None:
        """For ever; one that takes its time keeps no other waiting."""
        async with asyncio.TaskGroup() as group:
            while True:
                for check in self.due():
                    group.create_task(self.check(check))
                await self._sleep(TICK)

    def due(self) -> list[Check]:
        """Those to be made now."""
        now, memory = self._clock(), self._memory
        opens = {one.provider: memory.comes_back(one.provider, one.model, now) for one in self._checks}
        return self._rounds.due(self._checks, now, {name: at for name, at in opens.items() if at is not None})

    async def check(self, check: Check) -> None:
        """Makes one, unless that is another router's."""
        memory, clock = self._memory, self._clock
        if not await memory.may_check(check.provider, check.every * LIFE):
            return
        checking = memory.check_began(check.provider, check.model, clock())
        outcome = NOT_CHECKED
        try:
            outcome = await self._asked(check)
        finally:
            memory.checked(checking, clock(), outcome.lesson, outcome.key)
        self._metrics.checks.add(check.provider, outcome.result)
        self._remark(check, outcome.result)

    async def _asked(self, check: Check) -> Said:
        path = "/api/check" if check.model is None else "/v1/chat/completions"
        try:
            async with asyncio.timeout(PATIENCE):
                answered = await self._client.post(self._url + path, json=check.body, headers=self._headers)
        except (httpx2.HTTPError, TimeoutError):
            return NOT_CHECKED
        if check.model is None:
            return said_of_list(check, answered.status_code, answered.content)
        raw = [(name.lower(), value) for name, value in answered.headers.raw]
        if answered.is_success:
            return said(check, None, key_told(raw))
        if not first(raw, FAILURE_HEADER):
            return NOT_CHECKED
        failure = self._chat.decode_failure(answered.status_code, answered.content)
        return said(check, advised(failure, raw), key_told(raw))

    def _remark(self, check: Check, result: str) -> None:
        if self._told.get(check.provider, "well") != result:
            level = self._log.info if result == "well" else self._log.warning
            level("health check", provider=check.provider, model=check.model, result=result)
        self._told[check.provider] = result
