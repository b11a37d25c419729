"""Runs one ASGI app as a process: bound, limited, drained on SIGTERM, and with an exit code that tells how it went."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

HEADER_LIMIT = 64 * 1024
"""Bytes of one request's line and headers. nginx takes 32 KiB, Node 16 KiB, by default."""


class Listen(Struct, frozen=True):
    """`port` 0: any free one. `drain`: seconds that running requests get to finish after SIGTERM or SIGINT."""

    host: str = "127.0.0.1"
    port: int = 0
    drain: float = 30.0
    header_limit: int = HEADER_LIMIT


def serve(app: Any, listen: Listen, *, ready: Callable[[str, int], None] | None = None) -> int:
    """Serves until told to stop; returns the exit code: 0 after a drain, 1 when it could not listen or start (one line
    on stderr says why). `ready` is called with the bound host and port once requests are accepted."""
    raise NotImplementedError
