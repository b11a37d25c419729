"""Puts the targets of a route in the order they will be asked in, and says of each why it stands where it stands."""

from msgspec import Struct

from fairlead.router.affinity import stake, worth_waiting
from fairlead.router.candidates import Candidate
from fairlead.router.health import State
from fairlead.router.lineup import Considered, Lineup, Row, fits
from fairlead.router.strategy import STRATEGIES, Contest, order
from fairlead.router.terms import Brief
from fairlead.shared.config.schema import Target


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
    lineup = _lined_up(brief, contest)
    chosen, best, warm = lineup.chosen(), contest.candidates[0], contest.warm
    return Ranking(
        targets=tuple([one.target for one in chosen]),
        wait=contest.wait,
        stake=contest.stake,
        stays=bool(chosen) and warm is not None and chosen[0] is warm and best is not warm,
    )


def consider(brief: Brief) -> tuple[Considered, ...]:
    """Everybody that `rank` looks at, those to ask first; nobody where it gives no order."""
    contest = _scored(brief)
    if not isinstance(contest, _Scored):
        return ()
    scores = {one.name: score for one, score in zip(contest.candidates, contest.scores, strict=True)}
    return _lined_up(brief, contest).considered(scores)


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
    if brief.tokens is None and not _settled(brief):
        return Uncounted()
    tokens = brief.likely_tokens
    written, scores = brief.candidates, STRATEGIES[brief.strategy].scores(_contest(brief, tokens))
    places, warm = order(scores), _warm(brief)
    saved = _stake(brief, warm, tokens)
    return _Scored(
        candidates=tuple([written[place] for place in places]),
        scores=tuple([scores[place] for place in places]),
        warm=warm,
        stake=saved,
        wait=_wait(warm, saved, brief),
    )


def _settled(brief: Brief) -> bool:
    """Whether order and wait are the same for every number of tokens up to the bound."""
    warm, settled = _warm(brief), STRATEGIES[brief.strategy].settled
    waits = warm is not None and warm.standing.throttled
    if not waits and (settled is None or len(brief.candidates) == 1):
        return True
    marks = _turning_points(brief)
    if waits and len({_wait(warm, _stake(brief, warm, tokens), brief) for tokens in marks}) > 1:
        return False
    return settled is None or settled([_contest(brief, tokens) for tokens in marks])


def _turning_points(brief: Brief) -> list[int]:
    """Numbers of tokens between which costs rise in a straight line: where a cache ends, and where prices change."""
    steps = {step.above for one in brief.candidates for step in one.tariff.steps}
    cached = {brief.warmth.tokens} if brief.warmth is not None else set()
    within = {tokens for above in steps for tokens in (above, above + 1)} | cached
    return sorted({0, brief.bound, *(tokens for tokens in within if tokens < brief.bound)})


def _stake(brief: Brief, warm: Candidate | None, tokens: int) -> float:
    return stake(warm.tariff, brief.usage_at(warm, tokens)) if warm is not None else 0.0


def _too_long(brief: Brief) -> TooLong | Uncounted | None:
    """Where no target can take the tokens, or nobody can tell without a count."""
    # Whoever cannot be called has no room to offer.
    everybody = [one for one in brief.everybody if one.unusable is None] or brief.everybody
    tokens = brief.tokens
    if tokens is None:
        return None if all(one.takes(brief.bound) for one in everybody) else Uncounted()
    if any(one.takes(tokens) for one in everybody):
        return None
    widest = max(everybody, key=lambda one: one.context_window or 0)
    return TooLong(widest.own(tokens), widest.context_window or 0)


def _contest(brief: Brief, tokens: int) -> Contest:
    sizes = tuple([brief.usage_at(one, tokens) for one in brief.candidates])
    return Contest(brief.candidates, sizes, brief.session, brief.terms.weights, brief.terms.switch_at)


def _lined_up(brief: Brief, contest: _Scored) -> Lineup:
    lineup, warm = Lineup(brief), contest.warm
    if warm is not None and contest.wait > 0.0:
        lineup.take(warm)
    for one in _warm_first(brief, contest.candidates, warm):
        lineup.offer(one)
    for one in brief.fallbacks:
        lineup.offer(one)
    if brief.emergency is not None:
        lineup.offer(brief.emergency, Row.EMERGENCY)
    return lineup


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
    if warm.unusable is not None or not fits(warm, brief):
        return 0.0
    seconds = warm.standing.until - brief.now
    return seconds if worth_waiting(saved, seconds, brief.terms.patience) else 0.0
