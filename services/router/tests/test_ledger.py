"""What is counted of a request that is over."""

from typing import Any

from fairlead.router.account import Account
from fairlead.router.ask import Step
from fairlead.router.decide import Decision
from fairlead.router.explain import attempts_of
from fairlead.router.forward import Outcome
from fairlead.router.health import Board, Tuning
from fairlead.router.ledger import Ledger
from fairlead.router.memory import OwnMemory
from fairlead.router.metrics import Metrics
from fairlead.router.sessions import Sessions
from fairlead.shared.calibration import Calibration
from fairlead.shared.config.schema import Target
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.attempt import Flowing, Refused, Timing
from fairlead.shared.translation import Progress

from .running import Lines

DECISION = Decision("dec_1", "default", (Target("p", "m"), Target("invented", "m")), "why", "m")


class Repaired:
    """The pipe of a stream that broke its grammar."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.losses: tuple[Loss, ...] = ()
        self.violations = {"end without finish": 2}


def closed(outcome: Outcome, lines: Lines | None = None) -> str:
    """`/metrics` after one request."""
    metrics = Metrics()
    memory = OwnMemory(Board(Tuning()), Sessions(), heeds=True)
    ledger = Ledger(memory, metrics, frozenset({"p"}), lambda: 5.0, lines or Lines(), Calibration())
    account = Account("req_1", 1.0, 1_000.0, "anthropic", "/v1/messages", 0.5, decision=DECISION, outcome=outcome)
    if isinstance(outcome.answer, Refused):
        account.failure = outcome.answer.failure
    ledger.close(account)
    return metrics.told().decode()


def flowing(pipe: Any) -> Any:
    response: Any = None
    return Flowing("the normalizer", (), b"", pipe, lambda: b"", response, response, Timing(1.0), lambda: 5.0)


def test_of_a_long_failure_the_log_and_the_decision_keep_the_beginning() -> None:
    """Some servers repeat the whole request in what they say of it, and a thousand decisions are kept."""
    failure = Failure(Kind.BAD_REQUEST, "so" * 400_000)
    outcome = Outcome(Refused(failure, (), Timing(1.0)), 0, (Step(0, failure, 1.0, native=False),))
    lines = Lines()
    closed(outcome, lines)
    (line,) = lines.of("request")
    assert line["message"] == attempts_of(DECISION, outcome)[0].message == "so" * 250 + "…"


def test_what_the_router_repairs_in_a_stream_is_counted() -> None:
    told = closed(Outcome(flowing(Repaired()), 0, (Step(0, None, 1.0, native=False),)))
    assert 'fairlead_router_grammar_violations_total{provider="p",name="end without finish"} 2\n' in told


def test_what_a_request_loses_on_its_way_is_counted_for_each_target() -> None:
    lost = (Loss("top_k", "top_k", "there is no word for it"),)
    steps = (Step(0, None, 1.0, native=False, losses=lost), Step(1, None, 1.0, native=False, losses=lost))
    told = closed(Outcome(flowing(Repaired()), 1, steps))
    assert 'fairlead_router_losses_total{provider="p",what="top_k"} 1\n' in told
    assert 'fairlead_router_losses_total{provider="other",what="top_k"} 1\n' in told


def test_the_time_to_write_a_request_is_counted_by_lane_and_not_for_who_was_let_go() -> None:
    steps = (
        Step(0, None, 1.0, native=True, writing=0.003),
        Step(1, None, 0.0, native=False, let_go=True),
    )
    told = closed(Outcome(flowing(Repaired()), 0, steps))
    assert 'fairlead_router_translation_seconds_sum{lane="native"} 0.003\n' in told
    assert 'lane="openai"' not in told
