"""Every vendor there is, over real sockets: an agent that thinks, calls tools and reads what came of them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from fairlead.normalizer.providers import PROVIDERS
from fairlead.simulator import Simulator

from ..conftest import CANARY, normalizer
from ..talk import MESSAGES, events

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "sim-thinking-tools"
BASES = {
    "gemini": "/v1beta/models/",
    "factory-anthropic": "/api/llm/a/v1/messages",
    "factory-openai": "/api/llm/o/v1/responses",
    "factory-common": "/api/llm/o/v1/chat/completions",
    "factory-google": "/api/llm/g/v1/generate",
    "vertex-gemini": "/v1/projects/project-1/locations/global/publishers/google/models",
    "vertex-claude": "/v1/projects/project-1/locations/global/publishers/anthropic/models",
    "bedrock-claude": "",
    "codewhisperer": "",
}
"""Where a simulated vendor stands that has addresses of its own."""
OWN_WORDS = {
    "deepseek": b'"thinking":',
    "openrouter": b'"reasoning":',
    "vercel": b'"reasoning":',
    "zhipu": b'"thinking":',
    "ollama": b'"reasoning":',
}
"""What is said of thinking in words that OpenAI does not know."""
FACTORY = {
    "system_prompt": "You are Droid, an AI software engineering agent built by Factory.",
    "headers": {"user-agent": "factory-cli/0.85.0"},
}
"""What Factory wants besides a key."""
TOOLS = [
    {"name": name, "input_schema": {"type": "object", "properties": {each: {"type": "string"} for each in fields}}}
    for name, fields in (("Write", ("file_path", "content")), ("Bash", ("command",)))
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    providers = [
        {
            "name": vendor,
            "type": vendor,
            "api_base_url": running_simulator.url + BASES.get(vendor, "/v1"),
            "api_key": CANARY,
            "models": ["*"],
            **(FACTORY if vendor.startswith("factory-") else {}),
        }
        for vendor in PROVIDERS
    ]
    async with normalizer(json.dumps({"Providers": providers})) as client:
        yield client


async def answered(client: httpx2.AsyncClient, vendor: str, messages: list[Any], *, stream: bool) -> list[Any]:
    """The blocks of the answer to a conversation."""
    body = {
        "model": f"{vendor},{MODEL}{'!lenient' if vendor in OWN_WORDS else ''}",
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": TOOLS,
        "messages": messages,
        "stream": stream,
    }
    response = await client.post(MESSAGES, json=body)
    assert response.status_code == 200, response.text
    return blocks_of(events(response.text)) if stream else response.json()["content"]


def blocks_of(told: list[dict[str, Any]]) -> list[Any]:
    """The blocks that a stream tells, put together."""
    assert told[-1]["type"] == "message_stop", told
    blocks: list[Any] = []
    arguments = ""
    for event in told:
        if event["type"] == "content_block_start":
            blocks.append(event["content_block"])
            arguments = ""
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            if delta["type"] == "input_json_delta":
                arguments += delta["partial_json"]
            else:
                field = delta["type"].removesuffix("_delta")
                blocks[-1][field] = blocks[-1].get(field, "") + delta[field]
        elif event["type"] == "content_block_stop" and blocks[-1]["type"] == "tool_use":
            blocks[-1]["input"] = json.loads(arguments or "{}")
    return blocks


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("vendor", PROVIDERS)
async def test_an_agent_thinks_and_works_with_every_vendor(
    vendor: str, stream: bool, client: httpx2.AsyncClient, simulator: Simulator
) -> None:
    messages: list[Any] = [{"role": "user", "content": "create a.txt containing hello"}]
    kinds: list[list[str]] = []
    called: list[str] = []
    while not kinds or "tool_use" in kinds[-1]:
        content = await answered(client, vendor, messages, stream=stream)
        kinds.append([block["type"] for block in content])
        calls = [block for block in content if block["type"] == "tool_use"]
        called += [call["name"] for call in calls]
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": "done"} for call in calls]
        messages += [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
        assert len(kinds) < 6, "it goes on for ever"
    assert called == ["Write", "Bash"]
    assert all(each[0] == "thinking" for each in kinds), kinds
    assert "text" in kinds[-1]
    assert {record.status for record in simulator.requests} == {200}
    assert OWN_WORDS.get(vendor, b"") in simulator.requests[-1].body
