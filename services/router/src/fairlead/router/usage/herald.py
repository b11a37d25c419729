"""Tells alerts to the log, to a webhook, and to whoever asks; never on the path of a request."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import httpx2

from fairlead.shared.codec import encode
from fairlead.shared.config.schema import AlertsConfig

from .alerts import Alert, Watch

REMEMBERED = 100
"""Alerts that can be asked for, and that wait for the webhook at most."""

PATIENCE = 5.0
"""Seconds a webhook has to take one."""


class Herald:
    """`down` gives the names of the targets that are left alone. `now` gives Unix seconds. Nothing a webhook answers is
    read, and none of its faults is more than a line in the log, which does not show its address."""

    def __init__(
        self,
        rules: AlertsConfig,
        watch: Watch,
        client: httpx2.AsyncClient,
        down: Callable[[], Collection[str]],
        now: Callable[[], float],
        log: Any,
    ) -> None:
        self._rules = rules
        self._client = client
        self._down = down
        self._now = now
        self._log = log
        self._waiting: asyncio.Queue[Alert] = asyncio.Queue(REMEMBERED)
        self.watch = watch
        self.recent: deque[Alert] = deque(maxlen=REMEMBERED)

    def __repr__(self) -> str:
        return f"<Herald {len(self.recent)} told, {self._waiting.qsize()} wait>"

    def heed(self, rules: AlertsConfig) -> None:
        """Other rules from now on; what waits for a webhook that is gone is forgotten."""
        self._rules = rules
        self.watch.heed(rules)
        while rules.webhook is None and not self._waiting.empty():
            self._waiting.get_nowait()

    def tell(self, alert: Alert) -> None:
        """Does not wait."""
        self.recent.append(alert)
        level = self._log.warning if alert.raised else self._log.info
        level("alert", alert=alert.name, subject=alert.subject, raised=alert.raised, message=alert.message)
        if self._rules.webhook is None:
            return
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(alert)

    async def run(self) -> None:
        """Watches and sends until it is cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._look())
            both.create_task(self._send())

    async def _look(self) -> None:
        while True:
            for alert in self.watch.look(self._now(), self._down()):
                self.tell(alert)
            await asyncio.sleep(self._rules.every_s)

    async def _send(self) -> None:
        while True:
            alert, webhook = await self._waiting.get(), self._rules.webhook
            if webhook is None:
                continue
            # `text` is what chat services show.
            body = {"text": alert.message, "alert": alert.name, "subject": alert.subject, "raised": alert.raised}
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self._client.post(
                        webhook.value,
                        content=encode({**body, "at": alert.at}),
                        headers={"content-type": "application/json"},
                    )
            except (httpx2.HTTPError, TimeoutError) as error:
                self._log.warning("alert webhook", message=f"it could not be reached ({type(error).__name__})")
                continue
            if answer.is_error:
                self._log.warning("alert webhook", message=f"it answered {answer.status_code}")
