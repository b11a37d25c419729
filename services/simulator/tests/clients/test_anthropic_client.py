"""The anthropic SDK against the Anthropic dialect's web search; skipped where the SDK is not installed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fairlead.simulator import Simulator

anthropic = pytest.importorskip("anthropic")

ASKED: Any = {
    "model": "sim-web-search",
    "max_tokens": 1000,
    "tools": [{"type": "web_search_20250305", "name": "web_search"}],
}
GO: Any = {"role": "user", "content": "go"}


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with (
        Simulator() as running,
        anthropic.AsyncAnthropic(base_url=running.url, api_key="k", max_retries=0) as made,
    ):
        yield made


def anonymous(block: Any) -> dict[str, Any]:
    """A block without its ids, which differ from request to request."""
    return {name: value for name, value in block.to_dict().items() if name not in {"id", "tool_use_id"}}


async def test_a_search_is_streamed_as_it_is_told_whole_and_may_come_back(client: Any) -> None:
    async with client.messages.stream(messages=[GO], **ASKED) as stream:
        found = await stream.get_final_message()
    whole = await client.messages.create(messages=[GO], **ASKED)
    assert [block.type for block in found.content] == [
        "text",
        "server_tool_use",
        "web_search_tool_result",
        "text",
        "text",
        "text",
        "text",
        "text",
    ]
    assert [anonymous(block) for block in found.content] == [anonymous(block) for block in whole.content]
    assert found.usage.server_tool_use.web_search_requests == 1
    assert [citation.title for citation in found.content[6].citations] == ["Fairlead", "Über Leinen"]
    history = [GO, {"role": "assistant", "content": whole.content}, GO]
    assert (await client.messages.create(messages=history, **ASKED)).stop_reason == "end_turn"
