"""Answers are repaired on their way, whole and streamed, for clients of the provider's dialect and of others."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.simulator import Canned, Simulator, Text, ToolCall, say

from ..conftest import CANARY, normalizer
from ..talk import CHAT, MESSAGES, TEXT, TOOLS, body, calls_of, events, text_of, text_of_stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVIDERS = """{{Providers: [
  {{name: "tags", {at}, transformer: {{use: ["extrathinktag"], plain: {{use: []}}}}}},
  {{name: "forced", {at}, transformer: {{use: ["forcereasoning"]}}}},
  {{name: "exit", {at}, transformer: {{use: ["tooluse"]}}}},
  {{name: "mended", {at}, transformer: {{m: {{use: ["enhancetool"]}}}}}},
  {{name: "all", {at}, transformer: {{use: ["enhancetool", "tooluse"], m: {{use: ["extrathinktag"]}}}}}},
]}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    at = f'api_base_url: "{running_simulator.url}/v1/chat/completions", api_key: "{CANARY}", models: ["m"]'
    async with normalizer(PROVIDERS.format(at=at)) as client:
        yield client


async def asked(client: httpx2.AsyncClient, path: str, provider: str, **more: Any) -> httpx2.Response:
    response = await client.post(path, json=body(f"{provider},m", **more))
    assert response.status_code == 200, response.text
    return response


def blocks(response: httpx2.Response) -> list[dict[str, Any]]:
    """The content of a streamed answer to a Messages client, its deltas joined."""
    told: list[dict[str, Any]] = []
    for event in events(response.text):
        if event["type"] == "content_block_start":
            told.append({"type": event["content_block"]["type"], "text": ""})
        if event["type"] == "content_block_delta":
            delta = event["delta"]
            told[-1]["text"] += delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
    return told


def finish(response: httpx2.Response) -> str:
    """Why a streamed answer to a Messages client ended."""
    return next(event["delta"]["stop_reason"] for event in events(response.text) if event["type"] == "message_delta")


THINKING = "<think>\nLet me see.\n</think>\n\nIt is done."


async def test_reasoning_between_tags_is_told_as_reasoning(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(Text(THINKING, piece=3)))
    told = (await asked(client, MESSAGES, "tags")).json()["content"]
    assert [(block["type"], block.get("thinking") or block["text"]) for block in told] == [
        ("thinking", "Let me see.\n"),
        ("text", "It is done."),
    ]


async def test_reasoning_between_tags_is_told_as_reasoning_in_a_stream(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(Text(THINKING, piece=3)))
    response = await asked(client, MESSAGES, "tags", stream=True)
    assert blocks(response) == [{"type": "thinking", "text": "Let me see.\n"}, {"type": "text", "text": "It is done."}]
    assert finish(response) == "end_turn"
    usage = next(event["usage"] for event in events(response.text) if event["type"] == "message_delta")
    assert usage["output_tokens"] > 0


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_of_the_same_dialect_has_its_answer_repaired_too(
    stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(Text(THINKING, piece=3)))
    response = await asked(client, CHAT, "tags", stream=stream)
    if stream:
        deltas = [choice["delta"] for event in events(response.text) for choice in event["choices"]]
        assert "".join(delta.get("reasoning_content") or "" for delta in deltas) == "Let me see.\n"
        assert text_of_stream(CHAT, response.text) == "It is done."
    else:
        assert response.json()["choices"][0]["message"]["reasoning_content"] == "Let me see.\n"
        assert text_of(CHAT, response.json()) == "It is done."


async def test_a_model_that_does_not_think_in_tags_keeps_its_text(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(Text("a <think> is a tag")), say(Text(TEXT)))
    assert text_of(MESSAGES, (await asked(client, MESSAGES, "tags")).json()) == "a <think> is a tag"
    assert text_of_stream(MESSAGES, (await asked(client, MESSAGES, "forced", stream=True)).text) == TEXT


async def test_forced_reasoning_is_told_as_reasoning(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(Text("<reasoning_content>hm</reasoning_content>yes", piece=5)))
    response = await asked(client, MESSAGES, "forced", stream=True)
    assert blocks(response) == [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "yes"}]
    assert b"reasoning_content" in simulator.requests[0].body


EXIT = ToolCall("ExitTool", json.dumps({"response": "All done: é"}), "call_1")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [MESSAGES, CHAT])
async def test_the_way_out_of_tool_mode_is_told_as_text(
    path: str, stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(say(EXIT))
    response = await asked(client, path, "exit", stream=stream, tools=TOOLS[path])
    assert [tool["function"]["name"] for tool in json.loads(simulator.requests[0].body)["tools"]] == [
        "get_weather",
        "ExitTool",
    ]
    told = text_of_stream(path, response.text) if stream else text_of(path, response.json())
    assert told == "All done: é"
    assert "ExitTool" not in response.text
    assert ("end_turn" if path == MESSAGES else '"stop"') in response.text


async def test_other_calls_pass_tool_mode_as_they_are(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(ToolCall("get_weather", '{"city":"Oslo"}', "call_1")))
    response = await asked(client, MESSAGES, "exit", tools=TOOLS[MESSAGES])
    assert calls_of(MESSAGES, response.json()) == [("get_weather", {"city": "Oslo"})]
    assert response.json()["stop_reason"] == "tool_use"


BROKEN = "{'city': 'Oslo', days: 3,"


@pytest.mark.parametrize("stream", [False, True])
async def test_arguments_that_are_nearly_json_are_mended(
    stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    simulator.enqueue(
        say(ToolCall("get_weather", BROKEN, "call_1"), ToolCall("get_weather", '{"city":"Rome"}', "call_2"))
    )
    response = await asked(client, MESSAGES, "mended", stream=stream, tools=TOOLS[MESSAGES])
    mended = [("get_weather", {"city": "Oslo", "days": 3}), ("get_weather", {"city": "Rome"})]
    if stream:
        assert [json.loads(block["text"]) for block in blocks(response)] == [arguments for _, arguments in mended]
        assert finish(response) == "tool_use"
    else:
        assert calls_of(MESSAGES, response.json()) == mended


async def test_a_chain_repairs_everything(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(say(Text("<think>hm</think>"), ToolCall("ExitTool", "{'response': 'bye',", "call_1")))
    response = await asked(client, MESSAGES, "all", stream=True, tools=TOOLS[MESSAGES])
    assert [block["type"] for block in blocks(response)] == ["thinking", "text"]
    assert blocks(response)[0]["text"] == "hm"


async def test_an_answer_that_breaks_off_is_no_success_after_repairs_either(
    client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    chunk = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "<think>never clo"}}]}
    simulator.enqueue(Canned(chunks=(b"data: " + json.dumps(chunk).encode() + b"\n\n",)))
    response = await client.post(MESSAGES, json=body("tags,m", stream=True))
    assert "message_stop" not in response.text
    assert '"type":"error"' in response.text


async def test_errors_pass_a_repaired_provider_unchanged(client: httpx2.AsyncClient, simulator: Simulator) -> None:
    simulator.enqueue(Canned(status=400, body=b'{"error":{"message":"odd request"}}'))
    response = await client.post(MESSAGES, json=body("tags,m"))
    assert (response.status_code, response.json()["error"]["message"]) == (400, "odd request")
