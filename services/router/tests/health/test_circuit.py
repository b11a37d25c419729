"""A circuit opens after failures, lets one probe through, and lets the others back in slowly."""

from fairlead.router.health.circuit import Circuit, State
from fairlead.shared.config.schema import CircuitConfig

RULE = CircuitConfig(
    failures=3, error_share=0.5, min_calls=6, window_s=60.0, open_s=10.0, longest_s=40.0, ramp_s=20.0, ramp_from=0.1
)


def opened(now: float = 0.0) -> Circuit:
    circuit = Circuit(RULE)
    for _ in range(3):
        circuit.failed(now)
    return circuit


def test_failures_in_a_row_open_it() -> None:
    circuit = Circuit(RULE)
    circuit.failed(0.0)
    circuit.failed(0.0)
    assert circuit.state(0.0) is State.CLOSED
    circuit.failed(0.0)
    assert circuit.state(0.0) is State.OPEN
    assert not circuit.passes(9.9)


def test_a_success_between_failures_begins_the_count_anew() -> None:
    circuit = Circuit(RULE)
    for _ in range(2):
        circuit.failed(0.0)
        circuit.failed(0.0)
        circuit.succeeded(0.0)
    assert circuit.state(0.0) is State.CLOSED


def test_a_share_of_failures_opens_it_once_there_were_enough_calls() -> None:
    circuit = Circuit(RULE)
    for _ in range(2):
        circuit.succeeded(0.0)
        circuit.failed(0.0)
    assert circuit.state(0.0) is State.CLOSED
    circuit.succeeded(0.0)
    circuit.failed(0.0)
    assert circuit.state(0.0) is State.OPEN


def test_failures_of_long_ago_do_not_count() -> None:
    circuit = Circuit(RULE)
    for moment in range(0, 400, 70):
        circuit.succeeded(float(moment))
        circuit.failed(float(moment))
    assert circuit.state(400.0) is State.CLOSED


def test_after_the_pause_one_probe_may_pass_and_nobody_beside_it() -> None:
    circuit = opened()
    assert circuit.state(10.0) is State.HALF_OPEN
    assert circuit.passes(10.0)
    assert circuit.began(10.0, patience=30.0)
    assert not circuit.passes(11.0)
    assert not circuit.began(11.0, patience=30.0)


def test_a_probe_that_succeeds_closes_it_and_one_that_fails_doubles_the_pause() -> None:
    circuit = opened()
    circuit.failed(11.0, probe=circuit.began(10.0, patience=30.0))
    assert circuit.state(30.9) is State.OPEN
    assert circuit.state(31.0) is State.HALF_OPEN
    circuit.began(31.0, patience=30.0)
    circuit.succeeded(32.0)
    assert circuit.state(32.0) is State.CLOSED


def test_the_pause_grows_no_longer_than_its_limit() -> None:
    circuit, now = opened(), 0.0
    for _ in range(6):
        now = circuit.until(now)
        circuit.failed(now, probe=circuit.began(now, patience=30.0))
    assert circuit.until(now) - now == 40.0


def test_a_probe_given_up_makes_room_for_the_next() -> None:
    circuit = opened()
    circuit.given_up(circuit.began(10.0, patience=30.0))
    assert circuit.passes(11.0)


def test_a_probe_that_was_given_up_makes_no_room_for_a_third() -> None:
    circuit = opened()
    late = circuit.began(10.0, patience=30.0)
    circuit.began(40.0, patience=30.0)
    circuit.given_up(late)
    assert not circuit.passes(41.0)


def test_a_straggler_that_fails_beside_the_probe_leaves_the_probe_to_decide() -> None:
    circuit = opened()
    circuit.began(10.0, patience=30.0)
    circuit.failed(11.0)
    assert circuit.state(11.0) is State.HALF_OPEN
    assert not circuit.passes(39.9)


def test_an_answer_counts_once_though_its_beginning_closes_the_circuit() -> None:
    circuit = Circuit(RULE)
    for _ in range(2):
        circuit.failed(0.0)
        circuit.answered(0.0)
        circuit.succeeded(0.0)
        circuit.failed(0.0)
    assert circuit.state(0.0) is State.OPEN


def test_a_target_whose_answers_all_break_off_is_opened_by_their_share() -> None:
    circuit = Circuit(RULE)
    for _ in range(6):
        circuit.answered(0.0)
        circuit.failed(0.0)
    assert circuit.state(0.0) is State.OPEN


def test_a_probe_that_is_never_heard_of_is_not_waited_for_for_ever() -> None:
    circuit = opened()
    circuit.began(10.0, patience=30.0)
    assert not circuit.passes(39.9)
    assert circuit.passes(40.0)


def test_a_straggler_from_before_does_not_prolong_the_pause() -> None:
    circuit = opened()
    circuit.failed(5.0)
    assert circuit.state(10.0) is State.HALF_OPEN


def test_who_recovers_gets_a_tenth_at_first_and_everything_in_the_end() -> None:
    circuit = opened()
    circuit.began(10.0, patience=30.0)
    circuit.succeeded(10.0)
    assert [round(circuit.share(moment), 3) for moment in (10.0, 20.0, 30.0, 31.0)] == [0.1, 0.55, 1.0, 1.0]


def test_a_failure_that_people_must_mend_opens_it_at_once() -> None:
    circuit = Circuit(RULE)
    circuit.failed(0.0, at_least=60.0)
    assert circuit.state(59.9) is State.OPEN
