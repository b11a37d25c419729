"""Puts the targets of a route in the order they will be asked in, and says of each why it stands where it stands."""

from msgspec import Struct

from fairlead.router.affinity import Patience, Warmth, stake, worth_waiting
from fairlead.router.candidates import Candidate
from fairlead.router.health import State
from fairlead.router.rendezvous import draw
from fairlead.router.strategy import STRATEGIES, Contest, Weights, order
from fairlead.shared.config.schema import Target
from fairlead.shared.conversation import Usage

EXPECTED_OUTPUT = 1_000
"""Tokens an answer is taken to have, unless it may have fewer."""


class Terms(Struct, frozen=True):
    """What of the configuration a ranking depends on. `fallbacks`: how many targets may follow the first."""

    weights: Weights = Weights()
    switch_at: float = 0.8
    fallbacks: int = 3
    patience: Patience = Patience()


class Brief(Struct, frozen=True):
    """Everything a ranking depends on.

    `candidates` are the route's own, `fallbacks` come after them in the order written, `emergency` after everybody.
    `tokens`: exact, None where they were not counted; `bound` a number they cannot exceed; `guess` what they may be.
    `most_output`: the largest answer that is asked for. `session`: the same for all requests of one; `draw`: of this
    request alone. `warmth`: where the beginning of this request is cached, if it is.
    """

    candidates: tuple[Candidate, ...]
    fallbacks: tuple[Candidate, ...]
    emergency: Candidate | None
    strategy: str
    tokens: int | None
    bound: int
    guess: int
    most_output: int | None
    session: str
    draw: str
    now: float
    warmth: Warmth | None = None
    terms: Terms = Terms()

    @property
    def everybody(self) -> tuple[Candidate, ...]:
        """All candidates in the order they were written."""
        last = (self.emergency,) if self.emergency is not None else ()
        return (*self.candidates, *self.fallbacks, *last)

    @property
    def likely_tokens(self) -> int:
        """The exact number where it was counted."""
        return self.guess if self.tokens is None else self.tokens

    def candidate(self, name: str) -> Candidate:
        """The candidate of that name, which is one of `everybody`."""
        return next(one for one in self.everybody if one.name == name)

    def usage_at(self, candidate: Candidate, tokens: int) -> Usage:
        """What a request of so many tokens comes to there."""
        warmth = self.warmth
        cached = min(tokens, warmth.tokens) if warmth is not None and warmth.name == candidate.name else 0
        return Usage(tokens - cached, cached, output=expected_output(self.most_output))

    def cost_at(self, candidate: Candidate) -> float | None:
        """US dollars it is likely to cost there; None where no price is known."""
        return candidate.tariff.cost(self.usage_at(candidate, self.likely_tokens))


class Considered(Struct, frozen=True, gc=False):
    """One candidate in the order of the ranking. `position`: its place among those to be asked, None where it is not.
    `passed_over`: why it is not where its score would put it."""

    name: str
    position: int | None
    score: float | None = None
    passed_over: str | None = None


class Ranking(Struct, frozen=True):
    """`targets` in the order they are asked. `wait`: seconds before the first is. `stake`: US dollars a warm cache is
    worth. `stays`: the session stays where its cache is, though another would have come first."""

    targets: tuple[Target, ...]
    wait: float = 0.0
    stake: float = 0.0
    stays: bool = False


class TooLong(Struct, frozen=True):
    """Nobody can take so many tokens; `window` is the largest there is."""

    tokens: int
    window: int


class Uncounted(Struct, frozen=True):
    """Only the exact number of tokens can tell."""


def rank(brief: Brief) -> Ranking | TooLong | Uncounted:
    """The order, or why there is none."""
    contest = _scored(brief)
    if not isinstance(contest, _Scored):
        return contest
    queue = _queued(brief, contest)
    chosen, best, warm = queue.chosen(), contest.candidates[0], contest.warm
    return Ranking(
        targets=tuple([one.target for one in chosen]),
        wait=contest.wait,
        stake=contest.stake,
        stays=bool(chosen) and warm is not None and chosen[0] is warm and best is not warm,
    )


