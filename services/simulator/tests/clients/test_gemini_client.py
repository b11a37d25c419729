"""The google-genai SDK against the Gemini dialect; skipped where the SDK is not installed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fairlead.simulator import Simulator

genai = pytest.importorskip("google.genai")

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")  # the SDK's own

WRITE: Any = {
    "function_declarations": [
        {
            "name": "write",
            "parameters_json_schema": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
                "required": ["path", "content"],
            },
        }
    ]
}


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with Simulator(key="K") as running:
        made = genai.Client(api_key="K", http_options={"base_url": running.url})
        yield made.aio
        await made.aio.aclose()


async def chunks(client: Any, model: str, **config: Any) -> list[Any]:
    stream = await client.models.generate_content_stream(model=model, contents="go", config=config)
    return [chunk async for chunk in stream]


async def test_text_and_thoughts_are_streamed(client: Any) -> None:
    found = await chunks(client, "sim-thinking", thinking_config={"include_thoughts": True})
    parts = [part for chunk in found for part in (chunk.parts or ())]
    thoughts = "".join(part.text for part in parts if part.thought)
    assert thoughts == "This is simulated thinking, step 1."
    assert "".join(part.text for part in parts if not part.thought).startswith("Hello from the simulator.")
    assert [bool(part.thought_signature) for part in parts][-1]
    assert found[-1].candidates[0].finish_reason == "STOP"
    assert found[-1].usage_metadata.thoughts_token_count > 0


@pytest.mark.parametrize("model", ["gemini-3.8-flash,sim-thinking-tools", "sim-loop"])
async def test_a_tool_loop_runs_with_what_came_back(client: Any, model: str) -> None:
    contents: list[Any] = [{"role": "user", "parts": [{"text": "go"}]}]
    names = []
    for _ in range(5):
        found = await client.models.generate_content(model=model, contents=contents, config={"tools": [WRITE]})
        contents.append(found.candidates[0].content)
        if not found.function_calls:
            break
        names += [call.name for call in found.function_calls]
        contents.append(
            {
                "role": "user",
                "parts": [
                    {"function_response": {"id": call.id, "name": call.name, "response": {"output": "ok"}}}
                    for call in found.function_calls
                ],
            }
        )
    assert names == ["write"]
    assert "ok" in found.text


async def test_a_search_is_grounded(client: Any) -> None:
    (last,) = (await chunks(client, "sim-web-search", tools=[{"google_search": {}}]))[-1:]
    grounding = last.candidates[0].grounding_metadata
    assert [chunk.web.title for chunk in grounding.grounding_chunks] == ["Fairlead", "Über Leinen"]
    assert [support.grounding_chunk_indices for support in grounding.grounding_supports] == [[0], [0, 1]]


async def test_structured_output_fits_its_schema(client: Any) -> None:
    schema = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}
    config = {"response_mime_type": "application/json", "response_schema": schema}
    found = await client.models.generate_content(model="sim-text", contents="go", config=config)
    assert found.parsed == {"name": "Simulated name"}


async def test_errors_are_raised_by_their_status(client: Any) -> None:
    with pytest.raises(genai.errors.ServerError) as overloaded:
        await client.models.generate_content(model="sim-text!status=503", contents="go")
    assert (overloaded.value.code, overloaded.value.status) == (503, "UNAVAILABLE")
    with pytest.raises(genai.errors.ClientError) as refused:
        await chunks(client, "sim-text!overflow")
    assert "exceeds the maximum number of tokens allowed" in refused.value.message


async def test_tokens_are_counted_and_models_listed(client: Any) -> None:
    counted = await client.models.count_tokens(model="sim-text", contents="x" * 400)
    assert counted.total_tokens > 100
    names = [model.name async for model in await client.models.list()]
    assert "models/sim-web-search" in names
