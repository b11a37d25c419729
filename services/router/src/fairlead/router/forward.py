"""Asks one target after the other until one answers, or until there is nobody worth asking."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct, structs

from fairlead.router.ask import Asker, Errand, Step, Tried
from fairlead.router.failover import Circumstances, another_may_answer, most_telling, spread
from fairlead.router.hedge import Race, side_by_side
from fairlead.router.rendezvous import draw
from fairlead.shared.failure import Kind
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole


class Outcome(Struct, frozen=True):
    """The answer, or of all refusals the one to tell; `position` is the target's it came from. `waited`: seconds spent
    waiting for targets; those that were asked side by side were waited for together."""

    answer: Whole | Flowing | Refused
    position: int
    steps: tuple[Step, ...]
    waited: float = 0.0


class Tempo(Struct, frozen=True):
    """Seconds. `first_content`: how long a target's answer may take to begin while there is another to ask; `hedge`:
    after how long a second one is asked beside the first, where that costs no more than `hedge_cost` US dollars. None:
    no such limit, and never."""

    first_content: float | None = None
    hedge: float | None = None
    hedge_cost: float = 0.0


PATIENT = Tempo()

OTHER_KEYS = 3
"""Times a target is asked again at once because another of its keys is ready; the normalizer tries two each time."""


SETTLING = 0.25
"""Seconds until a target is asked again that the normalizer does not know yet."""


class Forwarder:
    """Takes errands to their targets. `clock` in seconds. `settled`: whether the normalizer must have seen the last
    change of the configuration, so that a target it does not know is none."""

    def __init__(
        self,
        asker: Asker,
        clock: Callable[[], float],
        tempo: Tempo = PATIENT,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        settled: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settled = settled
        self._asker = asker
        self._clock = clock
        self._tempo = tempo
        self._sleep = sleep

    async def run(self, errand: Errand) -> Outcome:
        """The first answer there is. Raises `FailureError` (BAD_REQUEST) for a body that cannot be translated."""
        steps: list[Step] = []
        refused: list[Tried] = []
        position, keys, again, waited = 0, 0, False, 0.0
        while position < len(errand.decision.targets):
            pause = self._repeated(errand, SETTLING * again) if keys or again else self._pause(errand, position)
            if pause is None:
                break
            if pause:
                await self._sleep(pause)
            began = self._clock()
            race = await self._asked(errand, position, pause)
            waited += pause + (self._clock() - began if race.beside else race.tried[0].step.seconds)
            steps += _steps(race)
            last = race.tried[-1]
            if not isinstance(last.answer, Refused):
                return Outcome(last.answer, last.step.position, tuple(steps), waited)
            refused += race.tried
            again = len(race.tried) == 1 and self._may_come_to_know(last)
            if again:
                continue
            if len(race.tried) == 1 and last.step.another_key and keys < OTHER_KEYS:
                keys += 1
                continue
            position, keys = position + len(race.tried), 0
            if not all(_goes_on(one, errand, position) for one in race.tried):
                break
        return _told(refused, steps, waited)

    async def count(self, errand: Errand) -> Whole | Flowing | Refused:
        """The first target's count of the tokens."""
        return await self._asker.count(errand)

    async def _asked(self, errand: Errand, position: int, pause: float) -> Race:
        """One target, or the first two side by side."""
        left = len(errand.decision.targets) - position - 1
        within = self._tempo.first_content if left else None
        if position == 0 and self._tempo.hedge is not None and self._may_hedge(errand):
            return await side_by_side(
                lambda place: self._asker.ask(errand, place, pause=0.0 if place else pause, within=within),
                self._tempo.hedge,
            )
        return Race((await self._asker.ask(errand, position, pause=pause, within=within),))

    def _may_hedge(self, errand: Errand) -> bool:
        """Not where a cache would be paid for twice, where the provider acts, or where nobody knows what it costs."""
        second = errand.costs[1] if len(errand.costs) > 1 else None
        return not errand.acts and errand.cold and second is not None and second <= self._tempo.hedge_cost

    def _pause(self, errand: Errand, position: int) -> float | None:
        """Seconds before the next target is asked; None where the client's deadline leaves no time for it. The first is
        asked all the same, at once where there is no time to wait for it."""
        decision, deadline = errand.decision, errand.envelope.deadline
        pause = spread(decision.delay, draw(decision.id, str(position))) if position else decision.wait
        if deadline is None or self._clock() + pause < deadline:
            return pause
        return None if position else 0.0

    def _repeated(self, errand: Errand, pause: float) -> float | None:
        """`pause` before a target is asked again, with another key at once; None where no time is left for it."""
        deadline = errand.envelope.deadline
        return pause if deadline is None or self._clock() + pause < deadline else None

    def _may_come_to_know(self, tried: Tried) -> bool:
        """Whether a target is unknown because the normalizer reads a change of the configuration after us."""
        failure = tried.step.failure
        return failure is not None and failure.kind is Kind.NOT_FOUND and not self._settled()


def _steps(race: Race) -> list[Step]:
    """A note of everybody who was asked, in the order they were."""
    noted = [structs.replace(one.step, beside=one.step.position == 1 and race.beside) for one in race.tried]
    if race.let_go is not None:
        noted.append(Step(race.let_go, None, 0.0, native=False, beside=race.let_go == 1, let_go=True))
    return sorted(noted, key=lambda step: step.position)


def _goes_on(tried: Tried, errand: Errand, position: int) -> bool:
    """Whether what the targets have refused, those from `position` on may not."""
    failure, windows = tried.step.failure, errand.windows
    if failure is None:
        return True
    own = windows[tried.step.position] if windows else None
    largest = max((window for window in windows[position:] if window is not None), default=0)
    return another_may_answer(failure, Circumstances(errand.acts, larger=own is not None and largest > own))


def _told(refused: Sequence[Tried], steps: Sequence[Step], waited: float) -> Outcome:
    failures = [one.step.failure for one in refused if one.step.failure is not None]
    told = most_telling(failures)
    teller = next(one for one in refused if one.step.failure is told)
    return Outcome(teller.answer, teller.step.position, tuple(steps), waited)
