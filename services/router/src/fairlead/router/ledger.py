"""Keeps account of requests: one log line each, figures for `/metrics`, and what their sessions sent last."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from fairlead.router import work
from fairlead.router.account import Account
from fairlead.router.affinity import LONG_TTL, TTL
from fairlead.router.ask import Step
from fairlead.router.decide import Decision
from fairlead.router.explain import attempts_of
from fairlead.router.forward import Outcome
from fairlead.router.memory import Memory, warmth_after
from fairlead.router.metrics import Metrics
from fairlead.router.records import Sink, record_of
from fairlead.router.sessions import Past
from fairlead.shared import semantics as names
from fairlead.shared.calibration import Calibration
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure, Kind
from fairlead.shared.loss import Loss
from fairlead.shared.measures import measure_of
from fairlead.shared.runtime.attempt import Flowing
from fairlead.shared.spans import Attributes, short

FAULT = Failure(Kind.INTERNAL, "a fault of ours")
_FINE = frozenset({"answered", "gone"})


class Ledger:
    """Where accounts are closed. `configured` are the provider names that may stand in figures: clients may invent
    any number of others. `sinks` take the record of every request that was decided. `calibration` learns from those
    whose tokens were counted."""

    def __init__(
        self,
        memory: Memory,
        metrics: Metrics,
        configured: frozenset[str],
        clock: Callable[[], float],
        log: Any,
        calibration: Calibration,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self._memory = memory
        self._metrics = metrics
        self._configured = configured
        self._clock = clock
        self._log = log
        self._sinks = sinks
        self._calibration = calibration

    def close(self, account: Account) -> None:
        """The request is over."""
        usage, trouble = account.usage(), account.trouble()
        if usage is not None:
            self._remember(account, usage)
        result = account.result()
        if account.filed is not None:
            account.filed.result = result
            if account.outcome is not None:
                account.filed.attempts = attempts_of(account.filed.decision, account.outcome)
        scenario = account.decision.scenario if account.decision else ""
        seconds = self._clock() - account.began
        self._metrics.requests.add(scenario, result)
        if account.key is not None:
            self._metrics.keys.add(account.key.name, result)
        if account.outcome is not None and account.decision is not None:
            self._count_steps(account.outcome, account.decision, account.losses())
        if account.decided is not None:
            self._metrics.decision.observe(account.decided)
        if account.overhead is not None:
            self._metrics.overhead.observe(account.overhead)
        self._record(account, seconds)
        if account.trail is not None:
            failure = FAULT if result == "broken_off" else trouble
            account.trail.close(account.came, self._clock(), _attributes(account, result), failure)
        level = self._log.info if result in _FINE else self._log.warning
        level(
            "request",
            request_id=account.request_id,
            **({"trace_id": account.trail.trace_id} if account.trail else {}),
            result=result,
            **({"key": account.key.name} if account.key else {}),
            **_routing(account),
            **(usage.by_kind() if usage else {}),
            message=trouble.brief if trouble else None,
            duration_ms=round(seconds * 1000, 1),
        )

    def _record(self, account: Account, seconds: float) -> None:
        record = record_of(account, seconds) if self._sinks else None
        if record is not None:
            for sink in self._sinks:
                sink.note(record)

    def _remember(self, account: Account, usage: Usage) -> None:
        """What the conversation's next request should know of this one, unless it stands beside the conversation."""
        facts, decision, outcome = account.facts, account.decision, account.outcome
        if facts is None or decision is None or outcome is None:
            return
        name = decision.route(outcome.position)
        cached = usage.cache_read + usage.cache_write
        warmth = warmth_after(name, facts.mark, cached, self._clock(), LONG_TTL if facts.long_cache else TTL)
        if facts.work not in work.SMALL:
            self._memory.note(facts.conversation, Past(usage.prompt, warmth))
        if decision.tokens is not None:
            target = decision.targets[outcome.position]
            own = measure_of(target.model).factor / measure_of(facts.model).factor
            self._calibration.learn(name, round(decision.tokens * own), usage.prompt)

    def _provider(self, decision: Decision, step: Step) -> str:
        name = decision.targets[step.position].provider
        return name if name in self._configured else "other"

    def _count_answer(self, provider: str, outcome: Outcome, losses: tuple[Loss, ...]) -> None:
        for loss in losses:
            self._metrics.answer_losses.add(provider, loss.what)
        if isinstance(outcome.answer, Flowing):
            for name, count in outcome.answer.pipe.violations.items():
                self._metrics.violations.add(provider, name, amount=count)

    def _count_steps(self, outcome: Outcome, decision: Decision, losses: tuple[Loss, ...]) -> None:
        for step in outcome.steps:
            provider = self._provider(decision, step)
            self._metrics.attempts.add(provider, step.result)
            if not step.let_go:
                self._metrics.translation.observe(step.writing, "native" if step.native else "openai")
            for loss in step.losses:
                self._metrics.losses.add(provider, loss.what)
            if step.result == "answered":
                self._count_answer(provider, outcome, losses)
            if step.failure is not None and step.failure.kind is Kind.RATE_LIMIT:
                self._metrics.throttled.add(provider)
        for step, then in pairwise(outcome.steps):
            if step.failure is not None:
                switched = self._metrics.key_switches if then.position == step.position else self._metrics.failovers
                switched.add(self._provider(decision, step), step.result)
        if any(step.beside for step in outcome.steps):
            self._metrics.hedges.add(_heard(outcome))
        if decision.wait:
            self._metrics.cache_waits.observe(decision.wait)


def _heard(outcome: Outcome) -> str:
    answered = next((step for step in outcome.steps if step.result == "answered"), None)
    if answered is None or answered.position > 1:
        return "nobody"
    return "second" if answered.position else "first"


def _attributes(account: Account, result: str) -> Attributes:
    """What a trace is told of a request."""
    told = names.of_request(account.path, account.client, account.request_id, result)
    if account.key is not None:
        told[names.CLIENT_KEY] = account.key.name
    if account.facts is not None:
        told |= {names.REQUEST_MODEL: short(account.facts.model), names.REQUEST_STREAM: account.facts.stream}
        if account.facts.session is not None:
            told[names.CONVERSATION] = short(account.facts.session)
    if account.decision is not None:
        told |= {names.SCENARIO: short(account.decision.scenario), names.DECISION: account.decision.id}
    if account.outcome is not None and account.decision is not None:
        told[names.ROUTED] = short(account.decision.route(account.outcome.position))
        told[names.ATTEMPTS] = len(account.outcome.steps)
        told[names.LANE] = _lane(account.outcome)
    return told


def _lane(outcome: Outcome) -> str:
    return "native" if outcome.steps[-1].native else "openai"


def _routing(account: Account) -> dict[str, Any]:
    if account.decision is None:
        return {}
    told: dict[str, Any] = {"decision": account.decision.id, "scenario": account.decision.scenario}
    if account.filed is not None and account.filed.case.question.policy.preset:
        told["preset"] = account.filed.case.question.policy.preset
    told["why"] = account.decision.why
    told["session"] = account.facts.session if account.facts else None
    if account.outcome is not None:
        told["route"] = account.decision.route(account.outcome.position)
        told["attempts"] = [step.result for step in account.outcome.steps]
        told["lane"] = _lane(account.outcome)
        told["losses"] = sorted({loss.what for step in account.outcome.steps for loss in step.losses})
        told["answer_losses"] = [loss.what for loss in account.losses()]
    if account.overhead is not None:
        told["overhead_ms"] = round(account.overhead * 1000, 2)
    return told
