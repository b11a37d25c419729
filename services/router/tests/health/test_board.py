"""Every target's health: what one attempt teaches of its model, and what of its provider."""

import pytest

from fairlead.router.health import BLAME, Blame, Board, Lesson, Load, State, Tuning
from fairlead.shared.config.schema import RateLimits, Target
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.rates import What, Window

A, B, OTHER = Target("p", "a"), Target("p", "b"), Target("q", "a")
LOAD = Load(100, 10)


def board(**limits: RateLimits) -> Board:
    return Board(Tuning(limits=limits))


def attempt(made: Board, target: Target, now: float, failure: Failure | None = None, **more: object) -> None:
    tickets = made.began(target, now, LOAD)
    made.ended(tickets, now, Lesson(failure, LOAD, **more))  # type: ignore[arg-type]


def fail(made: Board, target: Target, kind: Kind, times: int = 5) -> None:
    for _ in range(times):
        attempt(made, target, 0.0, Failure(kind, "x"))


def test_who_was_never_asked_stands_well() -> None:
    standing = board().standing(A, 0.0)
    assert (standing.state, standing.until, standing.share, standing.reliability) == (State.CLOSED, 0.0, 1.0, 1.0)


def test_every_kind_of_failure_is_blamed_on_somebody_or_nobody() -> None:
    assert set(BLAME) == set(Kind)


@pytest.mark.parametrize("kind", [kind for kind, blame in BLAME.items() if blame is Blame.TARGET])
def test_failures_of_the_target_open_its_circuit(kind: Kind) -> None:
    made = board()
    fail(made, A, kind)
    assert made.standing(A, 0.0).state is State.OPEN


@pytest.mark.parametrize("kind", [kind for kind, blame in BLAME.items() if blame is Blame.NOTHING])
def test_what_is_wrong_with_a_request_says_nothing_of_the_target(kind: Kind) -> None:
    made = board()
    fail(made, A, kind, times=20)
    assert made.standing(A, 0.0).state is State.CLOSED
    assert made.standing(A, 0.0).reliability == 1.0


def test_a_credential_that_is_refused_opens_it_at_once_for_a_minute() -> None:
    made = board()
    fail(made, A, Kind.AUTHENTICATION, times=1)
    assert made.standing(A, 59.0).state is State.OPEN
    assert made.standing(A, 60.0).probing


def test_one_model_that_breaks_leaves_the_others_of_its_provider() -> None:
    made = board()
    fail(made, A, Kind.UPSTREAM)
    assert made.standing(A, 0.0).state is State.OPEN
    assert made.standing(B, 0.0).state is State.CLOSED


def test_a_provider_that_cannot_be_reached_is_so_for_all_its_models_and_nobody_elses() -> None:
    made = board()
    fail(made, A, Kind.UNREACHABLE)
    assert made.standing(B, 0.0).state is State.OPEN
    assert made.standing(OTHER, 0.0).state is State.CLOSED


def test_a_throttled_target_is_left_alone_as_long_as_it_asks_but_no_longer_than_the_limit() -> None:
    made = board()
    attempt(made, A, 0.0, Failure(Kind.RATE_LIMIT, "x", retry_after=30))
    attempt(made, B, 0.0, Failure(Kind.RATE_LIMIT, "x", retry_after=86_400))
    assert made.standing(A, 29.0).throttled
    assert not made.standing(A, 30.0).throttled
    assert made.standing(B, 0.0).until == 300.0


def test_without_a_word_the_pause_doubles() -> None:
    made, pauses, now = board(), [], 0.0
    for _ in range(3):
        attempt(made, A, now, Failure(Kind.OVERLOADED, "x"))
        pauses.append(made.standing(A, now).until - now)
        now = made.standing(A, now).until
    assert pauses == [2.0, 4.0, 8.0]


def test_an_answer_ends_the_throttling() -> None:
    made = board()
    attempt(made, A, 0.0, Failure(Kind.RATE_LIMIT, "x", retry_after=30))
    attempt(made, A, 1.0)
    assert not made.standing(A, 1.0).throttled


def test_a_probe_whose_stream_runs_on_has_answered() -> None:
    made = board()
    fail(made, A, Kind.UPSTREAM)
    tickets = made.began(A, 20.0, LOAD)
    assert made.standing(A, 20.0).until > 20.0
    made.answered(tickets, 21.0, ())
    assert made.standing(A, 21.0).state is State.CLOSED


def test_a_client_that_leaves_says_nothing() -> None:
    made = board()
    for _ in range(10):
        made.ended(made.began(A, 0.0, LOAD), 0.0, Lesson(gone=True))
    standing = made.standing(A, 0.0)
    assert (standing.state, standing.reliability, standing.in_flight) == (State.CLOSED, 1.0, 0)


def test_limits_of_the_configuration_are_the_providers_and_told_ones_the_models() -> None:
    made = board(p=RateLimits(rpm=10))
    attempt(made, A, 0.0)
    assert made.standing(B, 0.0).used == 0.1
    made.answered(made.began(A, 0.0, LOAD), 0.0, [Window(What.TOKENS, 100, 10, 60)])
    assert made.standing(A, 0.0).used >= 0.9
    assert made.standing(B, 0.0).used == 0.2


def test_speed_is_that_of_the_newest_answers() -> None:
    made = board()
    for number in range(1, 21):
        attempt(made, A, 0.0, first_byte=number / 10, rate=50.0)
    speed = made.standing(A, 0.0).speed
    assert speed is not None
    assert (speed.p50, speed.p95, speed.rate) == (1.0, 1.9, 50.0)
    assert made.standing(A, 700.0).speed is None


def test_reliability_is_the_share_of_good_answers() -> None:
    made = board()
    attempt(made, A, 0.0)
    attempt(made, A, 0.0, Failure(Kind.UPSTREAM, "x"))
    attempt(made, A, 0.0)
    assert made.standing(A, 0.0).reliability == 0.75
