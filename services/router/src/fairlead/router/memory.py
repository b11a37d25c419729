"""What the router remembers between requests: how targets do, and where running sessions are.

A decision reads a `View` of it; every attempt is noted when it begins, when it answers and when it is over. This is the
memory of one process; another with the same methods may share it among several.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from fairlead.router.affinity import Warmth
from fairlead.router.brief import View
from fairlead.router.health import Board, Checking, Known, Lesson, Load, Standing, Tickets, Tuning
from fairlead.router.policy import name_of
from fairlead.router.sessions import Past, Sessions
from fairlead.shared.config.schema import Target
from fairlead.shared.key_told import KeyTold
from fairlead.shared.rates import Window as Limited


class Sight(Struct, frozen=True):
    """What a decision asks of the memory: the targets it may choose among, and whose request it is: a session, or an
    agent of one."""

    targets: tuple[Target, ...]
    session: str | None


class Memory(Protocol):
    """`now` in seconds, of one clock for all calls."""

    async def past(self, session: str | None) -> Past:
        """What is known of a session."""
        ...

    async def view(self, sight: Sight, now: float) -> View:
        """How the targets stand now."""
        ...

    def began(self, target: Target, now: float, load: Load) -> Tickets:
        """A request is sent."""
        ...

    def answered(self, tickets: Tickets, now: float, told: Sequence[Limited], key: KeyTold | None = None) -> None:
        """Its answer begins, with what it says of its limits and of its provider's keys."""
        ...

    def ended(
        self,
        tickets: Tickets,
        now: float,
        lesson: Lesson,
        told: Sequence[Limited] = (),
        key: KeyTold | None = None,
    ) -> None:
        """It is over; exactly once for each that began. `told` and `key` are a refusal's."""
        ...

    async def may_check(self, provider: str, seconds: float) -> bool:
        """Whether checking a provider is ours for so long: of several routers one does it, and tells the others."""
        ...

    def check_began(self, provider: str, model: str | None, now: float) -> Checking:
        """A provider is asked whether it is well, or one of its models."""
        ...

    def checked(self, checking: Checking, now: float, lesson: Lesson, key: KeyTold | None = None) -> None:
        """What it said; exactly once for each that began."""
        ...

    def comes_back(self, provider: str, model: str | None, now: float) -> float | None:
        """When it may be probed whose circuit is not closed; None where it is."""
        ...

    @property
    def away(self) -> bool | None:
        """Whether what is shared with others cannot be reached; None where nothing is shared."""
        ...

    def known(self, now: float) -> list[Known]:
        """How everybody stands who was ever asked, whether decisions heed it or not; for people."""
        ...

    def note(self, session: str | None, past: Past) -> None:
        """A session's request was answered."""
        ...

    async def run(self) -> None:
        """What is to be done in the background, until it is cancelled."""
        ...

    async def aclose(self) -> None:
        """The service stops."""
        ...


class OwnMemory:
    """In this process alone, and bounded. `heeds`: views tell how targets stand; otherwise all stand well."""

    def __init__(self, board: Board, sessions: Sessions, *, heeds: bool = True) -> None:
        self.board = board
        self.sessions = sessions
        self._heeds = heeds

    def __repr__(self) -> str:
        return f"<OwnMemory {self.board!r} {self.sessions!r}>"

    def retune(self, tuning: Tuning, *, heeds: bool) -> None:
        """Other rules from now on; what is remembered stays."""
        self._heeds = heeds
        self.board.retune(tuning)

    async def past(self, session: str | None) -> Past:
        return self.sessions.past(session)

    async def view(self, sight: Sight, now: float) -> View:
        return View(now, self._standings(sight.targets, now), self.sessions.past(sight.session).warmth)

    def _standings(self, targets: Iterable[Target], now: float) -> dict[str, Standing]:
        if not self._heeds:
            return {}
        return {name_of(target): self.board.standing(target, now) for target in targets}

    def began(self, target: Target, now: float, load: Load) -> Tickets:
        return self.board.began(target, now, load)

    def answered(self, tickets: Tickets, now: float, told: Sequence[Limited], key: KeyTold | None = None) -> None:
        self.board.answered(tickets, now, told, key)

    def ended(
        self,
        tickets: Tickets,
        now: float,
        lesson: Lesson,
        told: Sequence[Limited] = (),
        key: KeyTold | None = None,
    ) -> None:
        self.board.ended(tickets, now, lesson, told, key)

    async def may_check(self, _provider: str, _seconds: float) -> bool:
        return True

    def check_began(self, provider: str, model: str | None, now: float) -> Checking:
        return self.board.check_began(provider, model, now)

    def checked(self, checking: Checking, now: float, lesson: Lesson, key: KeyTold | None = None) -> None:
        self.board.checked(checking, now, lesson, key)

    def comes_back(self, provider: str, model: str | None, now: float) -> float | None:
        return self.board.comes_back(provider, model, now)

    @property
    def away(self) -> bool | None:
        return None

    def known(self, now: float) -> list[Known]:
        return self.board.known(now)

    def note(self, session: str | None, past: Past) -> None:
        self.sessions.note(session, past)

    async def run(self) -> None:
        """There is nothing to do."""

    async def aclose(self) -> None:
        """There is nothing to close."""


def warmth_after(name: str, mark: str, cached: int, now: float, ttl: float) -> Warmth | None:
    """Where a session's prompt is cached, after an answer that read or wrote so many cached tokens."""
    return Warmth(name, cached, now + ttl, mark) if cached and mark else None
