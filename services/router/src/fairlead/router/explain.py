"""Tells a decision to people: what it was made from, who was considered and how they stood, and what became of it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, to_builtins

from fairlead.router.candidates import Candidate
from fairlead.router.decide import Case, Decision
from fairlead.router.forward import Outcome
from fairlead.router.lineup import Considered
from fairlead.router.ranking import consider
from fairlead.router.replay import replay
from fairlead.router.terms import Brief

OF_FACTS = (
    "model",
    "stream",
    "size",
    "token_bound",
    "guess",
    "most_output",
    "long_context",
    "thinking",
    "web_search",
    "tools",
    "image_now",
    "images",
    "subagent_model",
    "session",
    "agent",
    "parent_agent",
    "request_class",
    "work",
    "agent_type",
    "auxiliary_type",
    "tool_names",
)


class Attempt(Struct, frozen=True):
    """One target that was asked: what it answered, seconds it took, and which of its keys that was, where it has
    several."""

    route: str
    result: str
    seconds: float
    message: str | None = None
    pause: float = 0.0
    key: str | None = None


class Filed(Struct):
    """One decision with all it was made from. `at` in Unix seconds. `attempts` and `result` are filled in when the
    request is over."""

    case: Case
    decision: Decision
    request_id: str
    at: float
    attempts: tuple[Attempt, ...] = ()
    result: str | None = None


def attempts_of(decision: Decision, outcome: Outcome) -> tuple[Attempt, ...]:
    """What became of each target that was asked."""
    return tuple(
        [
            Attempt(
                route=decision.route(step.position),
                result=step.result,
                seconds=round(step.seconds, 4),
                message=step.failure.brief if step.failure is not None else None,
                pause=step.pause,
                key=step.key.label if step.key is not None and step.key.keys > 1 else None,
            )
            for step in outcome.steps
        ]
    )


def summary(filed: Filed) -> dict[str, Any]:
    """One line of a list."""
    decision = filed.decision
    return {
        "id": decision.id,
        "at": filed.at,
        "request_id": filed.request_id,
        "session": filed.case.question.facts.session,
        "asked": decision.asked,
        "scenario": decision.scenario,
        "route": decision.route(0),
        "strategy": decision.strategy,
        "why": decision.why,
        "attempts": [one.result for one in filed.attempts],
        "result": filed.result,
    }


def explanation(filed: Filed) -> dict[str, Any]:
    """Everything about one decision; figures in tokens, seconds and US dollars."""
    case, decision = filed.case, filed.decision
    brief = case.brief
    places = consider(brief)
    candidates = brief.by_name()
    return {
        **summary(filed),
        "facts": {name: getattr(case.question.facts, name) for name in OF_FACTS},
        "tokens": {"exact": brief.tokens, "guess": brief.guess, "bound": brief.bound},
        "last_prompt": case.question.last_prompt,
        "project": case.question.project,
        "preset": case.question.policy.preset or None,
        "moment": to_builtins(case.question.moment),
        "custom_router": case.question.custom,
        "cache": _cache(brief, decision),
        "wait_s": decision.wait,
        "delay_s": decision.delay,
        "targets": [decision.route(place) for place in range(len(decision.targets))],
        "candidates": [_told(candidates[place.name], place, brief) for place in places],
        "outcome": {"result": filed.result, "attempts": to_builtins(filed.attempts)},
        "replay": to_builtins(replay(case, decision)),
    }


def _cache(brief: Brief, decision: Decision) -> Mapping[str, Any] | None:
    warmth = brief.warmth
    if warmth is None:
        return None
    return {
        "target": warmth.name,
        "tokens": warmth.tokens,
        "lives_s": round(warmth.until - brief.now, 1),
        "stake_usd": round(decision.stake, 6),
        "stays": decision.stays,
    }


def _told(candidate: Candidate, place: Considered, brief: Brief) -> dict[str, Any]:
    amount = brief.cost_at(candidate)
    return {
        "route": candidate.name,
        "position": place.position,
        "score": place.score,
        "passed_over": place.passed_over,
        "weight": candidate.target.weight,
        "estimate_usd": round(amount, 6) if amount is not None else None,
        "prices": to_builtins(candidate.tariff),
        "context_window": candidate.context_window,
        "token_scale": round(candidate.scale, 4),
        "standing": {**to_builtins(candidate.standing), "until": max(0.0, candidate.standing.until - brief.now)},
    }
