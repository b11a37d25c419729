"""The served process: where it listens, how it ends, and what it says when it cannot begin."""

import asyncio
import functools
import resource
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

PROGRAM = """
import asyncio, sys
from fairlead.shared.runtime.serve import Listen, serve

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": sys.argv[3]})
        await receive()
        print("closed", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    try:
        # A thread of its own would keep the process; reading as the loop does ends with it.
        loop = asyncio.get_running_loop()
        line = asyncio.Event()
        loop.add_reader(sys.stdin, line.set)
        await line.wait()
    except asyncio.CancelledError:
        print("cancelled", flush=True)
        raise
    await send({"type": "http.response.body", "body": b"done"})

def ready(host, port):
    print(f"{host}:{port}", flush=True)

sys.exit(serve(app, Listen(port=int(sys.argv[1]), drain=float(sys.argv[2])), ready=ready))
"""


async def start(
    port: int = 0, drain: float = 30, startup: str = "lifespan.startup.complete", **options: Any
) -> Process:
    arguments = [sys.executable, "-c", PROGRAM, str(port), str(drain), startup]
    return await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, **options)


@pytest.fixture
async def processes() -> AsyncIterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def begun(process: Process) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
    """The port, and a request that has got the first part of its answer."""
    host, _, port = (await process.stdout.readline()).decode().strip().partition(":")
    assert host == "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    head = await reader.readuntil(b"begun\r\n")
    assert b"server:" not in head
    return int(port), reader, writer


async def refused(port: int) -> None:
    """Returns when nobody is let in any more."""
    while True:
        try:
            _, late = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionResetError:  # it was about to be let in when the door closed
            continue
        except ConnectionRefusedError:
            return
        await close(late)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_stream_is_finished_when_told_to_stop_and_nobody_new_is_let_in(processes, told):
    processes.append(process := await start())
    port, reader, writer = await begun(process)
    process.send_signal(told)
    await refused(port)
    process.stdin.write(b"go\n")
    assert await reader.read() == b"4\r\ndone\r\n0\r\n\r\n"
    await close(writer)
    assert await process.wait() == 0
    assert await process.stdout.read() == b"closed\n"


async def test_a_stream_that_outlasts_the_drain_is_cancelled(processes):
    processes.append(process := await start(drain=0.05))
    _, _, writer = await begun(process)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert sorted((await process.stdout.read()).split()) == [b"cancelled", b"closed"]
    await close(writer)


async def test_ctrl_c_a_second_time_ends_the_drain_and_what_lasts_is_closed(processes):
    processes.append(process := await start())
    port, _, writer = await begun(process)
    process.send_signal(signal.SIGINT)
    await refused(port)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert sorted((await process.stdout.read()).split()) == [b"cancelled", b"closed"]
    await close(writer)


async def test_a_terminal_that_is_closed_is_not_minded_under_nohup(processes):
    processes.append(process := await start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)))
    _, reader, writer = await begun(process)
    process.send_signal(signal.SIGHUP)
    process.stdin.write(b"go\n")
    assert await reader.readuntil(b"0\r\n\r\n") == b"4\r\ndone\r\n0\r\n\r\n"
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert await reader.readuntil(b"begun\r\n")
    await close(writer)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux tells the limits of another process")
async def test_as_many_connections_as_the_system_allows_may_be_open(processes):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = functools.partial(resource.setrlimit, resource.RLIMIT_NOFILE, (64, hard))
    processes.append(process := await start(preexec_fn=few))
    await process.stdout.readline()
    assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (min(hard, 65_536), hard)


async def test_a_port_that_is_taken_is_told_in_one_line(processes):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        processes.append(process := await start(port))
        out, err = await process.communicate()
    assert process.returncode == 1
    assert (out, err.decode()) == (b"", f"cannot listen on 127.0.0.1:{port}: address already in use\n")


async def test_a_start_that_fails_is_a_failure_of_the_process(processes):
    processes.append(process := await start(startup="lifespan.startup.failed"))
    await process.communicate()
    assert process.returncode == 1
