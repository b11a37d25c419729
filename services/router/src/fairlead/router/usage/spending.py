"""Counts what requests cost towards the budgets, and says when one of them is nearly or wholly spent."""

from collections.abc import Callable, Sequence
from typing import Any

from fairlead.router.budgets import Crossed, Level, Purse, period
from fairlead.router.records import METERED, Record
from fairlead.shared.config.schema import Budget

from . import queries
from .asking import Asked
from .database import Cursor, UsageError
from .keeper import Keeper

_SENTENCES = {
    Level.WARNED: "is nearly spent",
    Level.SLIDING: "is nearly spent; cheaper models are preferred now",
    Level.SPENT: "is spent",
}


class Spender:
    """A `Sink`. `tell` hears of budgets that come to a new level. What a subscription covers costs nothing here, nor
    does a request whose price nobody knows."""

    def __init__(self, purse: Purse, tell: Callable[[Crossed], None]) -> None:
        self._purse = purse
        self._tell = tell

    def __repr__(self) -> str:
        return f"<Spender {self._purse!r}>"

    def note(self, record: Record) -> None:
        if record.billing != METERED or not record.cost:
            return
        for crossed in self._purse.spend(record.key, record.project, record.cost, record.at):
            self._tell(crossed)


def spent_before(keeper: Keeper, budgets: Sequence[Budget], now: float, log: Any) -> list[float]:
    """What was spent of each budget in its running period before this process began. Waits."""
    try:
        return keeper.ask(lambda cursor: [_spent(cursor, budget, now) for budget in budgets])
    except UsageError as error:
        log.warning("budgets", message=f"what was spent before is not known, and counts as nothing: {error}")
        return [0.0] * len(budgets)


def sentence(crossed: Crossed) -> str:
    """For people."""
    budget = crossed.budget
    return f"{budget.name} {_SENTENCES[crossed.level]}: {crossed.spent:.2f} of {budget.usd:g} US dollars"


def _spent(cursor: Cursor, budget: Budget, now: float) -> float:
    start, end = period(budget.period, now)
    named = {"key": budget.key, "project": budget.project}
    where = {name: value for name, value in named.items() if value is not None}
    return float(queries.series(cursor, Asked(start, end, where=where))[0]["cost"])
