"""When the same call is worth another attempt, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.normalizer.retry import ATTEMPTS, LONGEST_SECONDS, Patience, pause
from fairlead.shared.failure import Failure, Kind

PATIENT = Patience(ATTEMPTS)


def failed(kind: Kind = Kind.RATE_LIMIT, *, retry_after: float | None = None, should: bool | None = None) -> Failure:
    return Failure(kind, "no", retry_after=retry_after, should_retry=should)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_failures_that_prove_nothing_was_done_are_repeated(kind: Kind) -> None:
    waits = pause(failed(kind), PATIENT, attempt=1, elapsed=0, chance=0.5) is not None
    assert waits == (kind in (Kind.RATE_LIMIT, Kind.UNREACHABLE, Kind.CONNECT_TIMEOUT))


def test_without_patience_there_is_one_attempt() -> None:
    assert pause(failed(), Patience(), attempt=1, elapsed=0, chance=0) is None


def test_the_bound_of_the_wait_doubles_and_chance_picks_below_it() -> None:
    assert [pause(failed(), PATIENT, attempt=n, elapsed=0, chance=1) for n in (1, 2, 3)] == [0.5, 1.0, None]
    assert pause(failed(), PATIENT, attempt=2, elapsed=0, chance=0.25) == 0.25
    assert pause(failed(), PATIENT, attempt=1, elapsed=0, chance=0) == 0


def test_what_the_provider_asks_for_is_the_least_to_wait() -> None:
    assert pause(failed(retry_after=2), PATIENT, attempt=1, elapsed=0, chance=0) == 2
    assert pause(failed(retry_after=2), PATIENT, attempt=1, elapsed=0, chance=1) == 2.5


def test_a_provider_that_asks_for_too_long_is_not_waited_for() -> None:
    assert pause(failed(retry_after=LONGEST_SECONDS + 0.1), PATIENT, attempt=1, elapsed=0, chance=0) is None
    assert pause(failed(retry_after=LONGEST_SECONDS), PATIENT, attempt=1, elapsed=0, chance=1) == LONGEST_SECONDS


def test_a_provider_that_says_not_to_retry_is_believed() -> None:
    assert pause(failed(should=False), PATIENT, attempt=1, elapsed=0, chance=0) is None
    assert pause(failed(should=True), PATIENT, attempt=1, elapsed=0, chance=0) == 0


def test_no_attempt_begins_after_the_deadline() -> None:
    hurried = Patience(ATTEMPTS, deadline=1.0)
    assert pause(failed(), hurried, attempt=1, elapsed=0.6, chance=1) is None
    assert pause(failed(), hurried, attempt=1, elapsed=0.4, chance=1) == 0.5


@given(
    attempt=st.integers(1, 40),
    attempts=st.integers(1, 40),
    chance=st.floats(0, 1),
    retry_after=st.none() | st.floats(0, 100),
)
def test_every_wait_is_bounded(attempt: int, attempts: int, chance: float, retry_after: float | None) -> None:
    wait = pause(failed(retry_after=retry_after), Patience(attempts), attempt=attempt, elapsed=0, chance=chance)
    assert wait is None or (attempt < attempts and (retry_after or 0) <= wait <= LONGEST_SECONDS)
