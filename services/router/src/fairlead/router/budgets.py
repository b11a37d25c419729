"""What is left of the budgets, and what follows from that for a request: a warning, cheaper targets, or a refusal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from fairlead.shared.config.schema import Budget, Target


class Level(StrEnum):
    """How far a budget is spent, the least first."""

    WARNED = "warned"
    SLIDING = "sliding"
    SPENT = "spent"


class Nearest(Struct, frozen=True):
    """The budget of a request that is nearest to its end. `resets` in Unix seconds. `share` may be more than 1."""

    budget: Budget
    share: float
    resets: float

    @property
    def refuses(self) -> bool:
        """Whether nothing more may be spent."""
        return self.budget.refuse and self.share >= 1.0


class Thrift(Struct, frozen=True):
    """A budget is nearly spent: cheaper targets are preferred, those of `ladder` in its order where there is one."""

    budget: str
    ladder: tuple[Target, ...] = ()


class Spending(Struct, frozen=True):
    """How the budgets stand that a request counts towards."""

    nearest: Nearest | None = None
    thrift: Thrift | None = None


UNBOUNDED = Spending()


class Crossed(Struct, frozen=True):
    """A budget has come to a level, with so many US dollars spent."""

    budget: Budget
    level: Level
    spent: float


class Purse:
    """What was spent of each budget in its current period. `now` and `at` in Unix seconds; periods are of UTC."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self.budgets = tuple(budgets)
        self._spent = [(0.0, 0.0)] * len(self.budgets)

    def __repr__(self) -> str:
        return f"<Purse {[(one.name, spent) for one, (_, spent) in zip(self.budgets, self._spent, strict=True)]}>"

    def learn(self, spent: Sequence[float], now: float) -> None:
        """What was spent of each budget by all who spend, as far as somebody has written it down."""
        for place, (budget, before) in enumerate(zip(self.budgets, spent, strict=True)):
            start, _ = period(budget.period, now)
            self._spent[place] = (start, max(self._in(place, start), before))

    def follow(self, budgets: Sequence[Budget]) -> bool:
        """Other budgets from now on. Whether there are any: then what was spent before is to be told anew, with
        `learn`."""
        if tuple(budgets) == self.budgets:
            return False
        self.budgets = tuple(budgets)
        self._spent = [(0.0, 0.0)] * len(self.budgets)
        return True

    def spend(self, key: str | None, project: str | None, cost: float, at: float) -> list[Crossed]:
        """A request that came at `at` has cost so many US dollars. Which budgets come to a new level by that."""
        crossed = []
        for place, budget in enumerate(self.budgets):
            start, _ = period(budget.period, at)
            if not _counts(budget, key, project) or start < self._spent[place][0]:
                continue
            before = self._in(place, start)
            self._spent[place] = (start, before + cost)
            level = level_of(budget, before + cost)
            if level is not None and level != level_of(budget, before):
                crossed.append(Crossed(budget, level, before + cost))
        return crossed

    def look(self, key: str | None, project: str | None, now: float) -> Spending:
        """How a request would stand."""
        if not self.budgets:
            return UNBOUNDED
        found: list[Nearest] = []
        for place, budget in enumerate(self.budgets):
            if _counts(budget, key, project):
                start, end = period(budget.period, now)
                found.append(Nearest(budget, _share(budget, self._in(place, start)), end))
        if not found:
            return UNBOUNDED
        sliding = [one.budget for one in found if one.budget.slide_at is not None and one.share >= one.budget.slide_at]
        return Spending(
            nearest=max(found, key=lambda one: (one.refuses, one.share)),
            thrift=Thrift(sliding[0].name, sliding[0].ladder) if sliding else None,
        )

    def shares(self, now: float) -> dict[str, float]:
        """How much of each budget is spent, by its name; 1 for all of it."""
        return {
            budget.name: _share(budget, self._in(place, period(budget.period, now)[0]))
            for place, budget in enumerate(self.budgets)
        }

    def _in(self, place: int, start: float) -> float:
        """What was spent since `start`, the beginning of a period."""
        began, spent = self._spent[place]
        return spent if began == start else 0.0


def level_of(budget: Budget, spent: float) -> Level | None:
    """None for one that is far from its end."""
    share = _share(budget, spent)
    if share >= 1.0:
        return Level.SPENT
    if budget.slide_at is not None and share >= budget.slide_at:
        return Level.SLIDING
    return Level.WARNED if share >= budget.warn_at else None


def _share(budget: Budget, spent: float) -> float:
    """Ten times 0.1 is all of 1, though not in binary fractions."""
    return round(spent / budget.usd, 9)


def period(name: str, now: float) -> tuple[float, float]:
    """When the day or month of `now` begins, and when the next one does."""
    moment = datetime.fromtimestamp(now, UTC)
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if name == "day":
        return start.timestamp(), (start + timedelta(days=1)).timestamp()
    start = start.replace(day=1)
    # No month has more than 31 days, none less than four weeks.
    return start.timestamp(), (start + timedelta(days=31)).replace(day=1).timestamp()


def _counts(budget: Budget, key: str | None, project: str | None) -> bool:
    return budget.key in (None, key) and budget.project in (None, project)
