"""A streamed response to the client: the head as late as possible, and signs of life while there is nothing to say."""

from collections.abc import Callable
from typing import Self

from fairlead.shared.runtime.asgi import Headers, Send

PING_SECONDS = 15.0


class StreamReply:
    """One event stream to one client, used as a context manager: `with StreamReply(...) as reply`.

    The head (200) goes out with the first bytes, or with the first ping; until then `headers` may be changed. When
    nothing was written for `ping` seconds, `keepalive()` is written (if it gives any bytes). It may be replaced while
    the stream runs. What is written must be whole events, as a ping may come between any two writes.
    """

    def __init__(
        self, send: Send, keepalive: Callable[[], bytes], headers: Headers = (), *, ping: float = PING_SECONDS
    ) -> None:
        self.headers: list[tuple[bytes, bytes]] = list(headers)
        self.keepalive = keepalive
        self.started = False
        raise NotImplementedError

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        """Stops the pings. Does not finish the response."""
        raise NotImplementedError

    async def write(self, data: bytes) -> None:
        """Sends whole events, the head first if it has not gone out. Waits while the client reads too slowly."""
        raise NotImplementedError

    async def finish(self, data: bytes = b"") -> None:
        """Sends `data` as the last bytes and ends the response."""
        raise NotImplementedError
