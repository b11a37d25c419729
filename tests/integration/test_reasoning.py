"""A session moves between makers of models, with reasoning of each in its history: every one of them reads its own.

The simulated providers refuse a whole request for one signature that is not as they gave it out.
"""

import json
from typing import Any

import httpx2
import pytest

from .provider import Provider
from .surfaces import ROUTER

CLAUDE, LOOKALIKE = "native,sim-thinking!message=claude", "lookalike,sim-thinking"
RESPONSES = "responses,sim-thinking"
THINKING = {"type": "enabled", "budget_tokens": 1024}


async def answered(
    router: httpx2.AsyncClient, model: str, history: list[dict[str, Any]], *, stream: bool
) -> list[dict[str, Any]]:
    """The blocks of an answer, as Claude Code keeps them."""
    body = ROUTER.body(model, messages=history, stream=stream, max_tokens=2000, thinking=THINKING)
    response = await router.post("/v1/messages", json=body)
    assert response.status_code == 200, response.text
    if not stream:
        return response.json()["content"]
    blocks: list[dict[str, Any]] = []
    for line in response.text.splitlines():
        event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
        if event.get("type") == "content_block_start":
            blocks.append(event["content_block"])
        elif event.get("type") == "content_block_delta":
            for name, value in event["delta"].items():
                if name in ("text", "thinking", "signature"):
                    blocks[-1][name] = blocks[-1].get(name, "") + value
    return blocks


def reasoning(provider: Provider) -> list[str]:
    """What the provider that was asked last was sent of reasoning, by its signatures."""
    sent = json.loads(provider.requests()[-1]["body"])
    said = [one["content"] for one in sent["messages"] if one["role"] == "assistant"]
    return [block["signature"] for content in said for block in content if block["type"] == "thinking"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("other", [LOOKALIKE, RESPONSES])
async def test_a_session_goes_from_one_maker_to_another_and_back(
    router: httpx2.AsyncClient, provider: Provider, other: str, stream: bool
) -> None:
    history: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
    for model in (other, CLAUDE, other, CLAUDE):
        blocks = await answered(router, model, history, stream=stream)
        assert any(block["type"] == "thinking" and block["signature"] for block in blocks)
        history += [{"role": "assistant", "content": blocks}, {"role": "user", "content": "and?"}]
    signed = [block["signature"] for one in history if one["role"] == "assistant" for block in one["content"][:1]]
    assert [one.startswith("fairlead1.") for one in signed] == [True, False, True, False]
    await answered(router, CLAUDE, history, stream=stream)
    assert reasoning(provider) == [signed[1], signed[3]]


async def test_a_lookalike_is_sent_its_own_reasoning_as_it_gave_it_out(
    router: httpx2.AsyncClient, provider: Provider
) -> None:
    history: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
    for model in (LOOKALIKE, CLAUDE):
        blocks = await answered(router, model, history, stream=True)
        history += [{"role": "assistant", "content": blocks}, {"role": "user", "content": "and?"}]
    await answered(router, LOOKALIKE, history, stream=True)
    [own] = reasoning(provider)
    assert own
    assert not own.startswith("fairlead1.")
