"""Which failures another target may not have, and which of several is told."""

import pytest

from fairlead.router.failover import another_may_answer, most_telling
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


def failure(kind: Kind, retry_after: float | None = None) -> Failure:
    return Failure(kind, "x", retry_after=retry_after)


TOLD = [
    ("the only one", [failure(Kind.UPSTREAM)], 0),
    ("the first of equals", [failure(Kind.UPSTREAM), failure(Kind.CUT), failure(Kind.IDLE_TIMEOUT)], 0),
    ("the request's own fault", [failure(Kind.RATE_LIMIT, 1), failure(Kind.CONTEXT_OVERFLOW)], 1),
    ("a limit before a broken provider", [failure(Kind.UPSTREAM), failure(Kind.RATE_LIMIT, 5)], 1),
    ("the soonest limit", [failure(Kind.RATE_LIMIT, 60), failure(Kind.OVERLOADED, 5), failure(Kind.RATE_LIMIT)], 1),
    ("a limit without a time", [failure(Kind.UNREACHABLE), failure(Kind.OVERLOADED)], 1),
    ("a broken provider before an unreachable one", [failure(Kind.UNREACHABLE), failure(Kind.UPSTREAM)], 1),
    ("an unreachable provider before a bad key", [failure(Kind.AUTHENTICATION), failure(Kind.UNREACHABLE)], 1),
    ("the first of those only an operator can mend", [failure(Kind.AUTHENTICATION), failure(Kind.NOT_FOUND)], 0),
]


@pytest.mark.parametrize(("failures", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_the_failure_told_is(failures: list[Failure], expected: int) -> None:
    assert most_telling(failures) is failures[expected]
