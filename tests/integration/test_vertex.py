"""A client of Claude gets from Vertex, through either service, what it would get from Anthropic or Gemini's own API."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from .provider import Provider, header
from .stack import CLIENT_KEY, PROVIDER_KEY, Stack

PLACE = "/projects/my-project-1/locations/global/publishers"
METHODS = {
    "vertex-claude": (f"/v1{PLACE}/anthropic/models", "streamRawPredict", "rawPredict"),
    "vertex-gemini": (f"/v1beta1{PLACE}/google/models", "streamGenerateContent?alt=sse", "generateContent"),
}


def tool(name: str, *fields: str) -> ToolParam:
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in fields}, "required": list(fields)}
    return {"name": name, "description": "A tool.", "input_schema": schema}


TOOLS = [tool("Write", "file_path", "content"), tool("Bash", "command")]
THINKING: dict[str, Any] = {"type": "enabled", "budget_tokens": 2000}
BETAS = {"anthropic-beta": "interleaved-thinking-2025-05-14,claude-code-20250219"}
HELLO: list[MessageParam] = [{"role": "user", "content": "hello"}]
BOTH = pytest.mark.parametrize("name", METHODS)


@pytest.fixture(params=["router", "normalizer"])
def client(request: pytest.FixtureRequest, stack: Stack, provider: Provider) -> Iterator[anthropic.Anthropic]:
    base_url: str = getattr(stack, request.param)
    with anthropic.Anthropic(api_key=CLIENT_KEY, base_url=base_url, max_retries=0, timeout=30) as made:
        yield made


@BOTH
def test_a_conversation_with_thinking_and_tools_is_streamed_to_its_end(
    name: str, client: anthropic.Anthropic, provider: Provider
) -> None:
    messages, kinds = list(HELLO), []
    kept: dict[str, Any] = {"max_tokens": 4000, "tools": TOOLS, "thinking": THINKING, "extra_headers": BETAS}
    for _ in range(8):
        with client.messages.stream(model=f"{name},sim-thinking-tools", messages=messages, **kept) as stream:
            message = stream.get_final_message()
        kinds += [block.type for block in message.content]
        messages.append({"role": "assistant", "content": message.content})  # type: ignore[typeddict-item]
        calls = [block.id for block in message.content if block.type == "tool_use"]
        if not calls:
            break
        results: Any = [{"type": "tool_result", "tool_use_id": call, "content": "sunny"} for call in calls]
        messages.append({"role": "user", "content": results})
    assert {"thinking", "tool_use", "text"} <= set(kinds)
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0
    place, method, _ = METHODS[name]
    sent = [one for one in provider.requests() if one["target"].endswith(f":{method}")]
    assert len(sent) >= 2
    assert {one["target"] for one in sent} == {f"{place}/sim-thinking-tools:{method}"}
    betas = {"vertex-claude": "interleaved-thinking-2025-05-14", "vertex-gemini": None}
    assert {header(one, "anthropic-beta") for one in sent} == {betas[name]}


@BOTH
def test_an_answer_may_be_had_whole(name: str, client: anthropic.Anthropic, provider: Provider) -> None:
    message = client.messages.create(model=f"{name},sim-tool", max_tokens=500, messages=HELLO, tools=TOOLS)
    assert "tool_use" in [block.type for block in message.content]
    place, _, method = METHODS[name]
    assert provider.requests()[0]["target"] == f"{place}/sim-tool:{method}"


@BOTH
def test_tokens_are_counted_there(name: str, client: anthropic.Anthropic) -> None:
    asked = client.messages.count_tokens(model=f"{name},sim-tool", messages=HELLO)
    assert asked.input_tokens > 0


@BOTH
def test_a_prompt_that_is_too_long_is_told_in_the_words_clients_act_on(name: str, client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match=r"prompt is too long: \d+ tokens > \d+ maximum"):
        client.messages.create(model=f"{name},sim-text!overflow", max_tokens=9, messages=HELLO)


@BOTH
def test_googles_errors_are_told_as_anthropics(name: str, client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.RateLimitError, match="slow") as told:
        client.messages.create(model=f"{name},sim-text!status=429,message=slow", max_tokens=9, messages=HELLO)
    assert told.value.body["error"]["type"] == "rate_limit_error"  # type: ignore[index, call-overload]
    assert PROVIDER_KEY not in str(told.value)
