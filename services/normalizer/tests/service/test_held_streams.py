"""What the normalizer keeps while an answer flows."""

import asyncio
import json
import sys
from typing import Any

import pytest

from fairlead.normalizer.app import World, build
from fairlead.shared.config import parse
from fairlead.simulator import Simulator

from ..conftest import CANARY, CONFIG
from ..talk import CHAT, TOOLS, body

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Client:
    """One request on bare ASGI, so that the very bytes of its body can be watched."""

    def __init__(self, asks: bytes) -> None:
        self.heard = b""
        self.status = 0
        self.ended = False
        self.answered = asyncio.Event()
        self.leaves = asyncio.Event()
        self._asks = [{"type": "http.request", "body": asks}]

    async def receive(self) -> dict[str, Any]:
        if self._asks:
            return self._asks.pop()
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.heard += message["body"]
            self.ended = not message.get("more_body")
            self.answered.set()


SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "method": "POST",
    "path": CHAT,
    "raw_path": CHAT.encode(),
    "query_string": b"",
    "headers": [(b"content-type", b"application/json")],
}


@pytest.mark.parametrize("provider", ["ant", "oai"])
async def test_the_body_is_not_kept_while_its_answer_flows(simulator: Simulator, provider: str) -> None:
    app = build(parse(CONFIG.format(url=simulator.url, key=CANARY, more=""), {}, file="config.json").config, World())
    simulator_says = "sim-text!stall=e2"
    asks = json.dumps(body(f"{provider},{simulator_says}", stream=True, tools=TOOLS[CHAT])).encode()
    alone = sys.getrefcount(asks)
    client = Client(asks)
    async with app.lifespan():
        asking = asyncio.create_task(app(dict(SCOPE), client.receive, client.send))
        await client.answered.wait()
        assert b"Hello" in client.heard
        assert sys.getrefcount(asks) == alone
        client.leaves.set()
        await asking