def consider(brief: Brief) -> tuple[Considered, ...]:
    """Everybody that `rank` looks at, those to ask first; nobody where it gives no order."""
    contest = _scored(brief)
    return _queued(brief, contest).considered(contest) if isinstance(contest, _Scored) else ()


def _may_not_fit(candidate: Candidate, tokens: int) -> bool:
    return candidate.context_window is not None and tokens > candidate.context_window


def _fits(candidate: Candidate, brief: Brief) -> bool:
    # Without a count the bound has fitted, else it would have been counted.
    return brief.tokens is None or not _may_not_fit(candidate, brief.tokens)


class _Scored(Struct, frozen=True):
    """The route's candidates, the best first, with their scores; and the one among them that is warm, what leaving it
    would cost, and how long it is worth waiting for."""

    candidates: tuple[Candidate, ...]
    scores: tuple[float, ...]
    warm: Candidate | None = None
    stake: float = 0.0
    wait: float = 0.0


def _scored(brief: Brief) -> _Scored | TooLong | Uncounted:
    if unanswerable := _too_long(brief):
        return unanswerable
    if brief.tokens is None and _needs_count(brief):
        return Uncounted()
    tokens = brief.likely_tokens
    written, scores = brief.candidates, STRATEGIES[brief.strategy].scores(_contest(brief, tokens))
    places, warm = order(scores), _warm(brief)
    saved = stake(warm.tariff, brief.usage_at(warm, tokens)) if warm is not None else 0.0
    return _Scored(
        candidates=tuple([written[place] for place in places]),
        scores=tuple([scores[place] for place in places]),
        warm=warm,
        stake=saved,
        wait=_wait(warm, saved, brief),
    )


def _needs_count(brief: Brief) -> bool:
    """Whether the order may depend on the tokens."""
    strategy = STRATEGIES[brief.strategy]
    if (
        not strategy.weighs_tokens
        or len(brief.candidates) == 1
        or not any(one.tariff.is_known for one in brief.candidates)
    ):
        return False
    # Two straight lines that do not cross between the ends stand in one order everywhere between them.
    straight = strategy.straight and not any(one.tariff.steps for one in brief.candidates)
    return not straight or _order(brief, 0) != _order(brief, brief.bound)


def _too_long(brief: Brief) -> TooLong | Uncounted | None:
    """Where no target can take the tokens, or nobody can tell without a count."""
    everybody = brief.everybody
    tokens = brief.tokens
    if tokens is None:
        return Uncounted() if any(_may_not_fit(one, brief.bound) for one in everybody) else None
    if any(not _may_not_fit(one, tokens) for one in everybody):
        return None
    return TooLong(tokens, max(one.context_window or 0 for one in everybody))


def _order(brief: Brief, tokens: int) -> list[int]:
    return order(STRATEGIES[brief.strategy].scores(_contest(brief, tokens)))


def _contest(brief: Brief, tokens: int) -> Contest:
    sizes = tuple([brief.usage_at(one, tokens) for one in brief.candidates])
    return Contest(brief.candidates, sizes, brief.session, brief.terms.weights, brief.terms.switch_at)


def expected_output(most: int | None) -> int:
    """Tokens an answer is taken to have that may have `most`."""
    return EXPECTED_OUTPUT if most is None else min(most, EXPECTED_OUTPUT)


def _queued(brief: Brief, contest: _Scored) -> "_Queue":
    queue, warm = _Queue(brief), contest.warm
    if warm is not None and contest.wait > 0.0:
        queue.take(warm)
    for one in _warm_first(brief, contest.candidates, warm):
        queue.offer(one)
    for one in brief.fallbacks:
        queue.offer(one)
    if brief.emergency is not None:
        queue.offer(brief.emergency, emergency=True)
    return queue


def _warm(brief: Brief) -> Candidate | None:
    warmth = brief.warmth
    return None if warmth is None else next((one for one in brief.candidates if one.name == warmth.name), None)


