"""Makes the errand of a request that was looked at."""

from fairlead.router.forward import Errand
from fairlead.router.health import Load
from fairlead.router.judge import Verdict
from fairlead.router.ranking import expected_output
from fairlead.router.reception import Received, Reception
from fairlead.shared.dialect import ReplyContext


def errand_of(taken: Received, verdict: Verdict, reception: Reception, *, stream: bool, created: int) -> Errand:
    """`created` in Unix seconds, for dialects whose answers tell it."""
    brief = verdict.case.brief
    return Errand(
        decision=verdict.decision,
        crossing=verdict.crossing,
        envelope=reception.envelope(taken, verdict.facts.session),
        headers=taken.caller.headers,
        stream=stream,
        context=ReplyContext(taken.caller.request_id, created, verdict.facts.model),
        load=Load(brief.guess if brief.tokens is None else brief.tokens, expected_output(brief.most_output)),
        acts=verdict.facts.acts,
    )
