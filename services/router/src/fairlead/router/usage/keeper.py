"""Takes records from the path of requests and has a thread of its own write them, many at a time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from fairlead.router.records import Record

from .database import Cursor, UsageError
from .store import Keeping, Store, in_memory

T = TypeVar("T")

QUEUE = 10_000
"""Records that wait at most: ten seconds of a very busy gateway."""

PATIENCE = 3.0
"""Seconds a question, or a stop, waits for what is under way."""

ATTEMPTS = 60
"""Writings that may fail in a row: half a minute at least."""


class Pace(Struct, frozen=True):
    """`queue`: records that wait at most. `gather`: seconds between the first record of a batch and its writing.
    `tidy`: seconds between two looks for what is too old."""

    queue: int = QUEUE
    gather: float = 0.5
    tidy: float = 3_600.0


class Keeper:
    """A `Sink` that neither waits nor fails. `open_store` is called in the thread; where it raises `UsageError`, and
    where a database is lost later, records are kept in memory from there on. `now` gives Unix seconds. `dropped`
    hears how many records found no room."""

    def __init__(
        self,
        open_store: Callable[[], Store],
        now: Callable[[], float],
        log: Any,
        *,
        keeping: Keeping | None = None,
        pace: Pace | None = None,
        dropped: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._open = open_store
        self._now = now
        self._log = log
        self._keeping = keeping or Keeping()
        self._pace = pace or Pace()
        self._waiting: deque[Record] = deque()
        self._asked: deque[threading.Event] = deque()
        self._wake, self._hurry, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._store: Store | None = None
        self._thread: threading.Thread | None = None
        self._failed = 0
        self._dropped = dropped
        self.overflowed = 0
        self.volatile = False

    def __repr__(self) -> str:
        return f"<Keeper waiting={len(self._waiting)} overflowed={self.overflowed}>"

    def note(self, record: Record) -> None:
        if len(self._waiting) >= self._pace.queue:
            self._overflow(1)
            return
        self._waiting.append(record)
        if not self._wake.is_set():
            self._wake.set()

    def start(self) -> None:
        """Begins to write."""
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what waits, and ends. Waits for that."""
        self._stopped.set()
        self._hurry.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def ask(self, question: Callable[[Cursor], T]) -> T:
        """The answer, with everything that was noted before. Waits; raises `UsageError`."""
        store = self._settled()
        with store.database.reading() as cursor:
            return question(cursor)

    def change(self, order: Callable[[Cursor], T]) -> T:
        """As `ask`, and may change things."""
        store = self._settled()
        with store.database.writing() as cursor:
            return order(cursor)

    def _settled(self) -> Store:
        written = threading.Event()
        self._asked.append(written)
        self._hurry.set()
        self._wake.set()
        written.wait(PATIENCE)
        if self._store is None:
            raise UsageError("the usage database is not open yet")
        return self._store

    def _run(self) -> None:
        self._store = self._opened()
        tidied = -self._pace.tidy
        while True:
            if time.monotonic() - tidied >= self._pace.tidy:
                tidied = time.monotonic()
                self._tidy()
            self._wake.wait(self._pace.tidy)
            if self._waiting and not self._asked:
                self._hurry.wait(self._pace.gather)
            self._wake.clear()
            self._hurry.clear()
            # Asked for first: whoever asks has noted its records before.
            asked = [self._asked.popleft() for _ in range(len(self._asked))]
            self._write()
            for one in asked:
                one.set()
            if self._stopped.is_set():
                self._store.database.close()
                return

    def _overflow(self, count: int) -> None:
        if count:
            self.overflowed += count
            self._dropped(count)

    def _opened(self) -> Store:
        try:
            return self._open()
        except UsageError as error:
            return self._fallen_back(error)

    def _fallen_back(self, error: UsageError) -> Store:
        self._log.warning(
            "usage",
            message=f"usage is kept in memory and forgotten at the next start, as its database cannot be used: {error}",
        )
        self.volatile = True
        return in_memory(self._keeping)

    def _write(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not batch:
            return
        assert self._store is not None
        try:
            self._store.write(batch)
            if self.volatile:
                self._store.shorten()
            self._failed = 0
        except UsageError as error:
            self._put_back(batch, error)

    def _put_back(self, batch: Sequence[Record], error: UsageError) -> None:
        self._failed += 1
        assert self._store is not None
        if error.lost or (self._failed >= ATTEMPTS and not self._store.database.recovers):
            self._store = self._fallen_back(error)
            self._store.write(batch)
            return
        if self._failed == 1:
            self._log.warning("usage", message=f"usage cannot be written now, and waits: {error}")
        room = max(0, self._pace.queue - len(self._waiting))
        self._overflow(len(batch) - len(batch[:room]))
        self._waiting.extendleft(reversed(batch[:room]))
        if not self._stopped.is_set():
            self._wake.set()

    def _tidy(self) -> None:
        assert self._store is not None
        try:
            self._store.purge(self._now())
        except UsageError as error:
            self._log.warning("usage", message=f"old usage could not be let go: {error}")
