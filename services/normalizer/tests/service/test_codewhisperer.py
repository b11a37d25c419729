"""CodeWhisperer over real sockets, by a provider that refuses what it is known to refuse."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, TOOLS, body, calls_of, events, text_of, text_of_stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """{{Providers: [
  {{name: "cw", type: "codewhisperer", api_base_url: "{url}", api_key: "{key}", models: ["sim-text"],
    transformer: {{use: [["customparams", {{profileArn: "arn:aws:codewhisperer:us-east-1:1:profile/P"}}]]}}}},
]}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(CONFIG.format(url=running_simulator.url, key=CANARY)) as client:
        yield client


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize("stream", [True, False])
async def test_whoever_asks_is_answered(
    path: str, stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    response = await client.post(path, json=body("cw,sim-text", stream=stream))
    assert response.status_code == 200, response.text
    assert (text_of_stream(path, response.text) if stream else text_of(path, response.json())) == TEXT
    sent = simulator.requests[0]
    assert sent.target == "/generateAssistantResponse"
    assert ("x-amzn-codewhisperer-optout", "true") in [(name.lower(), value) for name, value in sent.headers]
    assert json.loads(sent.body)["profileArn"] == "arn:aws:codewhisperer:us-east-1:1:profile/P"


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_tools_are_called(path: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body("cw,sim-tool", tools=TOOLS[path]))
    assert response.status_code == 200, response.text
    assert [name for name, _ in calls_of(path, response.json())] == ["get_weather"]


WRITE = {
    "name": "Write",
    "description": "Writes a file.",
    "input_schema": {
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
    },
}


async def test_thinking_and_calls_go_back_and_forth_to_the_end(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
    kinds: list[str] = []
    for _ in range(6):
        asked = {"model": "cw,sim-thinking-tools", "max_tokens": 900, "system": "Be kind.", "tools": [WRITE]}
        response = await client.post(MESSAGES, json={**asked, "messages": messages})
        assert response.status_code == 200, response.text
        content = response.json()["content"]
        kinds += [block["type"] for block in content]
        messages.append({"role": "assistant", "content": content})
        calls = [block["id"] for block in content if block["type"] == "tool_use"]
        if not calls:
            break
        results = [{"type": "tool_result", "tool_use_id": call, "content": "done"} for call in calls]
        messages.append({"role": "user", "content": results})
    assert {"thinking", "tool_use", "text"} <= set(kinds)
    assert response.json()["stop_reason"] == "end_turn"
    state = json.loads(simulator.requests[-1].body)["conversationState"]
    assert state["history"][0]["userInputMessage"]["content"] == "Be kind."
    thoughts = [said["assistantResponseMessage"].get("reasoningContent") for said in state["history"][1::2]]
    assert any(thought and thought["reasoningText"]["signature"] for thought in thoughts)
    ids = {json.loads(one.body)["conversationState"]["conversationId"] for one in simulator.requests}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ("overflow", 400, "invalid_request_error"),
        ("status=429", 429, "rate_limit_error"),
        ("status=402", 402, "billing_error"),
        (
            "status=403,message=The%20bearer%20token%20included%20in%20the%20request%20is%20invalid",
            401,
            "authentication_error",
        ),
        ("error-first,error-type=ThrottlingException", 429, "rate_limit_error"),
    ],
)
async def test_errors_are_told_in_the_clients_words(
    options: str, status: int, kind: str, client: httpx2.AsyncClient
) -> None:
    response = await client.post(MESSAGES, json=body(f"cw,sim-text!{options}", stream=True))
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind), response.text
    if options == "overflow":
        assert response.json()["error"]["message"] == "prompt is too long"


@pytest.mark.parametrize("path", [MESSAGES, CHAT])
@pytest.mark.parametrize(
    "options", ["delay-at=e2:0.05,error-event=3,error-type=InternalServerException", "garbage=3", "drop=e3"]
)
async def test_a_stream_that_breaks_is_told_as_broken(path: str, options: str, client: httpx2.AsyncClient) -> None:
    response = await client.post(path, json=body(f"cw,sim-text!{options}", stream=True))
    assert response.status_code == 200
    assert "error" in events(response.text)[-1], response.text
    assert "message_stop" not in response.text
    assert "[DONE]" not in response.text


async def test_bytes_one_at_a_time_come_out_the_same(client: httpx2.AsyncClient) -> None:
    slowly = await client.post(MESSAGES, json=body("cw,sim-text!byte-at-a-time", stream=True))
    assert text_of_stream(MESSAGES, slowly.text) == TEXT


async def test_tokens_are_counted_here(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    asked = {"model": "cw,sim-text", "messages": [{"role": "user", "content": "hi"}]}
    response = await client.post(f"{MESSAGES}/count_tokens", json=asked)
    assert response.json()["input_tokens"] > 0
    assert simulator.requests == []
