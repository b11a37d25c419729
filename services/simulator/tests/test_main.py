"""The command."""

import asyncio
import re
import signal
import socket
import sys

import pytest

from fairlead.simulator.__main__ import main


async def test_it_says_when_it_is_ready_and_stops_when_told() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fairlead.simulator", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.fullmatch(r"simulator listening on http://127\.0\.0\.1:(\d+)\n", line)
    assert found, line
    reader, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
    writer.write(b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n")
    assert (await reader.read()).endswith(b'{"status":"ok","simulated":true}')
    writer.close()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


def test_a_port_that_is_taken_is_one_clear_message(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"simulator: cannot listen on 127.0.0.1:{port}: ")
    assert error.count("\n") == 1


def test_wrong_usage_is_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "many"])
    assert stopped.value.code == 2
