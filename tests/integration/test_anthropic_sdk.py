"""The `anthropic` SDK, plain and async, gets from either service on either lane what it would get from Anthropic."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from fairlead.shared.provenance import unseal

from .provider import Provider
from .stack import CLIENT_KEY, Stack

TEXT = "Hello from the simulator. This text is streamed in a few pieces."
THOUGHT = "This is simulated thinking, step 1."
HELLO: list[MessageParam] = [{"role": "user", "content": "hello"}]
WEATHER: ToolParam = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(params=["router", "normalizer"])
def base_url(request: pytest.FixtureRequest, stack: Stack) -> str:
    """Both services speak this API."""
    url: str = getattr(stack, request.param)
    return url


@pytest.fixture
def client(base_url: str, provider: Provider) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key=CLIENT_KEY, base_url=base_url, max_retries=0, timeout=30) as made:
        yield made


@pytest.fixture
async def async_client(base_url: str, provider: Provider) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(api_key=CLIENT_KEY, base_url=base_url, max_retries=0, timeout=30) as made:
        yield made


@pytest.fixture(params=["native", "chat"])
def lane(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_a_message_is_answered(client: anthropic.Anthropic, lane: str) -> None:
    message = client.messages.create(model=f"{lane},sim-text", max_tokens=100, messages=HELLO)
    assert [block.text for block in message.content if block.type == "text"] == [TEXT]
    assert (message.role, message.stop_reason) == ("assistant", "end_turn")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens == 16
    assert message._request_id


def test_a_message_is_streamed(client: anthropic.Anthropic, lane: str) -> None:
    with client.messages.stream(model=f"{lane},sim-unicode", max_tokens=100, messages=HELLO) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    whole = client.messages.create(model=f"{lane},sim-unicode", max_tokens=100, messages=HELLO)
    assert len(pieces) > 1
    assert message.content[0].type == "text"
    assert "".join(pieces) == message.content[0].text
    assert [block.to_dict() for block in message.content] == [block.to_dict() for block in whole.content]
    assert (message.stop_reason, message.usage.output_tokens) == (whole.stop_reason, whole.usage.output_tokens)


async def test_a_message_is_streamed_to_an_async_client(async_client: anthropic.AsyncAnthropic, lane: str) -> None:
    async with async_client.messages.stream(model=f"{lane},sim-text", max_tokens=100, messages=HELLO) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        message = await stream.get_final_message()
    assert text == TEXT
    assert message.usage.input_tokens > 0


async def test_many_messages_at_once_are_answered_each_for_itself(
    async_client: anthropic.AsyncAnthropic, lane: str
) -> None:
    async def echoed(number: int) -> str:
        messages: list[MessageParam] = [{"role": "user", "content": f"number {number}"}]
        async with async_client.messages.stream(model=f"{lane},sim-echo", max_tokens=50, messages=messages) as stream:
            return await stream.get_final_text()

    assert await asyncio.gather(*map(echoed, range(30))) == [f"number {number}" for number in range(30)]


def test_a_tool_is_called_and_its_result_is_taken(client: anthropic.Anthropic, lane: str, provider: Provider) -> None:
    with client.messages.stream(model=f"{lane},sim-tool", max_tokens=200, messages=HELLO, tools=[WEATHER]) as stream:
        asked = stream.get_final_message()
    [call] = [block for block in asked.content if block.type == "tool_use"]
    assert (asked.stop_reason, call.name) == ("tool_use", "weather")
    assert isinstance(call.input, dict)
    assert isinstance(call.input["city"], str)
    result: MessageParam = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny, 21 degrees"}],
    }
    history: list[MessageParam] = [*HELLO, {"role": "assistant", "content": asked.content}, result]
    answer = client.messages.create(model=f"{lane},sim-tool", max_tokens=200, messages=history, tools=[WEATHER])
    assert answer.content[-1].type == "text"
    assert "sunny, 21 degrees" in answer.content[-1].text
    assert [record["status"] for record in provider.requests()] == [200, 200]


def test_a_tool_that_is_forced_is_called(client: anthropic.Anthropic, lane: str) -> None:
    message = client.messages.create(
        model=f"{lane},some-model",
        max_tokens=200,
        messages=HELLO,
        tools=[{**WEATHER, "name": "other"}, WEATHER],
        tool_choice={"type": "tool", "name": "weather"},
    )
    assert [block.name for block in message.content if block.type == "tool_use"] == ["weather"]


def test_thinking_is_streamed_and_signed_where_the_model_signs(client: anthropic.Anthropic, lane: str) -> None:
    with client.messages.stream(
        model=f"{lane},sim-thinking",
        max_tokens=4000,
        messages=HELLO,
        thinking={"type": "enabled", "budget_tokens": 2000},
    ) as stream:
        message = stream.get_final_message()
    thinking, text = message.content
    assert thinking.type == "thinking"
    assert text.type == "text"
    assert (thinking.thinking, text.text) == (THOUGHT, TEXT)
    assert bool(thinking.signature) == (lane == "native")


def test_redacted_thinking_comes_back_to_its_maker_as_it_was(client: anthropic.Anthropic, provider: Provider) -> None:
    """The client holds it sealed, as it is no Claude's; the simulated provider would refuse what it did not make."""
    thinking: Any = {"type": "enabled", "budget_tokens": 2000}
    kwargs: Any = {"model": "native,sim-redacted", "max_tokens": 4000, "thinking": thinking}
    first = client.messages.create(messages=HELLO, **kwargs)
    assert first.content[0].type == "redacted_thinking"
    history: list[MessageParam] = [
        *HELLO,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "go on"},
    ]
    client.messages.create(messages=history, **kwargs)
    sent = json.loads(provider.requests()[-1]["body"])["messages"][1]["content"]
    assert sent[0]["type"] == "redacted_thinking"
    assert unseal(first.content[0].data) == ("native", sent[0]["data"])


