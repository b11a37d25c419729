"""`POST /api/restart`: the router starts again, with what is heeded at the start alone; running answers end first."""

from collections.abc import Callable

from fairlead.router.reception import Caller, Reception
from fairlead.router.steering import Steering
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import NO_STORE, Receive, Scope, Send, respond_failure, respond_json

CANNOT = "this router was not started by its own command, so it cannot start itself again; restart what runs it"
UNUSABLE = "the router would not start again, since the configuration cannot be used"


class RestartEndpoint:
    """`restart` begins it, None where that cannot be had. A file that could not be served with afterwards keeps it from
    beginning."""

    def __init__(
        self,
        dialect: Dialect,
        reception: Reception,
        steering: Steering | None,
        restart: Callable[[], None] | None,
    ) -> None:
        self._dialect = dialect
        self._reception = reception
        self._steering = steering
        self._restart = restart

    def __repr__(self) -> str:
        return "<RestartEndpoint>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            self._reception.administer(caller)
            parameters(caller.query)
            if self._restart is None:
                raise refuse(Kind.CONFLICT, CANNOT)
            if self._steering is not None and (fault := self._steering.fault()):
                raise refuse(Kind.CONFLICT, f"{UNUSABLE}:\n{fault}")
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id)
            return
        head = [NO_STORE, (self._dialect.request_id_header.encode(), caller.request_id.encode())]
        await respond_json(send, 202, encode({"restarting": True}), head)
        self._restart()
