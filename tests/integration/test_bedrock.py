"""A client of Claude gets from Bedrock, through either service, what it would get from Anthropic."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from .provider import Provider, header
from .stack import CLIENT_KEY, PROVIDER_KEY, Stack


def tool(name: str, *fields: str) -> ToolParam:
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in fields}, "required": list(fields)}
    return {"name": name, "description": "A tool.", "input_schema": schema}


TOOLS = [tool("Write", "file_path", "content"), tool("Bash", "command")]
THINKING: dict[str, Any] = {"type": "enabled", "budget_tokens": 2000}
BETAS = {"anthropic-beta": "interleaved-thinking-2025-05-14,claude-code-20250219"}


@pytest.fixture(params=["router", "normalizer"])
def client(request: pytest.FixtureRequest, stack: Stack, provider: Provider) -> Iterator[anthropic.Anthropic]:
    base_url: str = getattr(stack, request.param)
    with anthropic.Anthropic(api_key=CLIENT_KEY, base_url=base_url, max_retries=0, timeout=30) as made:
        yield made


def test_a_conversation_with_thinking_and_tools_is_streamed_to_its_end(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    messages: list[MessageParam] = [{"role": "user", "content": "hello"}]
    kept: dict[str, Any] = {"max_tokens": 4000, "tools": TOOLS, "thinking": THINKING, "extra_headers": BETAS}
    kinds = []
    for _ in range(8):
        with client.messages.stream(model="bedrock,sim-thinking-tools", messages=messages, **kept) as stream:
            names = [event.type for event in stream]
            message = stream.get_final_message()
        assert (names[0], names[-1]) == ("message_start", "message_stop")
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
    sent = provider.requests("/invoke-with-response-stream")
    assert len(sent) >= 2
    assert sent[0]["target"] == "/model/sim-thinking-tools/invoke-with-response-stream"
    assert '"anthropic_beta":["interleaved-thinking-2025-05-14"]' in sent[0]["body"]
    assert header(sent[0], "anthropic-beta") is None


def test_an_answer_may_be_had_whole(client: anthropic.Anthropic, provider: Provider) -> None:
    message = client.messages.create(
        model="bedrock,sim-tool", max_tokens=500, messages=[{"role": "user", "content": "hello"}], tools=TOOLS
    )
    assert [block.type for block in message.content] == ["text", "tool_use"]
    assert provider.requests()[0]["target"] == "/model/sim-tool/invoke"


def test_tokens_are_counted_there(client: anthropic.Anthropic, provider: Provider) -> None:
    asked = client.messages.count_tokens(model="bedrock,sim-tool", messages=[{"role": "user", "content": "hello"}])
    assert asked.input_tokens > 0


def test_a_prompt_that_is_too_long_is_told_in_the_words_clients_act_on(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        client.messages.create(
            model="bedrock,sim-text!overflow", max_tokens=9, messages=[{"role": "user", "content": "hello"}]
        )


def test_an_exception_in_the_stream_is_an_error_for_the_client(client: anthropic.Anthropic) -> None:
    model = "bedrock,sim-text!error-event=2,error-type=ThrottlingException,message=slow"
    with (
        pytest.raises(anthropic.APIStatusError, match="slow") as told,
        client.messages.stream(model=model, max_tokens=99, messages=[{"role": "user", "content": "hello"}]) as stream,
    ):
        stream.until_done()
    assert "rate_limit_error" in str(told.value)
    assert PROVIDER_KEY not in str(told.value)
