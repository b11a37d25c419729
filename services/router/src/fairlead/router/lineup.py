"""Parts candidates into those to ask, those to ask last and those to leave alone, and says why."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct

from fairlead.router.candidates import Candidate
from fairlead.router.health import State
from fairlead.router.rendezvous import draw
from fairlead.router.terms import Brief


class Row(Enum):
    """Where a candidate stands. Those in `ALONE` are asked only where nobody else is there, those in `UNUSABLE` where
    there is nobody at all: they tell the client why."""

    FIRST = auto()
    LAST = auto()
    EMERGENCY = auto()
    ALONE = auto()
    UNUSABLE = auto()
    OUT = auto()


def fits(candidate: Candidate, brief: Brief) -> bool:
    """Whether the request fits into its context. Without a count the bound has fitted, else it would have been
    counted."""
    return brief.tokens is None or candidate.takes(brief.tokens)


def _unusable(candidate: Candidate, _brief: Brief) -> str | None:
    return candidate.unusable


def _too_small(candidate: Candidate, brief: Brief) -> str | None:
    if brief.tokens is None or fits(candidate, brief):
        return None
    return f"{candidate.own(brief.tokens)} tokens do not fit into its {candidate.context_window}"


def _resting(candidate: Candidate, brief: Brief) -> str | None:
    standing = candidate.standing
    seconds = standing.until - brief.now
    if seconds <= 0:
        return None
    if standing.state is State.OPEN:
        return f"its circuit is open for {seconds:.1f} s more"
    if standing.state is State.HALF_OPEN:
        return "a probe is on its way to it"
    return f"it asked for a pause, {seconds:.1f} s more"


def _nearly_full(candidate: Candidate, brief: Brief) -> str | None:
    used = candidate.standing.used
    return f"{used:.0%} of a limit are used" if used >= brief.terms.switch_at else None


def _recovering(candidate: Candidate, brief: Brief) -> str | None:
    share = candidate.standing.share
    if share >= 1.0 or draw(brief.draw, candidate.name) < share:
        return None
    return f"it recovers, and gets {share:.0%} of the requests"


OBJECTIONS: tuple[tuple[Callable[[Candidate, Brief], str | None], Row], ...] = (
    (_unusable, Row.UNUSABLE),
    (_too_small, Row.OUT),
    (_resting, Row.ALONE),
    (_nearly_full, Row.LAST),
    (_recovering, Row.LAST),
)
"""What may be said against a candidate, the gravest first, and where that puts it."""


class Considered(Struct, frozen=True, gc=False):
    """One candidate in the order of the ranking. `position`: its place among those to be asked, None where it is not.
    `passed_over`: why it is not where its score would put it."""

    name: str
    position: int | None
    score: float | None = None
    passed_over: str | None = None


class Lineup:
    """Candidates in the order they are offered, each once."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._rows: dict[Row, list[Candidate]] = {row: [] for row in Row}
        self._why: dict[str, str | None] = {}

    def take(self, candidate: Candidate) -> None:
        """Is asked, whatever its standing."""
        self._why[candidate.name] = None
        self._rows[Row.FIRST].append(candidate)

    def offer(self, candidate: Candidate, otherwise: Row = Row.FIRST) -> None:
        """Stands in the row `otherwise`, where nothing is to be said against it."""
        if candidate.name in self._why:
            return
        for objection, row in OBJECTIONS:
            why = objection(candidate, self._brief)
            if why is not None:
                self._why[candidate.name] = why
                self._rows[row].append(candidate)
                return
        self._why[candidate.name] = None
        self._rows[otherwise].append(candidate)

    def chosen(self) -> tuple[Candidate, ...]:
        """Those to ask; of those that rest, the soonest to come back first."""
        rows, most = self._rows, 1 + self._brief.terms.fallbacks
        able, emergency = [*rows[Row.FIRST], *rows[Row.LAST]], rows[Row.EMERGENCY][:1]
        if able or emergency:
            return (*able[:most], *emergency)
        alone = sorted(rows[Row.ALONE], key=lambda one: one.standing.until)
        return tuple((alone or rows[Row.UNUSABLE][:1])[:most])

    def considered(self, scores: Mapping[str, float]) -> tuple[Considered, ...]:
        """Everybody, those to ask first."""
        asked = {one.name: place for place, one in enumerate(self.chosen())}
        others = [name for name in self._why if name not in asked]
        return tuple(
            [Considered(name, asked.get(name), scores.get(name), self._why[name]) for name in (*asked, *others)]
        )
