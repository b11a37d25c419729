"""The bodies of clients' requests and of models' answers as wholes, made of the pieces in `wire`.

Requests are read field by field, so that what is not known is kept: these name the fields that are known.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from fairlead.shared.wire import anthropic, gemini, openai
from fairlead.shared.wire import openai_responses as responses

from .description import Shape

_Name: TypeAlias = Annotated[str, Meta(min_length=1, description="`provider,model`, or an id from `GET /v1/models`.")]
_Object: TypeAlias = dict[str, Any]


# Anthropic Messages -----------------------------------------------------------------------------


class Metadata(Struct):
    user_id: str | None = None


class Thinking(Struct):
    """`type` is enabled, adaptive or disabled."""

    type: str | None = None
    budget_tokens: int | None = None
    display: str | None = None


class OutputConfig(Struct):
    effort: str | None = None
    format: _Object | None = None


class Tool(Struct):
    """One that the client runs, or one of the provider's by its `type`."""

    name: str | UnsetType = UNSET
    type: str | None = None
    description: str | None = None
    input_schema: _Object | UnsetType = UNSET
    cache_control: anthropic.CacheControl | None = None


class MessagesRequest(Struct):
    """What to answer: https://platform.claude.com/docs/en/api/messages."""

    model: _Name
    messages: Annotated[list[anthropic.Message], Meta(min_length=1)]
    system: str | list[anthropic.TextBlock] | UnsetType = UNSET
    max_tokens: int | None = None
    stream: bool | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    tools: list[Tool] | None = None
    tool_choice: anthropic.ToolChoice | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    metadata: Metadata | None = None
    service_tier: str | None = None


class MessagesCountRequest(Struct):
    """What to count: https://platform.claude.com/docs/en/api/messages/count_tokens."""

    model: _Name
    messages: Annotated[list[anthropic.Message], Meta(min_length=1)]
    system: str | list[anthropic.TextBlock] | UnsetType = UNSET
    tools: list[Tool] | None = None


class MessagesAnswer(Struct):
    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[anthropic.Block]
    usage: anthropic.Usage
    stop_reason: str | None = None
    stop_sequence: str | None = None


class MessageDelta(Struct):
    """Near the end of a stream: why it ends, and what it took."""

    delta: anthropic.StopDelta
    usage: anthropic.Usage | None = None


class Sign(Struct):
    """Something that has nothing more to say."""

    type: Literal["ping", "message_stop"]


# OpenAI chat ------------------------------------------------------------------------------------


class ChatRequest(Struct):
    """https://platform.openai.com/docs/api-reference/chat, with the extensions of docs/extensions.md."""

    model: _Name
    messages: Annotated[list[openai.RequestMessage], Meta(min_length=1)]
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    stream: bool | None = None
    stream_options: openai.StreamOptions | None = None
    tools: list[_Object] | None = None
    tool_choice: str | openai.NamedToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: openai.ResponseFormat | None = None
    reasoning_effort: str | None = None
    reasoning: openai.Reasoning | None = None
    thinking: openai.Thinking | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    user: str | None = None


class ChatAnswer(Struct):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[openai.Choice]
    usage: openai.Usage | None = None


# OpenAI Responses -------------------------------------------------------------------------------


class ResponsesRequest(Struct):
    """https://platform.openai.com/docs/api-reference/responses. `input` may be left out where `previous_response_id`,
    `conversation` or `prompt` says what a provider of this dialect is to go on from."""

    model: _Name
    input: str | list[responses.Item] | UnsetType = UNSET
    instructions: str | list[responses.Item] | None = None
    max_output_tokens: int | None = None
    stream: bool | None = None
    tools: list[_Object] | None = None
    tool_choice: str | _Object | None = None
    parallel_tool_calls: bool | None = None
    reasoning: _Object | None = None
    text: _Object | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: int | None = None
    include: list[str] | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    user: str | None = None


class ResponsesCountRequest(Struct):
    """What to count: https://platform.openai.com/docs/api-reference/responses/input-tokens. A number is always better
    than an error, so that items are looked at as far as counting takes."""

    model: _Name
    input: str | list[_Object] | UnsetType = UNSET
    instructions: str | list[_Object] | None = None
    tools: list[_Object] | None = None


class ResponsesAnswer(Struct):
    id: str
    object: Literal["response"]
    output: list[_Object]
    model: str | None = None
    status: str | None = None
    usage: responses.Usage | None = None
    incomplete_details: responses.IncompleteDetails | None = None


# Gemini -----------------------------------------------------------------------------------------


class GenerationConfig(Struct, rename="camel"):
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop_sequences: list[str] | None = None
    response_mime_type: str | None = None
    response_schema: Any = None
    response_json_schema: Any = None
    thinking_config: gemini.ThinkingConfig | None = None
    response_logprobs: bool | None = None
    logprobs: int | None = None


_Contents: TypeAlias = str | _Object | Annotated[list[str | _Object], Meta(min_length=1)]


class _Generate(Struct, rename="camel"):
    contents: _Contents
    system_instruction: Any = None
    tools: Any = None
    tool_config: _Object | None = None
    generation_config: GenerationConfig | None = None
    safety_settings: Any = None


class GenerateRequest(_Generate, rename="camel"):
    """https://ai.google.dev/api/generate-content. `contents` is a list of contents, one content, or a text; names are
    read in camelCase and snake_case."""


class GenerateHereRequest(_Generate, rename="camel", kw_only=True):
    """The same with the model, and whether to stream, in the body."""

    model: _Name
    stream: bool | None = None


class CountRequest(Struct, rename="camel"):
    """What to count, or a whole request for it: https://ai.google.dev/api/tokens."""

    contents: _Contents | UnsetType = UNSET
    generate_content_request: _Object | UnsetType = UNSET


REQUESTS: Mapping[str, Shape] = {
    "anthropic": Shape(MessagesRequest, "Anthropic"),
    "openai": Shape(ChatRequest, "OpenAI"),
    "openai-responses": Shape(ResponsesRequest, "Responses"),
    "gemini": Shape(GenerateRequest, "Gemini"),
}
COUNTS: Mapping[str, Shape] = {
    "anthropic": Shape(MessagesCountRequest, "Anthropic"),
    "openai-responses": Shape(ResponsesCountRequest, "Responses"),
    "gemini": Shape(CountRequest, "Gemini"),
}
ANSWERS: Mapping[str, Shape] = {
    "anthropic": Shape(MessagesAnswer, "Anthropic"),
    "openai": Shape(ChatAnswer, "OpenAI"),
    "openai-responses": Shape(ResponsesAnswer, "Responses"),
    "gemini": Shape(gemini.Chunk, "Gemini"),
}
EVENTS: Mapping[str, tuple[Shape, ...]] = {
    "anthropic": tuple(
        Shape(kind, "Anthropic")
        for kind in (
            anthropic.MessageStart,
            anthropic.BlockStart,
            anthropic.BlockDelta,
            anthropic.BlockStop,
            MessageDelta,
            Sign,
            anthropic.ErrorBody,
        )
    ),
    "openai": (Shape(openai.Chunk, "OpenAI"),),
    "openai-responses": tuple(
        Shape(kind, "Responses")
        for kind in (
            responses.ResponseEvent,
            responses.ItemEvent,
            responses.PartEvent,
            responses.Delta,
            responses.Whole,
        )
    ),
    "gemini": (Shape(gemini.Chunk, "Gemini"),),
}
"""By dialect; of streams, what the data of their events are."""
