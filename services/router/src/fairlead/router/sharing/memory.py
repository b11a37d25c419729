"""The memory of several routers: this one's own, told to the others and told by them; without Redis, this one's own."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import structs

from fairlead.router.brief import View
from fairlead.router.health import Checking, Known, Lesson, Load, Standing, State, Tickets, Tuning
from fairlead.router.memory import OwnMemory, Sight
from fairlead.router.sessions import NOTHING, Past
from fairlead.shared.config.schema import Target
from fairlead.shared.key_told import KeyTold
from fairlead.shared.rates import Window as Limited
from fairlead.shared.runtime.metrics import Counter, Gauge, Histogram, Metric

from .events import Answered, Batch, Began, Event, checked, ended, packed, unpacked
from .link import AwayError, Link, News
from .replica import Replica

PATIENCE = 0.05
"""Seconds a request waits for Redis at most."""
PAUSE = 1.0
"""Seconds for which a Redis that did not answer is not asked again."""
EVERY = 0.25
"""Seconds between exchanges while there are no requests."""
UNTOLD = 20_000
"""Events kept for a Redis that is away; beyond, the oldest are never told."""
AT_ONCE = 500
PROBE_LIFE = 5.0
"""Seconds for which a router may send the only probe of a target: longer than it takes to tell the others that it is on
its way, after which they wait for it as they do for their own. Nobody waits for one that was not sent."""
CHECK = "check "
"""What stands before the name of a provider whose checks are claimed: no target is called so, for want of a comma."""
BEAT = 10.0
"""Seconds after which the others hear of a router that has requests on their way, though there is nothing new."""
BACK = 600.0
"""Seconds of the past that a router which starts takes over."""

_TRIPS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds; nobody waits longer than `PATIENCE`."""


