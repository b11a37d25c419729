"""What a client is told whose answer is not complete when the normalizer waits no longer."""

import asyncio
import json

import pytest

from fairlead.normalizer.app import World, build
from fairlead.shared.config import parse

from ..conftest import CANARY, CONFIG
from ..talk import body
from .test_held_streams import SCOPE, Client
from .test_leaving import BEGUN, Hanging

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def stopped(says: bytes) -> Client:
    """A client whose provider `says` this much before the normalizer is stopped."""
    hanging = Hanging(says)
    async with await asyncio.start_server(hanging, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        app = build(parse(CONFIG.format(url=url, key=CANARY, more=""), {}, file="config.json").config, World())
        client = Client(json.dumps(body("ant,sim-text", stream=True)).encode())
        async with app.lifespan():
            asking = asyncio.create_task(app(dict(SCOPE), client.receive, client.send))
            await (client.answered if says else hanging.asked).wait()
            asking.cancel()
            await asking
        return client


async def test_a_stream_ends_with_an_error() -> None:
    client = await stopped(BEGUN)
    assert (client.status, client.ended) == (200, True)
    assert b"Hello" in client.heard
    assert json.loads(client.heard.split(b"data: ")[-1])["error"]["type"] == "service_unavailable_error"


async def test_who_has_heard_nothing_yet_may_ask_again() -> None:
    client = await stopped(b"")
    assert client.status == 503
    assert json.loads(client.heard)["error"]["code"] == "server_is_overloaded"
