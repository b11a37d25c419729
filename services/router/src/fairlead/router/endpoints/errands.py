"""Makes the errand of a request that was looked at."""

from fairlead.router.forward import Errand
from fairlead.router.judge import Verdict
from fairlead.router.reception import Received, Reception
from fairlead.shared.dialect import ReplyContext


def errand_of(taken: Received, verdict: Verdict, reception: Reception, *, stream: bool, created: int) -> Errand:
    """`created` in Unix seconds, for dialects whose answers tell it."""
    return Errand(
        decision=verdict.decision,
        crossing=verdict.crossing,
        envelope=reception.envelope(taken, verdict.facts.session),
        headers=taken.caller.headers,
        stream=stream,
        context=ReplyContext(taken.caller.request_id, created, verdict.facts.model),
    )
