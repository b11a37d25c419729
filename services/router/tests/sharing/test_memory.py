"""Routers that share a Redis know what each of them learns; without it, each knows what it has learned itself."""

import asyncio

import pytest

from fairlead.router.affinity import Warmth
from fairlead.router.health import Board, Lesson, Load, Standing, State, Tuning
from fairlead.router.memory import OwnMemory, Sight
from fairlead.router.sessions import Past, Sessions
from fairlead.router.sharing import SharedMemory
from fairlead.router.sharing.memory import PAUSE
from fairlead.router.sharing.replica import LONGEST, SILENT
from fairlead.shared.config.schema import RateLimits, Target
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.rates import What, Window
from fairlead.shared.runtime.metrics import told as figures

from ..running import Lines
from .fake_link import FakeLink, FakeRedis

A = Target("p", "a")
LOAD = Load(100, 10)


class Time:
    """One Unix time for all, and a monotonic clock of each router's own."""

    def __init__(self) -> None:
        self.unix = 1_700_000_000.0

    def now(self) -> float:
        return self.unix


class Router:
    """One router's memory."""

    def __init__(self, redis: FakeRedis, time: Time, name: str, *, booted: float) -> None:
        self.log = Lines()
        self.link = FakeLink(redis)
        self.clock = lambda: time.unix - booted
        board = Board(Tuning(limits={"p": RateLimits(rpm=100)}))
        self.memory = SharedMemory(
            OwnMemory(board, Sessions()), self.link, name, clock=self.clock, now=time.now, log=self.log
        )

    def attempt(self, failure: Failure | None = None) -> None:
        tickets = self.memory.began(A, self.clock(), LOAD)
        self.memory.ended(tickets, self.clock(), Lesson(failure, LOAD if failure is None else None))

    async def standing(self) -> Standing:
        await self.memory.past(None)
        return (await self.memory.view(Sight((A,), None), self.clock())).standings["p,a"]


@pytest.fixture
def redis() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def one(redis: FakeRedis, time: Time) -> Router:
    return Router(redis, time, "one", booted=1_000.0)


@pytest.fixture
def two(redis: FakeRedis, time: Time) -> Router:
    return Router(redis, time, "two", booted=1_600_000_000.0)


async def told(*routers: Router) -> None:
    for router in routers:
        await router.memory.tend()


async def test_a_circuit_that_opens_at_one_is_open_at_the_other(one: Router, two: Router) -> None:
    for _ in range(5):
        one.attempt(Failure(Kind.UPSTREAM, "secret words"))
    await told(one)
    standing = await two.standing()
    assert standing.state is State.OPEN


async def test_no_word_of_a_failure_reaches_redis(one: Router, redis: FakeRedis) -> None:
    one.attempt(Failure(Kind.UPSTREAM, "secret words", body=b"secret body"))
    await told(one)
    assert redis.batches
    assert not any(b"secret" in batch for batch in redis.batches)


async def test_limits_are_used_up_by_all_together(one: Router, two: Router) -> None:
    for router in (one, two):
        for _ in range(10):
            router.attempt()
    await told(one, two, one)
    assert (await one.standing()).used == pytest.approx(0.2)
    assert (await two.standing()).used == pytest.approx(0.2)


async def test_what_is_on_its_way_at_one_counts_at_the_other_until_it_is_over(one: Router, two: Router) -> None:
    tickets = one.memory.began(A, one.clock(), LOAD)
    await told(one)
    assert (await two.standing()).in_flight == 1
    one.memory.answered(tickets, one.clock(), [Window(What.TOKENS, 100, 40, 60)])
    one.memory.ended(tickets, one.clock(), Lesson(gone=True))
    await told(one)
    standing = await two.standing()
    assert (standing.in_flight, standing.used) == (0, 0.6)


async def test_the_probe_of_a_target_is_one_routers_alone(one: Router, two: Router, time: Time) -> None:
    for _ in range(5):
        one.attempt(Failure(Kind.UPSTREAM, "x"))
    await told(one, two)
    time.unix += 20
    first, second = await one.standing(), await two.standing()
    assert (first.state, second.state) == (State.HALF_OPEN, State.HALF_OPEN)
    assert first.until <= time.unix - 1_000.0
    assert second.until > time.unix - 1_600_000_000.0


async def test_an_exchange_whose_answer_was_lost_counts_once(
    one: Router, two: Router, redis: FakeRedis, time: Time
) -> None:
    for _ in range(10):
        one.attempt()
    redis.loses_answers = True
    await told(one)
    redis.loses_answers = False
    time.unix += PAUSE
    await told(one)
    assert len(redis.batches) == 2
    assert (await two.standing()).used == pytest.approx(0.1)


async def test_without_redis_a_router_knows_what_it_learned_itself(one: Router, redis: FakeRedis, time: Time) -> None:
    redis.away = True
    for _ in range(5):
        one.attempt(Failure(Kind.UPSTREAM, "x"))
    assert (await one.standing()).state is State.OPEN
    assert one.memory.away


async def test_how_it_is_with_redis_is_told_for_figures(one: Router, redis: FakeRedis) -> None:
    await told(one)
    redis.away = True
    one.attempt()
    await one.standing()
    lines = figures(one.memory.figures()).decode().splitlines()
    assert "fairlead_router_redis_away 1" in lines
    assert "fairlead_router_redis_untold 2" in lines
    assert "fairlead_router_redis_seconds_count 1" in lines
    assert "fairlead_router_redis_failures_total 1" in lines