def test_structured_output_fits_its_schema(client: anthropic.Anthropic, lane: str) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    message = client.messages.create(
        model=f"{lane},some-model",
        max_tokens=200,
        messages=HELLO,
        output_config={"format": {"type": "json_schema", "schema": {**schema, "additionalProperties": False}}},
    )
    assert message.content[0].type == "text"
    assert isinstance(json.loads(message.content[0].text)["city"], str)


def test_tokens_are_counted(client: anthropic.Anthropic, lane: str) -> None:
    short = client.messages.count_tokens(model=f"{lane},some-model", messages=HELLO)
    words: list[MessageParam] = [{"role": "user", "content": "hello there " * 1000}]
    long = client.messages.count_tokens(model=f"{lane},some-model", messages=words)
    assert 0 < short.input_tokens < 100
    assert 1000 < long.input_tokens < 10_000


def test_models_are_listed(client: anthropic.Anthropic) -> None:
    models = {model.id: model for model in client.models.list(limit=1000)}
    assert {"native,claude-main", "chat,gpt-main"} <= models.keys()
    assert models["native,claude-main"].type == "model"
    assert models["native,claude-main"].display_name


def test_the_list_of_models_has_pages(client: anthropic.Anthropic) -> None:
    whole = [model.id for model in client.models.list(limit=1000)]
    assert [model.id for model in client.models.list(limit=2)] == whole
    assert len(whole) > 2


def test_one_model_is_described(client: anthropic.Anthropic) -> None:
    assert client.models.retrieve("chat,gpt-main").id == "chat,gpt-main"


ERRORS: dict[int, type[anthropic.APIStatusError]] = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    413: anthropic.APIStatusError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    529: anthropic.APIStatusError,
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("status", "error"), ERRORS.items())
def test_an_error_of_the_provider_is_the_clients_own(
    client: anthropic.Anthropic, lane: str, status: int, error: type[anthropic.APIStatusError], streamed: bool
) -> None:
    model = f"{lane},sim-text!status={status},message=said%20so"
    with pytest.raises(error) as raised:
        client.messages.create(model=model, max_tokens=100, messages=HELLO, stream=streamed)
    assert raised.value.status_code == status
    assert isinstance(raised.value.body, dict)
    assert raised.value.body["type"] == "error"
    assert "said so" in raised.value.body["error"]["message"]
    assert raised.value.request_id


def test_when_to_ask_again_is_passed_on(client: anthropic.Anthropic, lane: str) -> None:
    with pytest.raises(anthropic.RateLimitError) as raised:
        client.messages.create(model=f"{lane},sim-text!status=429,retry-after=61", max_tokens=100, messages=HELLO)
    assert raised.value.response.headers["retry-after"] == "61"


def test_an_error_in_the_stream_is_raised(client: anthropic.Anthropic, lane: str) -> None:
    model = f"{lane},sim-text!delay-at=e1:0.1,error-event=2"
    with (
        pytest.raises(anthropic.APIStatusError),
        client.messages.stream(model=model, max_tokens=100, messages=HELLO) as stream,
    ):
        stream.get_final_message()


@pytest.mark.parametrize("fault", ["cut", "reset", "drop"])
def test_a_stream_that_breaks_off_is_an_error(client: anthropic.Anthropic, lane: str, fault: str) -> None:
    """Without one this client takes what it has for the whole."""
    model = f"{lane},sim-text!delay-at=e1:0.1,{fault}=e2"
    with (
        pytest.raises((anthropic.APIStatusError, anthropic.APIConnectionError)),
        client.messages.stream(model=model, max_tokens=100, messages=HELLO) as stream,
    ):
        stream.get_final_message()


def test_without_a_key_nobody_is_served(base_url: str, provider: Provider) -> None:
    with (
        anthropic.Anthropic(api_key="wrong", base_url=base_url, max_retries=0) as stranger,
        pytest.raises(anthropic.AuthenticationError) as raised,
    ):
        stranger.messages.create(model="native,sim-text", max_tokens=10, messages=HELLO)
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert provider.requests() == []
