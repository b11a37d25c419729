"""A second target is asked beside a silent first; the later one is let go of, and nothing runs on."""

import asyncio

import pytest

from fairlead.router.ask import Step, Tried
from fairlead.router.hedge import side_by_side
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.runtime.attempt import Refused, Whole
from fairlead.shared.runtime.flow import Timing

ANSWER = Whole(200, (), b"{}", None, Timing(0.0))
BUSY = Failure(Kind.OVERLOADED, "busy")
REFUSAL = Refused(BUSY, (), Timing(0.0))
SOON, NEVER = 0.0, 60.0


class Targets:
    """Answers when they are told to. `asked` and `ended` are places, in the order it happened."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.ended: list[int] = []
        self.both_asked = asyncio.Event()
        self._answers = [asyncio.get_running_loop().create_future() for _ in range(2)]

    def say(self, place: int, answer: Whole | Refused) -> None:
        self._answers[place].set_result(answer)

    async def ask(self, place: int) -> Tried:
        self.asked.append(place)
        if len(self.asked) == len(self._answers):
            self.both_asked.set()
        try:
            answer = await self._answers[place]
        finally:
            self.ended.append(place)
        failure = answer.failure if isinstance(answer, Refused) else None
        return Tried(answer, Step(place, failure, 0.0, native=True))


async def test_a_first_that_answers_in_time_is_alone() -> None:
    targets = Targets()
    targets.say(0, ANSWER)
    race = await side_by_side(targets.ask, NEVER)
    assert [one.answer for one in race.tried] == [ANSWER]
    assert (race.let_go, race.beside, targets.asked) == (None, False, [0])


@pytest.mark.parametrize("winner", [0, 1])
async def test_whoever_answers_first_is_heard_and_the_other_let_go_of(winner: int) -> None:
    targets = Targets()
    race = asyncio.create_task(side_by_side(targets.ask, SOON))
    await targets.both_asked.wait()
    targets.say(winner, ANSWER)
    told = await race
    assert [one.step.position for one in told.tried] == [winner]
    assert told.let_go == 1 - winner
    assert sorted(targets.ended) == [0, 1]


async def test_a_refusal_leaves_the_other_in_the_race() -> None:
    targets = Targets()
    race = asyncio.create_task(side_by_side(targets.ask, SOON))
    await targets.both_asked.wait()
    targets.say(0, REFUSAL)
    targets.say(1, ANSWER)
    told = await race
    assert [one.answer for one in told.tried] == [REFUSAL, ANSWER]
    assert told.let_go is None


async def test_two_refusals_are_both_told() -> None:
    targets = Targets()
    race = asyncio.create_task(side_by_side(targets.ask, SOON))
    await targets.both_asked.wait()
    targets.say(1, REFUSAL)
    targets.say(0, REFUSAL)
    assert [one.answer for one in (await race).tried] == [REFUSAL, REFUSAL]


async def test_a_client_that_leaves_ends_both() -> None:
    targets = Targets()
    race = asyncio.create_task(side_by_side(targets.ask, SOON))
    await targets.both_asked.wait()
    race.cancel()
    with pytest.raises(asyncio.CancelledError):
        await race
    assert sorted(targets.ended) == [0, 1]
