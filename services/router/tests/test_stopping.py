"""What a client is told whose answer is not complete when the router waits no longer."""

import asyncio
import json
from typing import Any

import pytest

from .answers import anthropic_stream, chat_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, stream
from .running import RunningRouter
from .test_held_streams import Client, scope


def asked(model: str) -> Client:
    return Client(json.dumps(claude_code(model=model, stream=True)).encode())


@pytest.mark.parametrize(("model", "answer"), [("native", anthropic_stream), ("chat", chat_stream)])
async def test_a_stream_ends_with_an_error(
    router: RunningRouter, normalizer: FakeNormalizer, model: str, answer: Any
) -> None:
    normalizer.answers[f"p,{model}"] = stream(b"".join(answer("Hello")[:-1]), asyncio.Event())
    client = asked(f"p,{model}")
    asking = asyncio.create_task(router.app(scope("/v1/messages"), client.receive, client.send))
    await client.answered.wait()
    asking.cancel()
    await asking
    assert b"Hello" in client.heard
    last = json.loads(client.heard.split(b"data: ")[-1])
    assert (last["type"], last["error"]["type"]) == ("error", "overloaded_error")
    assert client.ended


async def test_who_has_heard_nothing_yet_may_ask_again(router: RunningRouter, normalizer: FakeNormalizer) -> None:
    normalizer.answers["p,native"] = [asyncio.Event()]
    client = asked("p,native")
    asking = asyncio.create_task(router.app(scope("/v1/messages"), client.receive, client.send))
    await normalizer.arrived.wait()
    asking.cancel()
    await asking
    assert client.status == 529
    assert json.loads(client.heard)["error"]["type"] == "overloaded_error"
