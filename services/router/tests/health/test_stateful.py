"""Whatever happens to targets, in whatever order: what must hold of their health and of who is asked first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from fairlead.router.affinity import Warmth
from fairlead.router.candidates import Candidate
from fairlead.router.health import BLAME, Board, Checking, Lesson, Load, State, Tickets, Tuning
from fairlead.router.health.circuit import Circuit
from fairlead.router.policy import name_of
from fairlead.router.ranking import Ranking, TooLong, rank
from fairlead.router.strategy import STRATEGIES, WEIGHTED
from fairlead.router.terms import Brief
from fairlead.shared.config.schema import CircuitConfig, RateLimits, Target
from fairlead.shared.failure import Failure
from fairlead.shared.key_told import Failed, KeyTold
from fairlead.shared.rates import What, Window

from ..prices import priced

TARGETS = tuple(Target(provider, model) for provider in ("limited", "free") for model in "abc")
RULE = CircuitConfig(
    failures=2, error_share=0.5, min_calls=4, window_s=30.0, open_s=5.0, longest_s=20.0, ramp_s=10.0, ramp_from=0.1
)
DEAR = priced(1_000.0, 5_000.0, 100.0)
"""What is cached is worth waiting for."""
SETTINGS = settings(max_examples=60, stateful_step_count=40, deadline=None)

targets = st.sampled_from(TARGETS)
loads = st.builds(Load, st.integers(0, 2_000), st.integers(0, 500))
failures = st.builds(
    Failure, st.sampled_from(sorted(BLAME)), st.just("x"), retry_after=st.none() | st.floats(0, 12) | st.just(1_000.0)
)
labels = st.sampled_from(["1", "2", "3"])
lessons = st.one_of(
    st.builds(Lesson, failure=failures, key=st.none() | labels),
    st.builds(
        Lesson,
        used=loads,
        first_byte=st.floats(0.01, 5),
        rate=st.none() | st.floats(1, 500),
        key=st.none() | labels,
    ),
    st.builds(Lesson, used=st.none() | loads, gone=st.just(True), key=st.none() | labels),
)
keys = st.none() | st.builds(
    KeyTold,
    labels,
    st.integers(1, 3),
    st.integers(0, 3),
    st.none() | st.floats(0, 60),
    st.lists(st.builds(Failed, labels, st.sampled_from(sorted(BLAME))), max_size=1).map(tuple),
)
told = st.lists(
    st.builds(
        Window,
        st.sampled_from(What),
        limit=st.integers(1, 10_000),
        remaining=st.none() | st.integers(0, 10_000),
        reset=st.none() | st.floats(0, 90),
    ),
    max_size=2,
)


class Health(RuleBasedStateMachine):
    """A board that remembers fewer targets than there are, so that some are forgotten while requests run."""

    running = Bundle("running")
    checks = Bundle("checks")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        limits = {"limited": RateLimits(rpm=20, tpm=20_000)}
        self.board = Board(Tuning(RULE, limits=limits, targets=4))
        self.open: list[Tickets] = []

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=running, to=targets, load=loads)
    def a_request_is_sent(self, to: Target, load: Load) -> Tickets:
        tickets = self.board.began(to, self.now, load)
        self.open.append(tickets)
        return tickets

    @rule(tickets=running, told=told, key=keys)
    def its_answer_begins(self, tickets: Tickets, told: list[Window], key: KeyTold | None) -> None:
        self.board.answered(tickets, self.now, told, key)

    @rule(tickets=consumes(running), lesson=lessons, told=told, key=keys)
    def it_is_over(self, tickets: Tickets, lesson: Lesson, told: list[Window], key: KeyTold | None) -> None:
        self.open = [one for one in self.open if one is not tickets]
        self.board.ended(tickets, self.now, lesson, told, key)

    @rule(target=checks, of=targets, whole=st.booleans())
    def a_check_is_made(self, of: Target, whole: bool) -> Checking:
        return self.board.check_began(of.provider, None if whole else of.model, self.now)

    @rule(checking=consumes(checks), lesson=lessons, key=keys)
    def a_check_is_over(self, checking: Checking, lesson: Lesson, key: KeyTold | None) -> None:
        before = {(one.provider, one.model): (one.calls, one.failures) for one in self.board.known(self.now)}
        self.board.checked(checking, self.now, lesson, key)
        after = {(one.provider, one.model): (one.calls, one.failures) for one in self.board.known(self.now)}
        assert before == after

    @rule(
        among=st.lists(targets, min_size=1, max_size=5, unique=True),
        strategy=st.sampled_from(sorted(STRATEGIES)),
        windows=st.lists(st.none() | st.sampled_from([1_000, 100_000]), min_size=5, max_size=5),
        tokens=st.sampled_from([500, 5_000]),
        warm=st.none() | st.integers(0, 4),
        draw=st.text(max_size=3),
    )
    def somebody_is_chosen(
        self,
        among: list[Target],
        strategy: str,
        windows: list[int | None],
        tokens: int,
        warm: int | None,
        draw: str,
    ) -> None:
        candidates = tuple(
            Candidate(name_of(one), one, self.board.standing(one, self.now), DEAR, window)
            for one, window in zip(among, windows, strict=False)
        )
        warmth = None
        if warm is not None and warm < len(among):
            warmth = Warmth(candidates[warm].name, tokens, self.now + 60, "m")
        cut = len(candidates) // 2 + 1
        brief = Brief(
            candidates[:cut], candidates[cut:], None, strategy, tokens, tokens, tokens, 10, "s", draw, self.now, warmth
        )
        first = chosen(brief)
        if first is None:
            assert not any(fits(one, tokens) for one in candidates)
            return
        assert fits(first, tokens)
        if rests(first, self.now):
            assert not any(fits(one, tokens) and not rests(one, self.now) for one in candidates)

    @invariant()
    def nothing_is_used_less_than_not_at_all(self) -> None:
        for standing in [one.standing for one in self.board.known(self.now)]:
            assert standing.used >= 0.0
            assert standing.in_flight >= 0
            assert 0.0 <= standing.reliability <= 1.0
            assert 0.0 <= standing.share <= 1.0
            assert 0 <= standing.ready <= standing.keys

    @invariant()
    def what_is_on_its_way_is_what_was_sent_and_is_not_over(self) -> None:
        shown = sum(one.standing.in_flight for one in self.board.known(self.now) if one.model is not None)
        assert shown <= len(self.open)

    def teardown(self) -> None:
        for tickets in self.open:
            self.board.ended(tickets, self.now, Lesson(gone=True))
        for known in self.board.known(self.now):
            assert known.standing.in_flight == 0, known
            assert 0 <= known.failures <= known.calls
        for target in TARGETS:
            kept = self.board.began(target, self.now, Load())
            assert self.board.standing(target, self.now).in_flight == 1
            self.board.ended(kept, self.now, Lesson(gone=True))


def chosen(brief: Brief) -> Candidate | None:
    """Who is asked first, and at once."""
    ranking = rank(brief)
    if isinstance(ranking, TooLong):
        return None
    assert isinstance(ranking, Ranking)
    first = brief.by_name()[name_of(ranking.targets[0])]
    if ranking.wait:
        assert brief.warmth is not None
        assert first.name == brief.warmth.name
        assert brief.now + ranking.wait == pytest.approx(first.standing.until)
        assert fits(first, brief.likely_tokens)
        return next((one for one in brief.everybody if not rests(one, brief.now)), first)
    return first


def rests(candidate: Candidate, now: float) -> bool:
    return candidate.standing.until > now


def fits(candidate: Candidate, tokens: int) -> bool:
    return candidate.context_window is None or tokens <= candidate.context_window


class Probing(RuleBasedStateMachine):
    """A circuit that is open, and everybody who has a probe of it on the way."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.circuit = Circuit(RULE)
        for _ in range(RULE.failures):
            self.circuit.failed(self.now)
        self.probes: dict[int, float] = {}

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=running, patience=st.sampled_from([4.0, 40.0]), check=st.booleans())
    def a_request_or_a_check_is_sent(self, patience: float, check: bool) -> int:
        """A check may be the probe of a circuit that is still open."""
        may_try = check or self.circuit.state(self.now) is State.HALF_OPEN
        waited_for = [number for number, until in self.probes.items() if self.now < until]
        probe = self.circuit.began(self.now, patience, early=check)
        assert bool(probe) == (may_try and not waited_for)
        if probe:
            assert not self.circuit.passes(self.now)
            self.probes[probe] = self.now + patience
        return probe

    @rule(probe=consumes(running), outcome=st.sampled_from(["told nothing", "told nothing", "failed", "answered"]))
    def it_is_over(self, probe: int, outcome: str) -> None:
        self.probes.pop(probe, None)
        if outcome == "told nothing":
            self.circuit.given_up(probe)
        elif outcome == "failed":
            self.circuit.failed(self.now, probe=probe)
        else:
            # Whoever answers, the circuit is closed: nobody waits for a probe any more.
            self.probes.clear()
            self.circuit.succeeded(self.now)
            assert self.circuit.state(self.now) is State.CLOSED
            for _ in range(RULE.failures):
                self.circuit.failed(self.now)


TestHealth = Health.TestCase
TestHealth.settings = SETTINGS
TestProbing = Probing.TestCase
TestProbing.settings = settings(SETTINGS, max_examples=400)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 10), min_size=2, max_size=4).filter(any))
def test_each_target_gets_its_weight_to_two_in_a_hundred(weights: list[int]) -> None:
    candidates = tuple(Candidate(f"p,{place}", Target("p", str(place), weight)) for place, weight in enumerate(weights))
    count, firsts = 10_000, [0] * len(weights)
    for number in range(count):
        brief = Brief(candidates, (), None, WEIGHTED, 1, 1, 1, 1, f"session {number}", "d", 0.0)
        ranking = rank(brief)
        assert isinstance(ranking, Ranking)
        firsts[int(ranking.targets[0].model)] += 1
    for first, weight in zip(firsts, weights, strict=True):
        assert first / count == pytest.approx(weight / sum(weights), abs=0.02)
