"""The command line: what is refused before anything is served, and a run from start to stop."""

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2
import pytest

from fairlead.router.__main__ import main

from .answers import anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{Router: {", "config.json:1:"),
        ('{\n  Router: {default: "nobody,m"}\n}', "config.json:2: Router.default"),
    ],
)
def test_a_broken_configuration_is_told_in_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    assert main(["--config", str(file), "--port", "1"]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_file_that_is_missing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "/no/such/file.json"]) == 1
    assert "/no/such/file.json" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--port", "many"], ["--normalizer-url", "ftp://x"], ["--log-level", "loud"]])
def test_a_flag_with_a_bad_value_is_told(capsys: pytest.CaptureFixture[str], flags: list[str], tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{}")
    assert main(["--config", str(tmp_path / "c.json"), *flags]) == 1
    assert flags[0] in capsys.readouterr().err


def test_wrong_usage_is_told_with_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--nonsense"])
    assert left.value.code == 2
    assert "--nonsense" in capsys.readouterr().err


@contextlib.contextmanager
def running(tmp_path: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "config.json").write_text("{}")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CONFIG_PATH": str(tmp_path / "config.json")}
    command = [sys.executable, "-m", "fairlead.router", *flags]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running(tmp_path, "--port", port) as process:
            _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "Traceback" not in said


def test_it_serves_until_told_to_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(tmp_path, "--port", str(port), "--normalizer-url", "http://127.0.0.1:9") as process:
        assert process.stderr is not None
        _wait_for(process.stderr, '"listening"')
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert process.returncode == 0


async def test_a_stream_that_runs_when_it_is_told_to_stop_is_finished(
    tmp_path: Path, normalizer: FakeNormalizer
) -> None:
    go_on = asyncio.Event()
    half, rest = anthropic_stream()[:3], anthropic_stream()[3:]
    normalizer.answers["p,native"] = stream(*half, go_on, *rest)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(tmp_path, "--port", str(port), "--normalizer-url", normalizer.url) as process:
        assert process.stderr is not None
        await asyncio.to_thread(_wait_for, process.stderr, '"listening"')
        async with (
            httpx2.AsyncClient(timeout=30) as client,
            client.stream(
                "POST", f"http://127.0.0.1:{port}/v1/messages", json=claude_code(model="p,native")
            ) as response,
        ):
            chunks = response.aiter_raw()
            said = b""
            while not said.endswith(half[-1]):
                said += await anext(chunks)
            process.send_signal(signal.SIGTERM)
            while await _accepts(port):
                pass
            go_on.set()
            said += b"".join([chunk async for chunk in chunks])
        await asyncio.to_thread(process.wait, 30)
    assert said == b"".join(anthropic_stream())
    assert process.returncode == 0


def _wait_for(lines: IO[str], word: str) -> None:
    for line in lines:
        if word in line:
            return


async def _accepts(port: int) -> bool:
    """Whether new connections are still taken."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True


async def test_it_starts_itself_again_under_the_same_id_and_by_what_its_file_says_then(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(tmp_path, "--port", str(port), "--normalizer-url", "http://127.0.0.1:9") as process:
        assert process.stderr is not None
        lines = process.stderr
        await asyncio.to_thread(_wait_for, lines, '"listening"')
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            (tmp_path / "config.json").write_text("{ Router: ")
            refused = await client.post("/api/restart")
            assert (refused.status_code, "config.json:1" in refused.text) == (409, True)
            (tmp_path / "config.json").write_text('{LOG_LEVEL: "debug"}')
            assert (await client.post("/api/restart")).status_code == 202
        await asyncio.to_thread(_wait_for, lines, '"restarting"')
        await asyncio.to_thread(_wait_for, lines, '"listening"')
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            assert (await client.get("/health")).status_code == 200
            assert (await client.get("/api/config")).json()["after_restart"] == []
        assert process.poll() is None
