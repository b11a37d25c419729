"""Counts tokens here, for models whose providers do not, and learns from their answers how far off that is."""

import asyncio
from collections.abc import Callable

from fairlead.shared.calibration import Calibration
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import FailureError
from fairlead.shared.measures import Measure
from fairlead.shared.runtime.counting import Counting

from .lane import Wanted
from .upstreams import Place

SAMPLED = 1024 * 1024
"""Bytes of the largest body that is counted only to learn from it; it takes some 50 ms of a thread."""


class Sample:
    """A request that is being counted while its model answers."""

    def __init__(self, learn: Callable[[int, int], None], counting: "asyncio.Task[int]") -> None:
        self._learn = learn
        self._counting = counting

    def settle(self, usage: Usage | None) -> None:
        """What the provider says it has read; None: nobody knows."""
        if usage is not None:
            read = usage.prompt
            self._counting.add_done_callback(lambda done: self._done(done, read))

    def _done(self, done: "asyncio.Task[int]", read: int) -> None:
        if not done.cancelled() and done.exception() is None:
            self._learn(done.result(), read)


class LocalCount:
    """One for all requests. At most one request at a time is counted only to learn from it."""

    def __init__(self, counting: Counting, calibration: Calibration) -> None:
        self._counting = counting
        self._calibration = calibration
        self._sampling: asyncio.Task[int] | None = None

    async def tokens(self, wanted: Wanted, place: Place) -> int:
        """Tokens of a request to a model. Raises `FailureError` (BAD_REQUEST)."""
        factor = self._calibration.factor(place.name)
        return round(await self._measured(wanted, place.measure) * factor)

    def sample(self, wanted: Wanted, place: Place) -> Sample | None:
        """Begins to count a request that is about to be answered, if there is something to learn from it."""
        name = place.name
        busy = self._sampling is not None and not self._sampling.done()
        if busy or len(wanted.body) > SAMPLED or not self._calibration.wants(name):
            return None
        self._sampling = asyncio.get_running_loop().create_task(self._counted(wanted, place.measure))
        return Sample(lambda counted, read: self._calibration.learn(name, counted, read), self._sampling)

    async def _counted(self, wanted: Wanted, measure: Measure) -> int:
        """0 for what its provider may understand and we do not."""
        try:
            return await self._measured(wanted, measure)
        except FailureError:
            return 0

    async def _measured(self, wanted: Wanted, measure: Measure) -> int:
        return round(await self._counting.tokens(wanted.dialect, wanted.fields, measure.vocabulary) * measure.factor)
