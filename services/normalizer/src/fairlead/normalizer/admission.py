"""How many calls a provider gets: so many at once, with a bounded queue behind them, and so many a minute."""

import asyncio
import math
from collections import deque
from collections.abc import Callable

import httpx2

from fairlead.shared.allowance import Allowance
from fairlead.shared.config.schema import RateLimits
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.attempt import Answer, Call, Flowing, Refused, Timing, Whole, attempt

_Clock = Callable[[], float]


class Places:
    """At most `count` at once; behind them at most `queue` wait, who came first being served first."""

    def __init__(self, count: int, queue: int) -> None:
        self._free = self._count = count
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __repr__(self) -> str:
        return f"<Places free={self._free} waiting={len(self._waiting)}>"

    @property
    def crowded(self) -> bool:
        """Whether there is neither a place nor room in the queue."""
        return not self._free and len(self._waiting) >= self._queue

    @property
    def waiting(self) -> int:
        """Those in the queue."""
        return len(self._waiting)

    @property
    def taken(self) -> int:
        """Places that somebody has."""
        return self._count - self._free

    async def take(self, longest: float) -> bool:
        """A place, or False when none got free within `longest` seconds. Who is cancelled has none and waits no more.
        Not to be asked for while it is crowded."""
        if self._free:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(longest):
                await turn
        except TimeoutError:
            self._give_up(turn)
            return False
        except BaseException:
            self._give_up(turn)
            raise
        return True

    def give(self) -> None:
        """A place is free again: it is whose turn it is."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        """The turn may have come at the very moment of giving up."""
        if turn.done() and not turn.cancelled():
            self.give()
        elif turn in self._waiting:
            self._waiting.remove(turn)


class Admission:
    """One provider's limits; without any, calls pass untouched. `clock` in seconds."""

    def __init__(self, name: str, limits: RateLimits, clock: _Clock) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._places = Places(limits.concurrency, limits.queue) if limits.concurrency else None
        self._requests = Allowance(limits.rpm) if limits.rpm else None
        self._tokens = Allowance(limits.tpm) if limits.tpm else None

    def __repr__(self) -> str:
        return f"<Admission {self._name} {self._places} requests={self._requests} tokens={self._tokens}>"

    @property
    def waiting(self) -> int:
        """Calls that wait for a place."""
        return self._places.waiting if self._places is not None else 0

    @property
    def running(self) -> int | None:
        """Calls that have a place; None where nobody counts them, as there is no limit."""
        return self._places.taken if self._places is not None else None

    async def attempt(self, transport: httpx2.AsyncBaseTransport, call: Call, deadline: float | None = None) -> Answer:
        """`attempt`, if the limits allow it; else what says so. A stream keeps its place until it is over.

        `deadline`: seconds that the caller waits at most.
        """
        if self._places is None and self._requests is None and self._tokens is None:
            return await attempt(transport, call, self._clock)
        try:
            await self._enter(self._limits.queue_s if deadline is None else min(self._limits.queue_s, deadline))
        except FailureError as error:
            moment = self._clock()
            return Refused(error.failure, (), Timing(moment, ended=moment), asked=False)
        try:
            answer = await attempt(transport, call, self._clock)
        except BaseException:
            self._leave(None)
            raise
        if isinstance(answer, Flowing):
            answer.then(lambda: self._leave(answer.pipe.progress.usage))
        else:
            self._leave(answer.message.usage if isinstance(answer, Whole) and answer.message else None)
        return answer

    async def _enter(self, longest: float) -> None:
        """Raises `FailureError` (RATE_LIMIT, OVERLOADED)."""
        self._check_rates()
        if self._places is not None:
            await self._take_place(self._places, longest)
            try:
                self._check_rates()  # time has passed
            except FailureError:
                self._places.give()
                raise
        if self._requests is not None:
            self._requests.take(1, self._clock())

    def _check_rates(self) -> None:
        now, limits = self._clock(), self._limits
        for left, key, what in (
            (self._requests, "rpm", f"{limits.rpm} requests"),
            (self._tokens, "tpm", f"{limits.tpm} tokens"),
        ):
            wait = left.wait(now) if left is not None else 0.0
            if wait > 0:
                words = f"{self._name} has had its {what} a minute (limits.{key}); try again in {math.ceil(wait)} s"
                raise FailureError(Failure(Kind.RATE_LIMIT, words, retry_after=wait))

    async def _take_place(self, places: Places, longest: float) -> None:
        at_once = f"{self._name} answers {self._limits.concurrency} requests at once (limits.concurrency)"
        if places.crowded:
            words = f"{at_once}, and {self._limits.queue} more are waiting (limits.queue)"
            raise FailureError(Failure(Kind.OVERLOADED, words))
        if not await places.take(longest):
            raise FailureError(Failure(Kind.OVERLOADED, f"{at_once}, and none ended within {longest:g} s"))

    def _leave(self, usage: Usage | None) -> None:
        if self._places is not None:
            self._places.give()
        if self._tokens is not None and usage is not None:
            # What a provider reads from its cache most of them do not count.
            self._tokens.take(usage.input + usage.cache_write + usage.output, self._clock())
