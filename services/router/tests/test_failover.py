"""Which failures another target may not have, and which of several is told."""

import pytest

from fairlead.router.failover import RULES, Circumstances, another_may_answer, most_telling, spread
from fairlead.shared.failure import Failure, Kind

OURS_ALONE = {
    Kind.BAD_REQUEST,
    Kind.CONTEXT_OVERFLOW,
    Kind.CONTENT_REFUSED,
    Kind.TOO_LARGE,
    Kind.METHOD,
}


@pytest.mark.parametrize("kind", Kind)
def test_only_what_is_wrong_with_the_request_ends_the_search(kind: Kind) -> None:
    assert another_may_answer(Failure(kind, "x")) is (kind not in OURS_ALONE)


@pytest.mark.parametrize("kind", Kind)
def test_what_a_provider_may_have_done_by_itself_is_not_done_again(kind: Kind) -> None:
    again = another_may_answer(Failure(kind, "x"), Circumstances(acts=True))
    may_have_been_done = {
        Kind.UPSTREAM,
        Kind.FIRST_BYTE_TIMEOUT,
        Kind.IDLE_TIMEOUT,
        Kind.CUT,
        Kind.MALFORMED,
        Kind.INTERNAL,
    }
    assert again is (kind not in OURS_ALONE | may_have_been_done)


def test_what_is_too_long_for_one_goes_on_only_to_who_takes_more() -> None:
    too_long = Failure(Kind.CONTEXT_OVERFLOW, "x")
    assert another_may_answer(too_long, Circumstances(larger=True))
    assert not another_may_answer(too_long)


def test_every_kind_of_failure_has_a_rule() -> None:
    assert set(RULES) == set(Kind)


def test_a_delay_is_spread_over_its_second_half() -> None:
    assert [spread(4.0, chance) for chance in (0.0, 0.5, 1.0)] == [2.0, 3.0, 4.0]


def failure(kind: Kind, retry_after: float | None = None) -> Failure:
    return Failure(kind, "x", retry_after=retry_after)


TOLD = [
    ("the only one", [failure(Kind.UPSTREAM)], 0),
    ("the first of equals", [failure(Kind.UPSTREAM), failure(Kind.CUT), failure(Kind.IDLE_TIMEOUT)], 0),
    ("the request's own fault", [failure(Kind.RATE_LIMIT, 1), failure(Kind.CONTEXT_OVERFLOW)], 1),
    ("a limit before a broken provider", [failure(Kind.UPSTREAM), failure(Kind.RATE_LIMIT, 5)], 1),
    ("the soonest limit", [failure(Kind.RATE_LIMIT, 60), failure(Kind.OVERLOADED, 5), failure(Kind.RATE_LIMIT)], 1),
    ("a limit without a time before hours", [failure(Kind.RATE_LIMIT, 36_000), failure(Kind.OVERLOADED)], 1),
    ("a limit without a time", [failure(Kind.UNREACHABLE), failure(Kind.OVERLOADED)], 1),
    ("a broken provider before an unreachable one", [failure(Kind.UNREACHABLE), failure(Kind.UPSTREAM)], 1),
    ("an unreachable provider before a bad key", [failure(Kind.AUTHENTICATION), failure(Kind.UNREACHABLE)], 1),
    ("the first of those only an operator can mend", [failure(Kind.AUTHENTICATION), failure(Kind.NOT_FOUND)], 0),
]


@pytest.mark.parametrize(("failures", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_the_failure_told_is(failures: list[Failure], expected: int) -> None:
    assert most_telling(failures) is failures[expected]