async def test_a_redis_that_is_away_is_mentioned_once_and_not_asked_all_the_time(
    one: Router, redis: FakeRedis, time: Time
) -> None:
    redis.away = True
    for _ in range(5):
        await told(one)
        time.unix += PAUSE
    redis.away = False
    before = redis.exchanges
    await one.memory.past("s")
    assert redis.exchanges == before, "no request finds out whether it is back"
    await told(one)
    assert redis.exchanges == before + 1
    assert [line["event"] for line in one.log.written] == ["redis away", "redis back"]
    redis.away = True
    await told(one)
    redis.away = False
    await told(one, one)
    assert redis.exchanges == before + 1


async def test_what_was_learned_without_redis_is_told_when_it_is_back(
    one: Router, two: Router, redis: FakeRedis, time: Time
) -> None:
    redis.away = True
    for _ in range(10):
        one.attempt()
    await told(one)
    redis.away = False
    time.unix += PAUSE
    await told(one)
    assert (await two.standing()).used == pytest.approx(0.1)


async def test_a_session_is_known_wherever_it_comes_next(one: Router, two: Router, time: Time) -> None:
    lives_until = time.unix + 300
    one.memory.note("s", Past(70_000, Warmth("p,a", 60_000, lives_until - 1_000.0, "mark")))
    await told(one)
    past = await two.memory.past("s")
    assert past.prompt == 70_000
    assert past.warmth is not None
    assert past.warmth.until == lives_until - 1_600_000_000.0
    assert (await two.memory.past("another")).prompt == 0


async def test_a_router_knows_its_own_session_before_anybody_was_told(one: Router) -> None:
    one.memory.note("s", Past(5))
    assert (await one.memory.past("s")).prompt == 5


async def test_a_router_that_starts_later_takes_over_what_is_known(redis: FakeRedis, time: Time, one: Router) -> None:
    for _ in range(5):
        one.attempt(Failure(Kind.UPSTREAM, "x"))
    await told(one)
    assert (await Router(redis, time, "three", booted=5.0).standing()).state is State.OPEN


async def test_requests_of_a_router_that_was_killed_are_given_up(one: Router, two: Router, time: Time) -> None:
    one.memory.began(A, time.unix - 1_000.0, LOAD)
    await told(one)
    assert (await two.standing()).in_flight == 1
    time.unix += SILENT
    assert (await two.standing()).in_flight == 0


async def test_requests_of_a_router_that_lives_go_on_however_long_they_take(
    one: Router, two: Router, time: Time
) -> None:
    one.memory.began(A, time.unix - 1_000.0, LOAD)
    for _ in range(10):
        time.unix += SILENT / 2
        await told(one, two)
    assert (await two.standing()).in_flight == 1


async def test_nobody_was_silent_while_redis_was_away(one: Router, two: Router, redis: FakeRedis, time: Time) -> None:
    one.memory.began(A, time.unix - 1_000.0, LOAD)
    await told(one, two)
    redis.away = True
    await told(two)
    time.unix += 2 * SILENT
    redis.away = False
    await told(two)
    assert (await two.standing()).in_flight == 1


async def test_a_request_that_nobody_ends_is_given_up_some_day(one: Router, two: Router, time: Time) -> None:
    one.memory.began(A, time.unix - 1_000.0, LOAD)
    await told(one)
    for _ in range(int(LONGEST / SILENT) * 2 + 1):
        time.unix += SILENT / 2
        await told(one, two)
    assert (await two.standing()).in_flight == 0


async def test_requests_that_come_together_share_an_exchange(one: Router, redis: FakeRedis) -> None:
    await asyncio.gather(*(one.memory.past(f"session {number}") for number in range(500)))
    assert redis.exchanges <= 2


async def test_a_batch_nobody_can_read_is_passed_over(one: Router, two: Router, redis: FakeRedis) -> None:
    redis.batches.append(b"\xc1 of another version")
    one.attempt()
    await told(one)
    assert (await two.standing()).used == pytest.approx(0.01)


async def test_the_last_words_are_told_when_a_router_stops(one: Router, two: Router) -> None:
    one.attempt()
    await one.memory.aclose()
    assert one.link.closed
    assert (await two.standing()).used == pytest.approx(0.01)


async def test_a_provider_is_checked_by_one_router_and_the_others_hear_what_came_of_it(redis: FakeRedis) -> None:
    time = Time()
    one, other = Router(redis, time, "one", booted=0.0), Router(redis, time, "other", booted=5.0)
    assert await one.memory.may_check("p", 60.0)
    assert not await other.memory.may_check("p", 60.0)
    assert await one.memory.may_check("p", 60.0)
    for _ in range(5):
        checking = one.memory.check_began("p", None, one.clock())
        one.memory.checked(checking, one.clock(), Lesson(Failure(Kind.UNREACHABLE, "x")))
    await one.standing()
    assert (await other.standing()).state is State.OPEN
    checking = one.memory.check_began("p", None, one.clock())
    one.memory.checked(checking, one.clock(), Lesson())
    await one.standing()
    assert (await other.standing()).state is State.CLOSED


async def test_while_redis_is_away_each_router_checks_for_itself(redis: FakeRedis) -> None:
    time = Time()
    one, other = Router(redis, time, "one", booted=0.0), Router(redis, time, "other", booted=5.0)
    assert await one.memory.may_check("p", 60.0)
    redis.away = True
    assert await other.memory.may_check("p", 60.0)
