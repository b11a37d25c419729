"""What the router keeps while an answer flows."""

import asyncio
import json
import sys
from typing import Any

import pytest

from .answers import anthropic_stream, chat_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream
from .running import RunningRouter


class Client:
    """One request on bare ASGI, so that the very bytes of its body can be watched."""

    def __init__(self, body: bytes) -> None:
        self.heard = b""
        self.status = 0
        self.ended = False
        self.answered = asyncio.Event()
        self.leaves = asyncio.Event()
        self._asks = [{"type": "http.request", "body": body}]

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


def scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }


@pytest.mark.parametrize(("model", "answer"), [("native", anthropic_stream), ("chat", chat_stream)])
async def test_the_body_is_not_kept_while_its_answer_flows(
    router: RunningRouter, normalizer: FakeNormalizer, model: str, answer: Any
) -> None:
    normalizer.answers[f"p,{model}"] = stream(b"".join(answer("Hello")[:-1]), asyncio.Event())
    body = json.dumps(claude_code(model=f"p,{model}", stream=True)).encode()
    alone = sys.getrefcount(body)
    client = Client(body)
    asking = asyncio.create_task(router.app(scope("/v1/messages"), client.receive, client.send))
    await client.answered.wait()
    assert b"Hello" in client.heard
    assert sys.getrefcount(body) == alone
    client.leaves.set()
    await asking
