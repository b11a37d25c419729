"""`GET /api/decisions` and `GET /api/decisions/{id}`: what was decided of late, and why."""

from fairlead.router.decisions import KEPT, Decisions
from fairlead.router.explain import explanation, summary
from fairlead.router.reception import Caller, Reception
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.queries import number, parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told

PAGE = 50


class DecisionsEndpoint:
    """The newest decisions as a list, and each by its id with all it was made from."""

    def __init__(self, dialect: Dialect, reception: Reception, decisions: Decisions) -> None:
        self._dialect = dialect
        self._reception = reception
        self._decisions = decisions

    def __repr__(self) -> str:
        return f"<DecisionsEndpoint {self._decisions!r}>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        self._reception.oversee(caller)
        wanted = caller.named.get("id")
        if wanted is None:
            limit = number(parameters(caller.query, ("limit",)), "limit", PAGE, most=KEPT)
            return encode({"decisions": [summary(one) for one in self._decisions.newest(limit)]})
        parameters(caller.query)
        filed = self._decisions.find(wanted)
        if filed is None:
            raise refuse(
                Kind.NOT_FOUND, f"no decision {wanted} is remembered; the newest {KEPT} since the start are", param="id"
            )
        return encode(explanation(filed))
