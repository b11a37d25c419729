"""A Redis of a test's own, which can be told to hang, to die and to come back with nothing."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .stack import free_ports, required

START_WITHIN = 60.0
POLL = 0.01


class RedisProcess:
    """One server that keeps nothing, always on the same port."""

    def __init__(self, command: str, folder: Path) -> None:
        [self.port] = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._command = [command, *arguments, "--dir", str(folder)]
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it listens."""
        self._running = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._running.poll() is None, "redis-server has ended"
                assert time.monotonic() < deadline, "redis-server does not listen"
                time.sleep(POLL)
            else:
                return

    def hang(self) -> None:
        """It takes connections and says nothing."""
        self._told(signal.SIGSTOP)

    def go_on(self) -> None:
        self._told(signal.SIGCONT)

    def kill(self) -> None:
        """Gone at once, with all it knew."""
        process, self._running = self._running, None
        if process is not None:
            process.kill()
            process.wait(START_WITHIN)

    def _told(self, what: signal.Signals) -> None:
        assert self._running is not None
        self._running.send_signal(what)


@contextmanager
def redis_process(folder: Path) -> Iterator[RedisProcess]:
    """Started; skips where there is no redis-server, and fails where FAIRLEAD_REQUIRE says that there is one."""
    command = shutil.which("redis-server")
    if command is None:
        if required("redis"):
            pytest.fail("redis is required, and there is no redis-server")
        pytest.skip("there is no redis-server on this machine: nothing is tested that replicas share")
    redis = RedisProcess(command, folder)
    try:
        redis.start()
        yield redis
    finally:
        redis.kill()
