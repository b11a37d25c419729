"""The openai SDK against the Responses dialect; skipped where the SDK is not installed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fairlead.simulator import Simulator

openai = pytest.importorskip("openai")

WRITE: Any = {
    "type": "function",
    "name": "write",
    "parameters": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
        "additionalProperties": False,
    },
    "strict": True,
}
SEARCH: Any = {"type": "web_search"}


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with (
        Simulator() as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key="k", max_retries=0) as made,
    ):
        yield made


def sendable(item: Any) -> dict[str, Any]:
    """An output item without what the SDK has added to it."""
    bare: dict[str, Any] = item.to_dict()
    bare.pop("parsed_arguments", None)
    for part in bare.get("content") or ():
        part.pop("parsed", None)
    return bare


def anonymous(item: Any) -> dict[str, Any]:
    """An output item without its ids, which differ from request to request."""
    return {name: value for name, value in sendable(item).items() if name not in {"id", "call_id"}}


async def streamed(client: Any, model: str, **more: Any) -> Any:
    async with client.responses.stream(model=model, **{"input": "go", **more}) as stream:
        return await stream.get_final_response()


@pytest.mark.parametrize(
    "scene", ["text", "unicode", "thinking", "redacted", "web-search", "parallel", "refusal", "empty"]
)
async def test_the_stream_accumulates_to_the_whole_response(client: Any, scene: str) -> None:
    asked: Any = {"input": "go", "reasoning": {"summary": "auto"}, "tools": [WRITE, SEARCH]}
    found = await streamed(client, f"sim-{scene}", **asked)
    whole = await client.responses.create(model=f"sim-{scene}", **asked)
    assert [anonymous(item) for item in found.output] == [anonymous(item) for item in whole.output]
    assert found.output_text == whole.output_text
    assert found.usage.output_tokens == whole.usage.output_tokens


async def test_a_tool_loop_runs_with_what_came_back(client: Any) -> None:
    items: list[Any] = [{"role": "user", "content": "go"}]
    names = []
    for _ in range(5):
        found = await streamed(client, "sim-thinking-tools", input=items, tools=[WRITE], store=False)
        items += [sendable(item) for item in found.output]
        calls = [item for item in found.output if item.type == "function_call"]
        if not calls:
            break
        names += [call.name for call in calls]
        items += [{"type": "function_call_output", "call_id": call.call_id, "output": "ok"} for call in calls]
    assert names == ["write"]
    assert "ok" in found.output_text


async def test_a_limit_ends_a_stream_as_incomplete(client: Any) -> None:
    events = [event async for event in await client.responses.create(model="sim-max-tokens", input="go", stream=True)]
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.incomplete_details.reason == "max_output_tokens"


async def test_structured_output_is_parsed(client: Any) -> None:
    pydantic = pytest.importorskip("pydantic")
    city = pydantic.create_model("City", name=(str, ...), people=(int, ...))
    found = await client.responses.parse(model="sim-text", input="go", text_format=city)
    assert found.output_parsed == city(name="Simulated name", people=1)


async def test_errors_are_raised_by_their_status(client: Any) -> None:
    with pytest.raises(openai.RateLimitError, match="slow down"):
        await client.responses.create(model="sim-text!status=429,message=slow%20down", input="go")
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(model="sim-text!overflow", input="go")
    assert refused.value.code == "context_length_exceeded"
    events = [
        event.type
        async for event in await client.responses.create(
            model="sim-text!error-event=1,quirk=failed", input="go", stream=True
        )
    ]
    assert events[-1] == "response.failed"


async def test_a_stream_without_its_end_is_no_response(client: Any) -> None:
    with pytest.raises(RuntimeError, match=r"response\.completed"):
        await streamed(client, "sim-text!no-done")


async def test_tokens_are_counted(client: Any) -> None:
    assert (await client.responses.input_tokens.count(model="sim-text", input="x" * 400)).input_tokens > 100


async def test_chat_cites_and_thinks_as_the_quirk_says(client: Any) -> None:
    asked: Any = {"messages": [{"role": "user", "content": "go"}]}
    found = await client.chat.completions.create(model="sim-web-search", web_search_options={}, **asked)
    message = found.choices[0].message
    cited = message.annotations[0].url_citation
    assert message.content[cited.start_index : cited.end_index] == "a fairlead guides a rope"
    thought = await client.chat.completions.create(model="sim-thinking!quirk=reasoning", **asked)
    assert thought.choices[0].message.reasoning == "This is simulated thinking, step 1."
    broken = await client.chat.completions.create(
        model="sim-cut-json",
        tools=[
            {
                "type": "function",
                "function": {
                    "name": "bash",
                    "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
                },
            }
        ],
        **asked,
    )
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.choices[0].message.tool_calls[0].function.arguments)
