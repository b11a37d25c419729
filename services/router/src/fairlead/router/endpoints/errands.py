"""Makes the errand of a request that was looked at."""

from fairlead.router.ask import Errand
from fairlead.router.health import Load
from fairlead.router.judge import Verdict
from fairlead.router.policy import name_of
from fairlead.router.reception import Received, Reception
from fairlead.router.terms import expected_output
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.runtime.trail import Trail


def errand_of(
    taken: Received, verdict: Verdict, reception: Reception, *, stream: bool, created: int, trail: Trail | None = None
) -> Errand:
    """`created` in Unix seconds, for dialects whose answers tell it."""
    brief = verdict.case.brief
    known = brief.by_name()
    prospects = [known[name_of(target)] for target in verdict.decision.targets]
    return Errand(
        decision=verdict.decision,
        crossing=verdict.crossing,
        envelope=reception.envelope(taken, verdict.facts.session),
        headers=taken.caller.headers,
        stream=stream,
        context=ReplyContext(taken.caller.request_id, created, verdict.facts.model),
        load=Load(brief.likely_tokens, expected_output(brief.most_output)),
        windows=tuple([one.context_window for one in prospects]),
        costs=tuple([brief.cost_at(one) for one in prospects]),
        acts=verdict.facts.acts,
        cold=brief.warmth is None,
        trail=trail,
    )
