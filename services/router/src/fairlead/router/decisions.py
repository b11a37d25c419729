"""Keeps the newest decisions, so that people can ask why."""

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice

from fairlead.router.explain import Filed

KEPT = 1_000
"""Decisions remembered at once; each is a few kilobytes."""


class Decisions:
    """By id, in this process; the oldest is forgotten first. `filed` hears of every one."""

    def __init__(self, filed: Callable[[], None] = lambda: None, limit: int = KEPT) -> None:
        self._limit = limit
        self._told = filed
        self._filed: OrderedDict[str, Filed] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Decisions {len(self._filed)}/{self._limit}>"

    def file(self, filed: Filed) -> None:
        """Remembers one."""
        self._filed[filed.decision.id] = filed
        if len(self._filed) > self._limit:
            self._filed.popitem(last=False)
        self._told()

    def find(self, decision_id: str) -> Filed | None:
        """The decision of that id, if it is remembered."""
        return self._filed.get(decision_id)

    def newest(self, limit: int) -> list[Filed]:
        """At most `limit`, the newest first."""
        return list(islice(reversed(self._filed.values()), limit))
