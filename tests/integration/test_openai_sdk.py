"""The `openai` SDK gets from the normalizer, whatever the provider speaks, what it would get from OpenAI."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from .provider import Provider
from .stack import CLIENT_KEY, Stack

TEXT = "Hello from the simulator. This text is streamed in a few pieces."
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class City(BaseModel):
    name: str
    inhabitants: int


@pytest.fixture
def client(stack: Stack, provider: Provider) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=CLIENT_KEY, base_url=f"{stack.normalizer}/v1", max_retries=0, timeout=30) as made:
        yield made


@pytest.fixture
async def async_client(stack: Stack, provider: Provider) -> AsyncIterator[openai.AsyncOpenAI]:
    base_url = f"{stack.normalizer}/v1"
    async with openai.AsyncOpenAI(api_key=CLIENT_KEY, base_url=base_url, max_retries=0, timeout=30) as made:
        yield made


@pytest.fixture(params=["native", "chat"])
def lane(request: pytest.FixtureRequest) -> str:
    """A provider that speaks another dialect than this client, and one that speaks the same."""
    name: str = request.param
    return name


def test_a_chat_is_answered(client: openai.OpenAI, lane: str) -> None:
    completion = client.chat.completions.create(model=f"{lane},sim-text", messages=HELLO)
    [choice] = completion.choices
    assert (choice.message.content, choice.finish_reason) == (TEXT, "stop")
    assert completion.usage
    assert completion.usage.prompt_tokens > 0
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_a_chat_is_streamed_with_its_usage(client: openai.OpenAI, lane: str) -> None:
    chunks = list(
        client.chat.completions.create(
            model=f"{lane},sim-unicode", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    whole = client.chat.completions.create(model=f"{lane},sim-unicode", messages=HELLO)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == whole.choices[0].message.content
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason] == ["stop"]
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(usages) == 1
    assert usages == [whole.usage]
    assert chunks[-1].choices == []
    assert len({chunk.id for chunk in chunks}) == 1


def test_usage_that_nobody_asked_for_is_not_streamed(client: openai.OpenAI, lane: str) -> None:
    chunks = list(client.chat.completions.create(model=f"{lane},sim-text", messages=HELLO, stream=True))
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks)


async def test_a_chat_is_streamed_to_an_async_client(async_client: openai.AsyncOpenAI, lane: str) -> None:
    async with async_client.chat.completions.stream(model=f"{lane},sim-text", messages=HELLO) as stream:
        completion = await stream.get_final_completion()
    assert completion.choices[0].message.content == TEXT


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_tool_is_called_and_its_result_is_taken(
    client: openai.OpenAI, lane: str, provider: Provider, streamed: bool
) -> None:
    model = f"{lane},sim-tool"
    if streamed:
        with client.chat.completions.stream(model=model, messages=HELLO, tools=[WEATHER]) as stream:
            message: Any = stream.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(model=model, messages=HELLO, tools=[WEATHER]).choices[0].message
    [call] = message.tool_calls
    assert call.function.name == "weather"
    assert isinstance(json.loads(call.function.arguments)["city"], str)
    asked: Any = {
        "role": "assistant",
        "content": message.content,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": "weather", "arguments": call.function.arguments},
            }
        ],
    }
    history = [*HELLO, asked, {"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"}]
    answer = client.chat.completions.create(model=model, messages=history, tools=[WEATHER])
    assert "sunny, 21 degrees" in (answer.choices[0].message.content or "")
    assert [record["status"] for record in provider.requests()] == [200, 200]


def test_parallel_calls_keep_their_places(client: openai.OpenAI, lane: str) -> None:
    with client.chat.completions.stream(model=f"{lane},sim-parallel", messages=HELLO, tools=[WEATHER]) as stream:
        [choice] = stream.get_final_completion().choices
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls or []
    assert [call.function.name for call in calls] == ["weather", "weather"]
    assert len({call.id for call in calls}) == 2


def test_thinking_is_reachable_beside_the_answer(client: openai.OpenAI, lane: str) -> None:
    completion = client.chat.completions.create(
        model=f"{lane},sim-thinking", messages=HELLO, max_tokens=4000, reasoning_effort="high"
    )
    message: Any = completion.choices[0].message
    assert message.content == TEXT
    assert message.reasoning_content == "This is simulated thinking, step 1."


def test_an_answer_is_parsed_into_its_model(client: openai.OpenAI, lane: str) -> None:
    completion = client.chat.completions.parse(model=f"{lane},some-model", messages=HELLO, response_format=City)
    assert isinstance(completion.choices[0].message.parsed, City)


def test_an_answer_cut_by_its_limit_is_not_parsed(client: openai.OpenAI, lane: str) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model=f"{lane},sim-max-tokens", messages=HELLO, response_format=City, max_tokens=1
        )


def test_models_are_listed(client: openai.OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}
    assert {"native,claude-main", "chat,gpt-main"} <= models.keys()
    assert models["chat,gpt-main"].object == "model"
    assert models["chat,gpt-main"].owned_by == "chat"


def test_one_model_is_described(client: openai.OpenAI) -> None:
    assert client.models.retrieve("native,claude-main").id == "native,claude-main"


ERRORS: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    413: openai.APIStatusError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("status", "error"), ERRORS.items())
def test_an_error_of_the_provider_is_the_clients_own(
    client: openai.OpenAI, lane: str, status: int, error: type[openai.APIStatusError], streamed: bool
) -> None:
    model = f"{lane},sim-text!status={status},message=said%20so"
    with pytest.raises(error) as raised:
        client.chat.completions.create(
            model=model, messages=HELLO, stream=streamed, extra_headers={"x-fairlead-retry": "none"}
        )
    assert raised.value.status_code == status
    assert isinstance(raised.value.body, dict)
    assert "said so" in raised.value.body["message"]
    assert raised.value.request_id


def test_a_prompt_that_is_too_long_has_the_code_for_it(client: openai.OpenAI, lane: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model=f"{lane},sim-text!overflow", messages=HELLO)
    assert raised.value.code == "context_length_exceeded"


def test_a_model_nobody_serves_has_the_code_for_it(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="nobody-serves-this", messages=HELLO)
    assert raised.value.code == "model_not_found"


def test_an_error_in_the_stream_is_raised(client: openai.OpenAI, lane: str) -> None:
    model = f"{lane},sim-text!delay-at=e1:0.1,error-event=2"
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=HELLO, stream=True))


@pytest.mark.parametrize("fault", ["cut", "reset", "drop"])
def test_a_stream_that_breaks_off_is_an_error(client: openai.OpenAI, lane: str, fault: str) -> None:
    """Without one this client takes what it has for the whole."""
    model = f"{lane},sim-text!delay-at=e1:0.1,{fault}=e2"
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=HELLO, stream=True))


def test_without_a_key_nobody_is_served(stack: Stack, provider: Provider) -> None:
    with (
        openai.OpenAI(api_key="wrong", base_url=f"{stack.normalizer}/v1", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as raised,
    ):
        stranger.chat.completions.create(model="chat,sim-text", messages=HELLO)
    assert raised.value.code == "invalid_api_key"
    assert provider.requests() == []
