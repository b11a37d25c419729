"""`fairlead explain` against routers that run: in a process of their own, and with everything that can be wrong."""

import asyncio
import json
import re
import socket
from pathlib import Path

import httpx2
import pytest

from fairlead.router.cli.__main__ import main

from ..answers import anthropic_message
from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, whole
from ..running import RunningRouter
from ..test_main import running

MESSAGE = anthropic_message("hi")
OVERLOADED = whole(529, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
CONFIG = """{
  PORT: %d,
  APIKEY: "secret-of-the-router",
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "$P_KEY", models: ["native", "second"]}],
  Router: {default: "p,native"},
  fallback: {default: ["p,second"]},
}"""


async def fairlead(*arguments: str, **env: str) -> int:
    """The command, beside the loop that serves what it asks."""
    return await asyncio.to_thread(main, arguments, env)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


async def test_a_router_of_its_own_explains_and_replays_what_it_decided(
    tmp_path: Path, normalizer: FakeNormalizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Address and key are those of the configuration that the router itself was started with."""
    normalizer.answers = {"p,native": OVERLOADED, "p,second": whole(200, MESSAGE)}
    port, file = free_port(), tmp_path / "router.json"
    file.write_text(CONFIG % port)
    key = {"x-api-key": "secret-of-the-router"}
    with running(tmp_path, "--config", str(file), "--normalizer-url", normalizer.url) as process:
        assert process.stderr is not None
        while '"listening"' not in await asyncio.to_thread(process.stderr.readline):
            assert process.poll() is None
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=key) as client:
            answered = await client.post("/v1/messages", json=claude_code(stream=False))
            named = answered.headers["x-fairlead-decision"]
            raw = (await client.get(f"/api/decisions/{named}")).json()
        assert await fairlead("explain", named, "--replay", "--config", str(file)) == 0
        page = capsys.readouterr().out
        assert await fairlead("explain", CONFIG_PATH=str(file)) == 0
        newest = capsys.readouterr().out
    assert page.startswith(f"Decision {named}, ")
    assert re.search(r"1  p,native  overloaded  \d\.\d{3} s +\S* *\S* *busy", page)
    assert re.search(r"2  p,second  answered", page)
    assert page.endswith(
        f"Replay: the same, byte for byte ({raw['replay']['size']} bytes, sha256 {raw['replay']['sha256']})\n"
    )
    assert page.startswith(newest.rstrip())


@pytest.mark.parametrize(
    ("config", "arguments", "env", "said"),
    [
        ("{}", ["explain", "dec_nobody"], {}, "no decision dec_nobody is remembered; the newest 1000 since the start"),
        ("{}", ["explain"], {}, "has decided nothing since it was started"),
        ('{APIKEY: "k"}', ["explain"], {}, "wants a client key; put one that opens everything into FAIRLEAD_KEY"),
        ('{APIKEY: "k"}', ["explain"], {"FAIRLEAD_KEY": "other"}, "does not know this client key"),
        (
            '{client_keys: [{name: "ci", key: "k", models: ["x"]}]}',
            ["explain"],
            {"FAIRLEAD_KEY": "k"},
            "limit",
        ),
    ],
)
async def test_what_the_router_refuses_is_told_to_people(
    normalizer: FakeNormalizer,
    capsys: pytest.CaptureFixture[str],
    config: str,
    arguments: list[str],
    env: dict[str, str],
    said: str,
) -> None:
    async with RunningRouter(config, normalizer.url) as router:
        assert await fairlead(*arguments, "--url", router.url, **env) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert (told.out, "Traceback" in told.err) == ("", False)


async def test_a_router_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    assert await fairlead("explain", "--url", f"http://127.0.0.1:{port}") == 1
    assert f"no router answers at http://127.0.0.1:{port}; start one" in capsys.readouterr().err


async def test_without_a_configuration_it_is_where_the_environment_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    port = free_port()
    assert await fairlead("explain", HOME=str(tmp_path), PORT=str(port)) == 1
    assert f"no router answers at http://127.0.0.1:{port}; start one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"decisions": 3}', "no router of this version"),
        (200, b"<html>", "no router of this version"),
        (404, b"not here", "is no router: HTTP 404"),
    ],
)
async def test_another_server_is_not_taken_for_a_router(
    capsys: pytest.CaptureFixture[str], status: int, body: bytes, said: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await fairlead("explain", "--url", f"http://127.0.0.1:{port}") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["explian"], ["explain", "a", "b"], ["explain", "--reply"]])
def test_wrong_usage_has_its_own_code(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments, {})
    assert left.value.code == 2
    assert "usage: fairlead" in capsys.readouterr().err


def test_an_address_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--url", "localhost:3456"], {}) == 1
    assert "--url localhost:3456" in capsys.readouterr().err


def test_a_configuration_that_cannot_be_read_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{Router: {")
    assert main(["explain", "--config", str(tmp_path / "c.json")], {}) == 1
    assert "c.json:1:" in capsys.readouterr().err


async def test_a_replay_that_differs_fails(
    normalizer: FakeNormalizer, router: RunningRouter, client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    normalizer.unknown = whole(200, MESSAGE)
    answered = await client.post("/v1/messages", json=claude_code(stream=False))
    told = (await client.get(f"/api/decisions/{answered.headers['x-fairlead-decision']}")).json()
    told["replay"] |= {"same": False, "differences": [{"path": "decision.wait", "decided": 1.0, "again": 2.0}]}
    body = json.dumps(told).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await fairlead("explain", told["id"], "--replay", "--url", f"http://127.0.0.1:{port}") == 1
    assert "decision.wait  1.0      2.0" in capsys.readouterr().out
