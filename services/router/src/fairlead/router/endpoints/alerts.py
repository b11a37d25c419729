"""`GET /api/alerts`: what is wrong now, and what was told of late."""

from fairlead.router.reception import Caller, Reception
from fairlead.router.usage.herald import Herald
from fairlead.shared.access import demand_unlimited
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_failure, respond_json


class AlertsEndpoint:
    """For client keys without limits, as it concerns everybody."""

    def __init__(self, dialect: Dialect, reception: Reception, herald: Herald) -> None:
        self._dialect = dialect
        self._reception = reception
        self._herald = herald

    def __repr__(self) -> str:
        return f"<AlertsEndpoint {self._herald!r}>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            demand_unlimited(self._reception.check(caller))
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            return
        told = {"active": list(self._herald.watch.active.values()), "recent": list(self._herald.recent)[::-1]}
        await respond_json(send, 200, encode(told), [(b"cache-control", b"no-store")])
