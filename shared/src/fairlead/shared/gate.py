"""The first-content gate: holds a stream back until its provider has proved itself, so that it can be given up for
another without the client noticing.

`feed` and `close` have three outcomes: None (still holding), bytes (open: send these, then use the pipe directly), or
a `Failure` (nothing was released, and nothing will be).
"""

from fairlead.shared.failure import Failure, Kind
from fairlead.shared.translation import Pipe

DEFAULT_LIMIT = 256 * 1024
"""Bytes held at most. Before first content come a start event, pings and comments: a few kilobytes in the wild."""


class Gate:
    """One stream's gate. It opens for content, for the end of a complete answer, or when `limit_bytes` are held."""

    def __init__(self, pipe: Pipe, *, limit_bytes: int = DEFAULT_LIMIT) -> None:
        self._pipe = pipe
        self._limit = limit_bytes
        self._held: list[bytes] = []
        self._size = 0

    def __repr__(self) -> str:
        return f"<Gate holding={self._size} {self._pipe.progress!r}>"

    def feed(self, chunk: bytes) -> bytes | Failure | None:
        """Takes bytes of the provider. A failure that arrives with the first content still wins: nothing was sent."""
        return self._decide(self._pipe.feed(chunk))

    def close(self) -> bytes | Failure:
        """The provider's bytes have ended while the gate was shut."""
        decision = self._decide(self._pipe.close())
        if decision is None:
            return Failure(Kind.CUT, "the provider's answer ended before it began")
        return decision

    def _decide(self, out: bytes) -> bytes | Failure | None:
        progress = self._pipe.progress
        if progress.failure is not None:
            return progress.failure
        if out:
            self._held.append(out)
            self._size += len(out)
        if progress.content or progress.ended or self._size > self._limit:
            return b"".join(self._held)
        return None
