"""An endpoint whose conversations are written down word for word."""

from fairlead.normalizer.transcript import Transcript
from fairlead.shared.runtime.asgi import Receive, Scope, Send

from .paths import Endpoint
from .reception import Caller


def overheard(endpoint: Endpoint, transcript: Transcript) -> Endpoint:
    """The same endpoint for its clients."""

    async def take(caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        receiving, sending, end = transcript.overheard(caller.request_id, caller.headers, receive, send)
        try:
            await endpoint(caller, scope, receiving, sending)
        finally:
            end()

    return take
