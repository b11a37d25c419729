"""Which key a call uses, and when a key rests."""

import pytest

from fairlead.normalizer.credentials.rotation import LONGEST_REST_S, SESSIONS, Exhausted, Rotation
from fairlead.shared.config.schema import Secret
from fairlead.shared.failure import Failure, Kind

A, B, C = KEYS = [Secret("key-a"), Secret("key-b"), Secret("key-c")]


def throttled(seconds: float | None = None, kind: Kind = Kind.RATE_LIMIT) -> Failure:
    return Failure(kind, "no", retry_after=seconds)


def failed(rotation: Rotation, key: Secret, failure: Failure | None, now: float = 0.0) -> None:
    rotation.began(key)
    rotation.ended(key, failure, began=now, now=now)


def test_a_new_session_gets_the_key_with_the_fewest_calls() -> None:
    rotation = Rotation()
    for key in (A, A, B, C):
        rotation.began(key)
    rotation.began(B)
    assert rotation.pick(KEYS, "new", 0.0) == C


def test_a_session_keeps_its_key_however_busy_it_is() -> None:
    rotation = Rotation()
    first = rotation.pick(KEYS, "s", 0.0)
    assert isinstance(first, Secret)
    for _ in range(9):
        rotation.began(first)
    assert rotation.pick(KEYS, "s", 1.0) == first
    assert rotation.pick(KEYS, "another", 1.0) != first


def test_processes_that_know_nothing_of_each_other_choose_alike() -> None:
    for number in range(20):
        assert Rotation().pick(KEYS, f"s{number}", 0.0) == Rotation().pick(KEYS[::-1], f"s{number}", 9.0)


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.BILLING, Kind.RATE_LIMIT])
def test_a_key_that_fails_rests_and_comes_back(kind: Kind) -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(kind=kind))
    assert A not in rotation.ready(KEYS, 1.0)
    assert A in rotation.ready(KEYS, 400.0)


@pytest.mark.parametrize("kind", [Kind.OVERLOADED, Kind.UPSTREAM, Kind.BAD_REQUEST, Kind.CUT])
def test_what_is_no_fault_of_a_key_rests_none(kind: Kind) -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(kind=kind))
    assert rotation.ready(KEYS, 0.0) == KEYS


def test_a_session_moves_on_and_stays_where_its_prompt_is_cached_now() -> None:
    rotation = Rotation()
    first = rotation.pick(KEYS, "s", 0.0)
    assert isinstance(first, Secret)
    failed(rotation, first, throttled(10.0))
    second = rotation.pick(KEYS, "s", 1.0)
    assert second != first
    assert rotation.pick(KEYS, "s", 100.0) == second


def test_what_the_provider_says_is_kept_to_within_bounds() -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(30.0))
    failed(rotation, B, throttled(10 * LONGEST_REST_S))
    failed(rotation, C, throttled(0.0))
    assert rotation.ready(KEYS, 0.5) == []
    assert rotation.ready(KEYS, 29.9) == [C]
    assert rotation.ready(KEYS, 30.0) == [A, C]
    assert rotation.ready(KEYS, LONGEST_REST_S) == KEYS


def test_each_failure_in_a_row_doubles_the_rest() -> None:
    rotation = Rotation()
    now = 0.0
    for seconds in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0):
        failed(rotation, A, throttled(), now)
        assert rotation.rest(A, now + seconds - 0.1) is not None
        assert rotation.rest(A, now + seconds) is None
        now += seconds
    failed(rotation, A, None, now)
    failed(rotation, A, throttled(), now)
    assert rotation.rest(A, now + 5.0) is None


def test_calls_that_fail_together_are_one_failure() -> None:
    rotation = Rotation()
    for _ in range(6):
        rotation.began(A)
    for number in range(6):
        rotation.ended(A, throttled(), began=0.0, now=1.0 + number / 10)
    assert rotation.rest(A, 6.6) is None


def test_an_answer_to_a_call_from_before_the_failure_ends_no_rest() -> None:
    rotation = Rotation()
    rotation.began(A)
    rotation.began(A)
    rotation.ended(A, throttled(60.0), began=0.0, now=1.0)
    rotation.ended(A, None, began=0.0, now=2.0)
    assert rotation.rest(A, 3.0) is not None


def test_a_days_quota_that_is_spent_rests_longer_than_a_pace() -> None:
    rotation = Rotation()
    failed(rotation, A, Failure(Kind.RATE_LIMIT, "PerDay", should_retry=False))
    assert rotation.rest(A, 299.0) is not None


def test_when_all_rest_as_the_provider_said_nobody_is_asked_before() -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(30.0))
    failed(rotation, B, throttled(20.0))
    assert rotation.pick([A, B], "s", 5.0) == Exhausted(15.0)


def test_when_all_rest_on_a_guess_of_ours_the_first_to_be_back_is_tried() -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(30.0))
    failed(rotation, B, throttled())
    assert rotation.pick([A, B], "s", 1.0) == B


def test_a_throttled_key_is_better_than_a_refused_one() -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(kind=Kind.AUTHENTICATION))
    failed(rotation, B, throttled(300.0))
    assert rotation.pick([A, B], "s", 1.0) == Exhausted(299.0)


def test_the_only_key_is_used_whatever_came_of_it() -> None:
    rotation = Rotation()
    failed(rotation, A, throttled(300.0))
    assert rotation.pick([A], "s", 1.0) == A


def test_what_is_remembered_is_bounded() -> None:
    rotation = Rotation()
    for number in range(SESSIONS + 50):
        rotation.pick(KEYS, f"s{number}", 0.0)
    assert len(rotation._sessions) == SESSIONS
    failed(rotation, A, throttled(300.0))
    rotation.forget_all_but([B])
    assert repr(rotation) == "<Rotation open=0 resting=0>"
