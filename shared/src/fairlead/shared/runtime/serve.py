"""Runs one ASGI app as a process: bound, limited, drained at its end, and with an exit code that tells how it went."""

import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from msgspec import Struct

from fairlead.shared.runtime.http1_server import BoundedHttp

HEADER_LIMIT = 64 * 1024
"""Bytes of one request's line and headers. nginx takes 32 KiB, Node 16 KiB, by default."""

_KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than a client's pool does (ours 30 s), so that the client closes first."""


class Listen(Struct, frozen=True):
    """`port` 0: any free one. `drain`: seconds that running requests get to finish after SIGTERM, SIGINT or SIGHUP; a
    second SIGINT takes them away."""

    host: str = "127.0.0.1"
    port: int = 0
    drain: float = 30.0
    header_limit: int = HEADER_LIMIT


def serve(
    app: Any,
    listen: Listen,
    *,
    ready: Callable[[str, int], None] | None = None,
    draining: Callable[[], None] | None = None,
) -> int:
    """Serves until told to stop; returns the exit code: 0 after a drain, 1 when it could not listen or start (one line
    on stderr says why). `ready` is called with the bound host and port once requests are accepted; `draining` when no
    more are, for whatever would never end by itself."""
    _open_many_files()
    try:
        bound = _bind(listen)
    except OSError as error:
        print(f"cannot listen on {listen.host}:{listen.port}: {_why(error)}", file=sys.stderr)  # noqa: T201 - for people
        return 1
    server = _Server(_config(app, listen), ready or _nobody_waits, draining or _nothing_lasts)
    try:
        server.run(sockets=[bound])
    except SystemExit:
        return 1
    return 0 if server.started else 1


_FILES = 65_536
"""A stream takes two: a connection of its client's, and one to its provider."""


def _open_many_files() -> None:
    """Many systems let a process have 1,024, for the sake of programs that call select(), and more if it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bind(listen: Listen) -> socket.socket:
    address = (listen.host, listen.port)
    if ":" not in listen.host:
        bound = socket.create_server(address)
    else:
        both = listen.host == "::" and socket.has_dualstack_ipv6()
        bound = socket.create_server(address, family=socket.AF_INET6, dualstack_ipv6=both)
    # Connections inherit it. asyncio's own loop does not set it where it did not make the socket, and then every answer
    # on a connection that is used again waits 40 ms for the acknowledgement of its headers.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


def _why(error: OSError) -> str:
    named = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    return named.lower()


def _config(app: Any, listen: Listen) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=listen.drain,  # type: ignore[arg-type]  # a float serves as well
        h11_max_incomplete_event_size=listen.header_limit,
    )


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 32 * 1024 * 1024


def _keep_memory() -> None:
    """Large bodies come again and again: glibc would give their memory back after each, and the kernel fill it with
    zeros for the next. https://man7.org/linux/man-pages/man3/mallopt.3.html; other C libraries have no such call."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_MMAP_THRESHOLD, _KEPT)


def _nobody_waits(_host: str, _port: int) -> None:
    pass


def _nothing_lasts() -> None:
    pass


def _stopping() -> Iterator[signal.Signals]:
    """What tells to stop: a terminal that is closed too, unless `nohup` has been told not to mind."""
    yield from (signal.SIGTERM, signal.SIGINT)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it is ready, and whose process does not die of the signal that stopped it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str, int], None], draining: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._draining = draining

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What stands now stands for good: collections need not look at it again.
        gc.collect()
        gc.freeze()
        _keep_memory()
        for bound in sockets or ():
            host, port = bound.getsockname()[:2]
            self._ready(host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining()
        await super().shutdown(sockets)
        if self.force_exit:
            # Ctrl-C twice: nobody is waited for. What lasts is closed all the same, which uvicorn leaves out.
            for task in self.server_state.tasks:
                task.cancel()
            await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in _stopping()}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)
