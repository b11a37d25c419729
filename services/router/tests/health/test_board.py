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


@pytest.mark.parametrize("kind", [Kind.RATE_LIMIT, Kind.AUTHENTICATION])
def test_an_answer_to_what_was_sent_before_does_not_end_a_rest(kind: Kind) -> None:
    made = board()
    running, waiting = made.began(A, 0.0, LOAD), made.began(A, 0.0, LOAD)
    made.answered(running, 1.0, ())
    attempt(made, A, 2.0, Failure(kind, "x", retry_after=30))
    rests_until = made.standing(A, 3.0).until
    made.answered(waiting, 3.0, ())
    made.ended(running, 4.0, Lesson())
    assert made.standing(A, 4.0).until == rests_until > 30.0
    attempt(made, A, 5.0)
    assert made.standing(A, 5.0).until == 5.0


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


def opened(kind: Kind, times: int = 5) -> Board:
    made = board()
    fail(made, A, kind, times)
    assert made.standing(A, 0.0).state is State.OPEN
    return made


def check(made: Board, now: float, failure: Kind | None = None, model: str | None = None) -> None:
    lesson = Lesson(Failure(failure, "x") if failure is not None else None)
    made.checked(made.check_began("p", model, now), now, lesson)


def test_a_check_that_passes_closes_a_circuit_before_a_request_must_try() -> None:
    made = opened(Kind.UNREACHABLE)
    assert made.comes_back("p", None, 0.0) == 15.0
    check(made, 13.0, model="a")
    standing = made.standing(A, 13.0)
    assert (standing.state, standing.until, standing.share) == (State.CLOSED, 13.0, 0.1)
    assert made.comes_back("p", None, 13.0) is None


def test_a_list_closes_the_providers_circuit_and_no_models() -> None:
    made = opened(Kind.UNREACHABLE)
    check(made, 13.0)
    known = {one.model: one.standing.state for one in made.known(13.0)}
    assert known == {None: State.CLOSED, "a": State.OPEN}


def test_a_check_that_fails_keeps_the_circuit_for_twice_as_long() -> None:
    made = opened(Kind.UNREACHABLE)
    check(made, 13.0, Kind.UNREACHABLE)
    assert made.standing(A, 20.0).until == 13.0 + 30.0


def test_no_request_is_a_probe_while_a_check_is_on_its_way() -> None:
    made = opened(Kind.UNREACHABLE)
    checking = made.check_began("p", "a", 13.0)
    assert made.standing(A, 16.0).until > 16.0
    made.checked(checking, 16.0, Lesson(gone=True))
    assert made.standing(A, 16.0).until == 16.0


@pytest.mark.parametrize("kind", [Kind.UNREACHABLE, Kind.UPSTREAM, Kind.FIRST_BYTE_TIMEOUT])
def test_checks_that_fail_open_a_circuit_by_the_same_rules(kind: Kind) -> None:
    made = board()
    for _ in range(4):
        check(made, 0.0, kind)
    assert made.standing(A, 0.0).state is State.CLOSED
    check(made, 0.0, kind)
    assert made.standing(A, 0.0).state is State.OPEN


@pytest.mark.parametrize("kind", [Kind.RATE_LIMIT, Kind.OVERLOADED, Kind.NOT_FOUND, Kind.PERMISSION, Kind.UNSUPPORTED])
def test_what_is_wrong_with_a_list_alone_is_nothing_against_the_provider(kind: Kind) -> None:
    made = board()
    for _ in range(20):
        check(made, 0.0, kind)
    standing = made.standing(A, 0.0)
    assert (standing.state, standing.throttled) == (State.CLOSED, False)


def test_a_list_that_can_be_had_pays_no_bill() -> None:
    made = opened(Kind.BILLING, times=1)
    check(made, 58.0)
    assert made.standing(A, 58.0).state is State.OPEN
    check(made, 58.0, model="a")
    assert made.standing(A, 58.0).state is State.CLOSED


def test_checks_are_counted_for_themselves_alone() -> None:
    made = board()
    attempt(made, A, 0.0)
    for failure in (None, Kind.UPSTREAM, None):
        check(made, 1.0, failure, model="a")
    model = next(one for one in made.known(1.0) if one.model == "a")
    assert (model.calls, model.failures, model.standing.reliability) == (1, 0, 1.0)
    assert model.check is not None
    assert (model.check.at, model.check.failure, model.check.count, model.check.failures) == (1.0, None, 3, 1)
    assert model.standing.speed is None
    assert model.standing.in_flight == 0