def _warm_first(brief: Brief, candidates: tuple[Candidate, ...], warm: Candidate | None) -> tuple[Candidate, ...]:
    """The cost of leaving a cache is a part of the cost already; other strategies leave one only when they must."""
    strategy = STRATEGIES[brief.strategy]
    if warm is None or not strategy.stays or strategy.straight:
        return candidates
    return (warm, *[one for one in candidates if one is not warm])


def _wait(warm: Candidate | None, saved: float, brief: Brief) -> float:
    """Seconds to wait for a warm target that has asked for a pause; 0 where there is no need, or it is not worth it."""
    if warm is None or not warm.standing.throttled or warm.standing.state is not State.CLOSED:
        return 0.0
    if warm.unusable is not None or not _fits(warm, brief):
        return 0.0
    seconds = warm.standing.until - brief.now
    return seconds if worth_waiting(saved, seconds, brief.terms.patience) else 0.0


class _Queue:
    """Candidates in the order they come, parted into those to ask, those to ask last, and those to leave alone."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._first: list[Candidate] = []
        self._last: list[Candidate] = []
        self._emergency: list[Candidate] = []
        self._alone: list[Candidate] = []
        self._unusable: list[Candidate] = []
        self._why: dict[str, str] = {}
        self._seen: dict[str, Candidate] = {}

    def take(self, candidate: Candidate) -> None:
        """Is asked, whatever its standing."""
        self._seen[candidate.name] = candidate
        self._first.append(candidate)

    def offer(self, candidate: Candidate, *, emergency: bool = False) -> None:
        """Is asked where its standing allows."""
        name, brief, standing = candidate.name, self._brief, candidate.standing
        if name in self._seen:
            return
        self._seen[name] = candidate
        if candidate.unusable is not None:
            self._why[name] = candidate.unusable
            self._unusable.append(candidate)
        elif not _fits(candidate, brief):
            self._why[name] = f"{brief.tokens} tokens do not fit into its {candidate.context_window}"
        elif standing.until > brief.now:
            self._why[name] = _resting(candidate, brief.now)
            self._alone.append(candidate)
        elif standing.used >= brief.terms.switch_at:
            self._why[name] = f"{standing.used:.0%} of a limit are used"
            self._last.append(candidate)
        elif standing.share < 1.0 and draw(brief.draw, name) >= standing.share:
            self._why[name] = f"it recovers, and gets {standing.share:.0%} of the requests"
            self._last.append(candidate)
        elif emergency:
            self._emergency.append(candidate)
        else:
            self._first.append(candidate)

    def chosen(self) -> tuple[Candidate, ...]:
        """Those to ask. Who is left alone is asked only where nobody else is there, the soonest to come back first; and
        who cannot be called, where there is nobody at all: it tells the client why."""
        most = 1 + self._brief.terms.fallbacks
        able = [*self._first, *self._last]
        if able or self._emergency:
            return (*able[:most], *self._emergency[:1])
        alone = sorted(self._alone, key=lambda one: one.standing.until)
        return tuple((alone or self._unusable[:1])[:most])

    def considered(self, contest: _Scored) -> tuple[Considered, ...]:
        """Everybody, those to ask first."""
        chosen = self.chosen()
        asked = {one.name: place for place, one in enumerate(chosen)}
        others = [name for name in self._seen if name not in asked]
        scores = {one.name: score for one, score in zip(contest.candidates, contest.scores, strict=True)}
        return tuple(
            [Considered(name, asked.get(name), scores.get(name), self._why.get(name)) for name in (*asked, *others)]
        )


def _resting(candidate: Candidate, now: float) -> str:
    standing = candidate.standing
    seconds = standing.until - now
    if standing.state is State.OPEN:
        return f"its circuit is open for {seconds:.1f} s more"
    if standing.state is State.HALF_OPEN:
        return "a probe is on its way to it"
    return f"it asked for a pause, {seconds:.1f} s more"
