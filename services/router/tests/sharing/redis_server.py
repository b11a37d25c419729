"""A Redis of a test's own: started on a free port, with nothing kept, and stopped with the test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_WITHIN = 60.0
"""Seconds."""


@contextmanager
def redis_server(folder: Path, *, port: int | None = None) -> Iterator[str]:
    """Its URL. Skips where there is no redis-server, and fails where FAIRLEAD_REQUIRE says that there is one."""
    command = shutil.which("redis-server")
    if command is None:
        if "redis" in os.environ.get("FAIRLEAD_REQUIRE", "").split(","):
            pytest.fail("redis is required, and there is no redis-server")
        pytest.skip("there is no redis-server on this machine: nothing is tested that replicas share")
    port = port or _free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_listens(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(START_WITHIN)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not _listens(port):
        assert process.poll() is None, "redis-server has ended"
        assert time.monotonic() < deadline, "redis-server does not listen"
        time.sleep(0.01)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
