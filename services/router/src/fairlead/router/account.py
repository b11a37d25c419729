"""One request while it is served: what is known of it, filled in as it happens, for a client may leave any moment."""

from msgspec import Struct

from fairlead.router.decide import Decision
from fairlead.router.explain import Filed
from fairlead.router.facts import Facts
from fairlead.router.forward import Outcome
from fairlead.shared.config.schema import ClientKey
from fairlead.shared.conversation import Usage
from fairlead.shared.failure import Failure
from fairlead.shared.loss import Loss
from fairlead.shared.runtime.attempt import Flowing, Whole
from fairlead.shared.runtime.reply import StreamReply
from fairlead.shared.runtime.trail import Trail


class Account(Struct):
    """One request while it is served. `began` on the router's clock, `at` in Unix seconds; `client` is its dialect,
    `path` that of its operation. It `came` when its first bytes did, and `began` when it was there; `decided` is how
    many seconds later it was known who is asked.
    `notices`: headers about budgets. `trail`: where traces are made.
    `told`: the client got an answer to its end, if only a failure; `gone`: it did not wait for that."""

    request_id: str
    began: float
    at: float
    client: str
    path: str
    came: float
    key: ClientKey | None = None
    facts: Facts | None = None
    filed: Filed | None = None
    decision: Decision | None = None
    outcome: Outcome | None = None
    reply: StreamReply | None = None
    failure: Failure | None = None
    decided: float | None = None
    overhead: float | None = None
    notices: list[tuple[bytes, bytes]] = []
    trail: Trail | None = None
    told: bool = False
    gone: bool = False

    def result(self) -> str:
        """What became of it, in a word for figures."""
        if self.gone:
            return "gone"
        trouble = self.trouble()
        if trouble is not None:
            return trouble.kind.value
        return "answered" if self.told else "broken_off"

    def usage(self) -> Usage | None:
        """What the provider said the request came to, if it got that far."""
        answer = self.outcome.answer if self.outcome else None
        if isinstance(answer, Flowing):
            return answer.pipe.progress.usage
        return answer.message.usage if isinstance(answer, Whole) and answer.message else None

    def losses(self) -> tuple[Loss, ...]:
        """What of the answer the client's dialect could not say."""
        answer = self.outcome.answer if self.outcome else None
        if isinstance(answer, Flowing):
            return answer.pipe.losses
        return answer.losses if isinstance(answer, Whole) else ()

    def trouble(self) -> Failure | None:
        """What the client was told went wrong, at once or in the stream."""
        answer = self.outcome.answer if self.outcome else None
        return self.failure or (answer.pipe.progress.failure if isinstance(answer, Flowing) else None)
