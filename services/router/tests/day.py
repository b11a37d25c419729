"""A day of providers that throttle, slow down, fail and recover, and of ten thousand requests to them; no time passes."""

from collections import Counter, deque
from collections.abc import Sequence
from itertools import count
from random import Random

from msgspec import Struct

from fairlead.router.candidates import Candidate
from fairlead.router.failover import another_may_answer
from fairlead.router.health import Board, Lesson, Load, State, Tuning
from fairlead.router.ranking import Ranking, rank
from fairlead.router.terms import Brief
from fairlead.shared.config.schema import Target
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.pricing import Tariff
from fairlead.shared.rates import What, Window

DAY = 86_400.0
REQUESTS = 10_000
MINUTE = 60.0


class Trouble(Struct, frozen=True):
    """From `start` to `end`, in seconds of the day, a `share` of the calls ends in `kind`."""

    start: float
    end: float
    kind: Kind
    share: float = 1.0


class Provider:
    """One simulated model: its price, how many requests a minute it takes, how fast it is and what goes wrong with it.
    Limits are told in answers where `tells` says so."""

    def __init__(
        self,
        name: str,
        tariff: Tariff,
        *,
        rpm: int = 1_000,
        seconds: float = 1.0,
        troubles: Sequence[Trouble] = (),
        tells: bool = True,
    ) -> None:
        self.name = name
        self.tariff = tariff
        self.rpm = rpm
        self.seconds = seconds
        self.troubles = troubles
        self.tells = tells
        self.target = Target(name, "m")
        self.calls = 0
        self.fullest = 0.0
        self._minute: deque[float] = deque()

    def healthy(self, now: float) -> bool:
        return not any(one.start <= now < one.end for one in self.troubles)

    def answer(self, now: float, chance: float) -> Failure | None:
        """What becomes of one call."""
        self.calls += 1
        while self._minute and self._minute[0] <= now - MINUTE:
            self._minute.popleft()
        if len(self._minute) >= self.rpm:
            return Failure(Kind.RATE_LIMIT, "too many", retry_after=MINUTE - (now - self._minute[0]))
        self._minute.append(now)
        self.fullest = max(self.fullest, len(self._minute) / self.rpm)
        trouble = next((one for one in self.troubles if one.start <= now < one.end and chance < one.share), None)
        return Failure(trouble.kind, "trouble") if trouble is not None else None

    def told(self, now: float) -> tuple[Window, ...]:
        if not self.tells:
            return ()
        left = self.rpm - len(self._minute)
        reset = MINUTE - (now - self._minute[0]) if self._minute else MINUTE
        return (Window(What.REQUESTS, self.rpm, left, reset, MINUTE),)


class Day:
    """Runs the requests of a day, in order, and counts what became of them."""

    def __init__(self, providers: Sequence[Provider], strategy: str, *, seed: int = 7, rush: float = 1.0) -> None:
        self.providers = {one.name: one for one in providers}
        self.board = Board(Tuning())
        self.outcomes: Counter[str] = Counter()
        self.probed: dict[str, list[float]] = {one.name: [] for one in providers}
        self.met_429 = 0
        self.errors_with_somebody_healthy = 0
        self.dollars = 0.0
        self._strategy = strategy
        self._chance = Random(seed)
        self._rush = rush

    def run(self) -> "Day":
        ids = count()
        for now in self._moments():
            self._request(now, next(ids))
        return self

    @property
    def probes(self) -> dict[str, int]:
        return {name: len(moments) for name, moments in self.probed.items()}

    def _moments(self) -> list[float]:
        """Most of the requests within the working day, some of it in a rush."""
        middle, spread = DAY / 2, DAY / 8 / self._rush
        moments = (min(max(self._chance.gauss(middle, spread), 0.0), DAY - 1) for _ in range(REQUESTS))
        return sorted(moments)

    def _request(self, now: float, number: int) -> None:
        tokens = int(self._chance.lognormvariate(9.5, 0.8))
        ranking = rank(self._brief(now, number, tokens))
        assert isinstance(ranking, Ranking)
        failure: Failure | None = None
        limited = False
        for target in ranking.targets:
            self._never_open_while_another_is_closed(target, now)
            failure = self._attempt(self.providers[target.provider], now, tokens)
            limited = limited or (failure is not None and failure.kind is Kind.RATE_LIMIT)
            if failure is None or not another_may_answer(failure):
                break
        self.met_429 += limited
        self.outcomes[failure.kind if failure else "answered"] += 1
        if failure is not None and any(one.healthy(now) for one in self.providers.values()):
            self.errors_with_somebody_healthy += 1

    def _never_open_while_another_is_closed(self, target: Target, now: float) -> None:
        if self.board.standing(target, now).until <= now:
            return
        others = [self.board.standing(one.target, now).until for one in self.providers.values()]
        assert all(until > now for until in others), "somebody who rests was asked while another did not"

    def _attempt(self, provider: Provider, now: float, tokens: int) -> Failure | None:
        if self.board.standing(provider.target, now).state is State.HALF_OPEN:
            self.probed[provider.name].append(now)
        load = Load(tokens, 500)
        tickets = self.board.began(provider.target, now, load)
        failure = provider.answer(now, self._chance.random())
        wait = provider.seconds * (0.5 + self._chance.random())
        lesson = Lesson(
            failure, load if failure is None else None, None if failure else wait, None if failure else 60.0
        )
        self.board.ended(tickets, now, lesson, provider.told(now))
        if failure is None:
            self.dollars += provider.tariff.cost(Usage(tokens, output=500)) or 0.0
        return failure

    def _brief(self, now: float, number: int, tokens: int) -> Brief:
        candidates = tuple(
            [
                Candidate(one.name, one.target, self.board.standing(one.target, now), one.tariff)
                for one in self.providers.values()
            ]
        )
        return Brief(
            candidates=candidates,
            fallbacks=(),
            emergency=None,
            strategy=self._strategy,
            tokens=tokens,
            bound=4 * tokens,
            guess=tokens,
            most_output=500,
            session=f"session {number % 200}",
            draw=str(number),
            now=now,
        )
