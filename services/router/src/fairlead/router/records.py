"""The record of one request: who asked, where it went, what it took and what it cost."""

from typing import Protocol

from msgspec import Struct

from fairlead.router.account import Account
from fairlead.router.brief import tariff_of
from fairlead.router.policy import DEFAULT
from fairlead.router.question import Question
from fairlead.shared.config.schema import Target
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure
from fairlead.shared.runtime.attempt import Flowing, Refused, Whole

METERED, SUBSCRIPTION, FREE = "metered", "subscription", "free"

LEFT = 499
"""The status of a request whose client did not wait: nginx's, as there is no other."""


class Record(Struct, frozen=True, gc=False):
    """One request that is over.

    `at`: Unix seconds when it came. `client`: its dialect. `asked`: the model it named; `provider` and `model`: the
    target that was heard last. `status`: HTTP's; `failure`: its kind, None for an answer. Tokens as in `Usage`:
    `input` without what was read from or written to a cache, `output` with `reasoning`. `cost` and `default_cost`
    (what the same tokens would have cost at the first target of `default`) are US dollars, None where a price is not
    known; what a `billing` of `SUBSCRIPTION` took costs nothing more, and `cost` is then its list price. All times are
    seconds.
    """

    at: float
    request_id: str
    decision: str
    client: str
    session: str | None
    agent: str | None
    project: str | None
    key: str | None
    asked: str
    scenario: str
    provider: str
    model: str
    billing: str
    attempts: int
    stream: bool
    status: int
    result: str
    failure: str | None
    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int
    cost: float | None
    default_cost: float | None
    first_byte: float | None
    duration: float
    overhead: float | None


class Sink(Protocol):
    """Takes records. Must neither wait nor fail."""

    def note(self, record: Record) -> None:
        """One request is over."""
        ...


def record_of(account: Account, seconds: float) -> Record | None:
    """The record of a request that took so many seconds; None for one that was refused before it was decided."""
    facts, decision, filed, outcome = account.facts, account.decision, account.filed, account.outcome
    if facts is None or decision is None or filed is None:
        return None
    usage, trouble = account.usage() or Usage(), account.trouble()
    target = decision.targets[outcome.position if outcome is not None else 0]
    question = filed.case.question
    answered = account.usage() is not None
    billing, cost = _priced(target, question, usage)
    return Record(
        at=account.at,
        request_id=account.request_id,
        decision=decision.id,
        client=account.client,
        session=facts.session,
        agent=facts.agent,
        project=question.project,
        key=account.key.name if account.key is not None else None,
        asked=decision.asked,
        scenario=decision.scenario,
        provider=target.provider,
        model=target.model,
        billing=billing,
        attempts=len(outcome.steps) if outcome is not None else 0,
        stream=facts.stream,
        status=_status(account, trouble),
        result=account.result(),
        failure=trouble.kind.value if trouble is not None else None,
        input=usage.input,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        output=usage.output,
        reasoning=usage.reasoning,
        cost=cost if answered else None,
        default_cost=_at_default(question, usage) if answered else None,
        first_byte=_first_byte(account),
        duration=seconds,
        overhead=account.overhead,
    )


def _status(account: Account, trouble: Failure | None) -> int:
    if account.gone:
        return LEFT
    answer = account.outcome.answer if account.outcome is not None else None
    if isinstance(answer, Flowing):
        return 200
    if isinstance(answer, Whole):
        return answer.status
    return trouble.http_status if trouble is not None else LEFT


def _first_byte(account: Account) -> float | None:
    answer = account.outcome.answer if account.outcome is not None else None
    if answer is None or isinstance(answer, Refused):
        return None
    moment = answer.timing.content or answer.timing.first_byte
    return moment - account.began if moment is not None else None


def _priced(target: Target, question: Question, usage: Usage) -> tuple[str, float | None]:
    """How a target is paid, as configured, else free where its prices are nothing; and what it costs."""
    tariff = tariff_of(target, question.policy, question.catalog)
    billing = question.policy.billing.get(target.provider) or (FREE if tariff.is_free else METERED)
    return billing, 0.0 if billing == FREE else tariff.cost(usage)


def _at_default(question: Question, usage: Usage) -> float | None:
    targets = question.policy.routes.get(DEFAULT)
    return _priced(targets[0], question, usage)[1] if targets else None