class SharedMemory:
    """`me` is this router's name among the others, new with each start. `clock` is that of the views, `now` tells Unix
    seconds; `log` hears when Redis goes and when it is back."""

    def __init__(
        self, own: OwnMemory, link: Link, me: str, *, clock: Callable[[], float], now: Callable[[], float], log: Any
    ) -> None:
        self._own = own
        self._replica = Replica(own.board, me)
        self._link = link
        self._me = me
        self._clock = clock
        self._now = now
        self._log = log
        self._untold: deque[Event] = deque()
        self._told = 0
        self._requests = 0
        self._numbers: dict[int, int] = {}
        self._sessions: dict[str, Past] = {}
        self._cursor = f"{int((now() - BACK) * 1_000)}-0"
        self._away_until: float | None = None
        self._waiting: list[tuple[str, asyncio.Future[bytes | None]]] = []
        self._exchanging: asyncio.Task[None] | None = None
        self._told_at = clock()
        self._exchanges = Histogram(
            "fairlead_router_redis_seconds", "Time one exchange with the Redis that routers share takes.", (), _TRIPS
        )
        self._failures = Counter("fairlead_router_redis_failures_total", "Exchanges with Redis that failed.", ())

    def __repr__(self) -> str:
        return f"<SharedMemory {self._me} untold={len(self._untold)} away={self.away}>"

    def figures(self) -> list[Metric]:
        """How it is with Redis."""
        about = "1 while the Redis that routers share cannot be reached."
        away = Gauge("fairlead_router_redis_away", about, (), lambda: {(): float(self.away)})
        about = "Events that the Redis which routers share has not been told yet."
        untold = Gauge("fairlead_router_redis_untold", about, (), lambda: {(): float(len(self._untold))})
        return [away, untold, self._exchanges, self._failures]

    @property
    def away(self) -> bool:
        """Whether Redis is taken to be gone."""
        return self._away_until is not None

    def retune(self, tuning: Tuning, *, heeds: bool) -> None:
        """As this router's own."""
        self._own.retune(tuning, heeds=heeds)

    async def run(self) -> None:
        """Exchanges for ever, so that the others hear of the last request too."""
        while True:
            await asyncio.sleep(EVERY)
            await self.tend()

    async def tend(self) -> None:
        """One exchange beside all requests. This is where a Redis that was away is found again: no request waits for
        that."""
        if self._away_until is None or self._clock() >= self._away_until:
            await self._asked(None)

    async def past(self, session: str | None) -> Past:
        """What any router knows of a session; this is where a request meets Redis, once."""
        found = None if self.away else await self._asked(session)
        if session is not None and found is not None and session not in self._sessions:
            self._own.sessions.note(session, _past(found, self._apart))
        return self._own.sessions.past(session)

    async def view(self, sight: Sight, now: float) -> View:
        view = await self._own.view(sight, now)
        probing = [name for name, standing in view.standings.items() if _wants_probe(standing, now)]
        if not probing or self.away:
            return view
        taken = await self._taken(probing)
        standings = {**view.standings, **{name: _waits(view.standings[name], now) for name in taken}}
        return structs.replace(view, standings=standings)

    def began(self, target: Target, now: float, load: Load) -> Tickets:
        tickets = self._own.began(target, now, load)
        self._requests += 1
        self._numbers[id(tickets)] = self._requests
        self._tell(Began(self._requests, self._unix(now), target.provider, target.model, load))
        return tickets

    def answered(self, tickets: Tickets, now: float, told: Sequence[Limited], key: KeyTold | None = None) -> None:
        self._own.answered(tickets, now, told, key)
        self._tell(Answered(self._numbers[id(tickets)], self._unix(now), tuple(told), key))

    def ended(
        self,
        tickets: Tickets,
        now: float,
        lesson: Lesson,
        told: Sequence[Limited] = (),
        key: KeyTold | None = None,
    ) -> None:
        self._own.ended(tickets, now, lesson, told, key)
        self._tell(ended(self._numbers.pop(id(tickets)), self._unix(now), lesson, tuple(told), key))

    async def may_check(self, provider: str, seconds: float) -> bool:
        """While Redis is away each router checks for itself."""
        return self.away or not await self._taken([f"{CHECK}{provider}"], seconds)

    def check_began(self, provider: str, model: str | None, now: float) -> Checking:
        return self._own.check_began(provider, model, now)

    def checked(self, checking: Checking, now: float, lesson: Lesson, key: KeyTold | None = None) -> None:
        self._own.checked(checking, now, lesson, key)
        self._tell(checked(checking, self._unix(now), lesson, key))

    def comes_back(self, provider: str, model: str | None, now: float) -> float | None:
        return self._own.comes_back(provider, model, now)

    def known(self, now: float) -> list[Known]:
        return self._own.known(now)

    def note(self, session: str | None, past: Past) -> None:
        self._own.note(session, past)
        if session is not None and len(self._sessions) < UNTOLD:
            warmth = past.warmth
            moved = structs.replace(warmth, until=self._unix(warmth.until)) if warmth is not None else None
            self._sessions[session] = structs.replace(past, warmth=moved)

    async def _asked(self, session: str | None) -> bytes | None:
        """What Redis has of a session, after an exchange of news. Requests that come while one is on its way share the
        next."""
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((session or "", answer))
        if self._exchanging is None or self._exchanging.done():
            self._exchanging = asyncio.create_task(self._exchange())
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError as error:
            self._left(error)
            return None

    async def _exchange(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                pasts = await self._exchanged([session for session, _ in waiting])
            except AwayError as error:
                self._left(error)
                # Who came meanwhile would wait for the same.
                waiting, self._waiting = [*waiting, *self._waiting], []
                pasts = [None] * len(waiting)
            for (_, answer), past in zip(waiting, pasts, strict=True):
                if not answer.done():
                    answer.set_result(past)

    async def _exchanged(self, wanted: Sequence[str]) -> Sequence[bytes | None]:
        """Tells what is new here and hears what is new elsewhere. Raises `AwayError`; nothing is lost by that, and what
        was told all the same is known by its number."""
        first, events = self._told, tuple(islice(self._untold, AT_ONCE))
        sessions = dict(islice(self._sessions.items(), AT_ONCE))
        alive = bool(self._numbers) and self._clock() - self._told_at >= BEAT
        batch = packed(Batch(self._me, first, events)) if events or alive else b""
        written = [(name, msgspec.msgpack.encode(past)) for name, past in sessions.items()]
        asked = self._clock()
        news = await self._link.exchange(self._cursor, batch, written, wanted)
        self._exchanges.observe(self._clock() - asked)
        while self._untold and self._told < first + len(events):
            self._untold.popleft()
            self._told += 1
        if batch:
            self._told_at = self._clock()
        for name, past in sessions.items():
            if self._sessions.get(name) is past:
                del self._sessions[name]
        self._cursor = news.cursor
        self._returned()
        self._hear(news)
        return news.pasts

    def _hear(self, news: News) -> None:
        apart, now = self._apart, self._clock()
        for data in news.batches:
            batch = unpacked(data)
            if batch is not None:
                self._replica.hear(batch, apart, now)
        self._replica.forget(now)

    async def _taken(self, names: Sequence[str], seconds: float = PROBE_LIFE) -> Sequence[str]:
        """Whose probe is another router's; what is ours is so for so many seconds. Without Redis each router has its
        own."""
        try:
            async with asyncio.timeout(PATIENCE):
                ours = await self._link.claim(names, self._me, seconds)
        except (AwayError, TimeoutError) as error:
            self._left(error)
            return ()
        return [name for name, is_ours in zip(names, ours, strict=True) if not is_ours]

    def _tell(self, event: Event) -> None:
        self._untold.append(event)
        while len(self._untold) > UNTOLD:
            # The others count on from the number of the next: one that is missing is not waited for.
            self._untold.popleft()
            self._told += 1

    @property
    def _apart(self) -> float:
        """What is to be added to a Unix time to get one of our clock."""
        return self._clock() - self._now()

    def _unix(self, moment: float) -> float:
        return moment - self._apart

    def _left(self, error: Exception) -> None:
        self._failures.add()
        if self._away_until is None:
            self._log.warning("redis away", because=str(error) or type(error).__name__, until="it answers again")
        self._away_until = self._clock() + PAUSE

    def _returned(self) -> None:
        if self._away_until is not None:
            self._away_until = None
            self._replica.again(self._clock())
            self._log.info("redis back")

    async def aclose(self) -> None:
        """Tells what is still to tell, and leaves."""
        for _ in range(UNTOLD // AT_ONCE):
            if not self.away:
                await self._asked(None)
            if self.away or not self._untold:
                break
        await self._link.aclose()


def _past(data: bytes, apart: float) -> Past:
    """What another router knew of a session, with moments of our clock; nothing where it cannot be read."""
    try:
        past = msgspec.msgpack.decode(data, type=Past)
    except msgspec.MsgspecError:
        return NOTHING
    warmth = past.warmth
    return past if warmth is None else structs.replace(past, warmth=structs.replace(warmth, until=warmth.until + apart))


def _wants_probe(standing: Standing, now: float) -> bool:
    return standing.state is State.HALF_OPEN and standing.until <= now


def _waits(standing: Standing, now: float) -> Standing:
    """Of a target whose probe is somebody else's."""
    return structs.replace(standing, until=now + PAUSE)
