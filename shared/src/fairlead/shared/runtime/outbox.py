"""Spans on their way to a collector: a bounded queue that a thread of its own empties, so that no request waits."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from fairlead.shared.spans import Span


class Pace(Struct, frozen=True):
    """`room`: spans that may wait; what comes when there is none is dropped. `batch`: spans sent at once. `delay`:
    seconds the first of them waits for more. `patience`: seconds that the last ones get at the end."""

    room: int = 2048
    batch: int = 512
    delay: float = 5.0
    patience: float = 2.0


def pace_from(env: Mapping[str, str]) -> Pace:
    """As the environment says. Raises `ValueError` that names the variable.

    Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor
    """
    given = Pace()
    room = _whole(env, "OTEL_BSP_MAX_QUEUE_SIZE", given.room)
    batch = _whole(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", given.batch)
    delay = _whole(env, "OTEL_BSP_SCHEDULE_DELAY", round(given.delay * 1000)) / 1000
    return Pace(room, min(batch, room), delay)


def _whole(env: Mapping[str, str], name: str, otherwise: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return otherwise
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{name} must be a whole number from 1 on")
    return int(text)


class Outbox:
    """`send` takes a batch and gives None, or why nobody got it. It is called in the outbox's thread, and may block
    there; `stop_sending` makes it give up."""

    def __init__(
        self,
        send: Callable[[Sequence[Span]], str | None],
        stop_sending: Callable[[], None],
        log: Any,
        pace: Pace = Pace(),  # noqa: B008 - it cannot change
    ) -> None:
        self._send = send
        self._stop_sending = stop_sending
        self._log = log
        self._pace = pace
        self._queue: deque[Span] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="spans", daemon=True)
        self.exported = self.failed = self.dropped = 0

    def __repr__(self) -> str:
        return f"<Outbox waiting={len(self._queue)} exported={self.exported}>"

    def put(self, span: Span) -> None:
        """Never waits."""
        if len(self._queue) >= self._pace.room:
            self.dropped += 1
            return
        self._queue.append(span)
        if len(self._queue) >= self._pace.batch:
            self._wake.set()

    def results(self) -> dict[tuple[str, ...], float]:
        """What has become of spans so far, for `/metrics`."""
        return {
            ("exported",): float(self.exported),
            ("failed",): float(self.failed),
            ("dropped",): float(self.dropped),
        }

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def stop(self) -> None:
        """Sends what is left, but not for longer than `patience`; blocks as long."""
        self._stopping = True
        self._wake.set()
        self._thread.join(self._pace.patience)
        self._stop_sending()

    def _work(self) -> None:
        while True:
            self._wake.wait(self._pace.delay)
            self._wake.clear()
            last = self._stopping
            self._empty()
            if last:
                return

    def _empty(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(self._pace.batch, len(self._queue)))]
            why = self._send(batch)
            if why is None:
                self.exported += len(batch)
            else:
                self.failed += len(batch)
            self._remark(why)

    def _remark(self, why: str | None) -> None:
        """Once when it begins to fail, and once when it is over."""
        if why is not None and not self._failing:
            self._log.warning("traces", message="the collector takes no spans; requests go on without them", why=why)
        if why is None and self._failing:
            self._log.info("traces", message="the collector takes spans again")
        self._failing = why is not None
