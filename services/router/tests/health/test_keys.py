"""Several keys of one provider: each has limits and failures of its own, and a target rests when all of them do."""

import pytest

from fairlead.router.health import Board, Lesson, Load, State, Tuning
from fairlead.router.health.keys import MOST, Keys, is_of_the_key
from fairlead.shared.config.schema import RateLimits, Target
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.key_told import OF_A_KEY, Failed, KeyTold
from fairlead.shared.rates import What, Window

A, B = Target("p", "a"), Target("p", "b")
LOAD = Load(100, 10)


def refused(made: Board, now: float, kind: Kind, key: KeyTold, retry_after: float | None = None) -> None:
    failure = Failure(kind, "x", retry_after=retry_after)
    made.ended(made.began(A, now, LOAD), now, Lesson(failure, key=key.label), (), key)


def answered(made: Board, now: float, key: KeyTold, *told: Window) -> None:
    tickets = made.began(A, now, LOAD)
    made.answered(tickets, now, told, key)
    made.ended(tickets, now, Lesson(used=LOAD, key=key.label))


@pytest.mark.parametrize("kind", sorted(OF_A_KEY))
def test_a_failure_of_one_key_is_not_the_targets_while_another_is_ready(kind: Kind) -> None:
    made = Board(Tuning())
    for _ in range(20):
        refused(made, 0.0, kind, KeyTold("1", 3, 1, 30.0), retry_after=60.0)
    standing = made.standing(A, 0.0)
    assert (standing.state, standing.throttled, standing.until, standing.reliability) == (State.CLOSED, False, 0.0, 1.0)
    assert (standing.keys, standing.ready) == (3, 1)


def test_when_all_keys_rest_the_target_does_until_the_first_is_back() -> None:
    made = Board(Tuning())
    refused(made, 0.0, Kind.RATE_LIMIT, KeyTold("2", 2, 0, 12.0, (Failed("1", Kind.RATE_LIMIT),)), retry_after=90.0)
    standing = made.standing(A, 0.0)
    assert (standing.throttled, standing.until, standing.ready) == (True, 12.0, 0)
    assert made.standing(A, 12.0).ready == 1


def test_one_key_is_as_if_nothing_were_told_of_keys() -> None:
    made = Board(Tuning())
    refused(made, 0.0, Kind.RATE_LIMIT, KeyTold("1", 1, 0, 5.0), retry_after=90.0)
    standing = made.standing(A, 0.0)
    assert (standing.throttled, standing.until, standing.keys) == (True, 90.0, 0)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in OF_A_KEY])
def test_other_failures_are_no_keys_fault(kind: Kind) -> None:
    assert not is_of_the_key(Failure(kind, "x"), KeyTold("1", 3, 2))


def test_limits_are_those_of_the_emptiest_key() -> None:
    made = Board(Tuning())
    two = KeyTold("1", 2, 2)
    answered(made, 0.0, two, Window(What.REQUESTS, 100.0, 5.0, 60.0))
    assert made.standing(A, 0.0).used == 0.0  # of the second nothing is known
    answered(made, 0.0, KeyTold("2", 2, 2), Window(What.REQUESTS, 100.0, 70.0, 60.0))
    assert made.standing(A, 0.0).used == pytest.approx(0.31)
    made.began(A, 0.0, LOAD)
    assert made.standing(A, 0.0).used == pytest.approx(0.315)  # half of it, for there are two


def test_configured_limits_are_the_providers_whatever_the_keys() -> None:
    made = Board(Tuning(limits={"p": RateLimits(rpm=2)}))
    answered(made, 0.0, KeyTold("1", 3, 3))
    answered(made, 0.0, KeyTold("2", 3, 3))
    assert made.standing(A, 0.0).used == 1.0


def test_what_each_key_did_is_known_by_model() -> None:
    made = Board(Tuning())
    answered(made, 0.0, KeyTold("2", 2, 2))
    refused(made, 0.0, Kind.RATE_LIMIT, KeyTold("2", 2, 0, 3.0, (Failed("1", Kind.BILLING),)))
    known = {one.model: one for one in made.known(0.0)}
    assert [(one.label, one.calls, one.failures) for one in known["a"].keys] == [("1", 1, 1), ("2", 2, 1)]
    assert (known[None].keys, known[None].standing.keys) == ((), 2)


def test_another_model_of_the_provider_knows_how_many_are_ready() -> None:
    made = Board(Tuning())
    answered(made, 0.0, KeyTold("1", 3, 2, 9.0))
    assert (made.standing(B, 0.0).keys, made.standing(B, 0.0).ready) == (3, 2)


def test_labels_are_forgotten_beyond_a_bound() -> None:
    keys = Keys()
    for number in range(10 * MOST):
        keys.hear(0.0, KeyTold(str(number), 2, 2))
        keys.ended(0.0, str(number), None, LOAD)
    assert len(keys.known(0.0)) == MOST


def test_no_failure_of_a_key_takes_a_probe_for_itself() -> None:
    made = Board(Tuning())
    for _ in range(5):
        made.ended(made.began(A, 0.0, LOAD), 0.0, Lesson(Failure(Kind.UPSTREAM, "x")))
    assert made.standing(A, 20.0).probing
    refused(made, 20.0, Kind.RATE_LIMIT, KeyTold("1", 2, 1, 5.0))
    assert made.standing(A, 20.0).until == 20.0
