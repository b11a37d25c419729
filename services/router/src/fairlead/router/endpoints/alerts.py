"""`GET /api/alerts`: what is wrong now, and what was told of late."""

from fairlead.router.reception import Caller, Reception
from fairlead.router.usage.herald import Herald
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told


class AlertsEndpoint:
    """For whoever may see what concerns everybody."""

    def __init__(self, dialect: Dialect, reception: Reception, herald: Herald) -> None:
        self._dialect = dialect
        self._reception = reception
        self._herald = herald

    def __repr__(self) -> str:
        return f"<AlertsEndpoint {self._herald!r}>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        self._reception.oversee(caller)
        parameters(caller.query)
        return encode({"active": list(self._herald.watch.active.values()), "recent": list(self._herald.recent)[::-1]})
