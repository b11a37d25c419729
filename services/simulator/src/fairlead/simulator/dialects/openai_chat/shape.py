"""The part of a Chat Completions request the simulator reads, and the keys the real service knows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..dialect import names

REQUEST_KEYS = names(
    "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens "
    "messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty "
    "prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format "
    "safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools "
    "top_logprobs top_p user verbosity web_search_options"
)
MESSAGE_KEYS = names(
    "annotations audio content function_call name reasoning_content refusal role tool_call_id tool_calls"
)
"""With `reasoning_content`, which most compatible services take back, and the `annotations` of the service itself."""
PART_KEYS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"type", "text", "prompt_cache_breakpoint"}),
    "image_url": frozenset({"type", "image_url", "prompt_cache_breakpoint"}),
    "input_audio": frozenset({"type", "input_audio", "prompt_cache_breakpoint"}),
    "file": frozenset({"type", "file", "prompt_cache_breakpoint"}),
    "refusal": frozenset({"type", "refusal"}),
}
CALL_KEYS = frozenset({"id", "type", "function", "custom"})
TOOL_KEYS = frozenset({"type", "function", "custom"})
FUNCTION_KEYS = frozenset({"name", "description", "parameters", "strict"})


class Part(msgspec.Struct):
    """A content part, told apart by `type`."""

    type: str
    text: str | None = None
    image_url: Any = None
    file: Any = None
    input_audio: Any = None
    refusal: str | None = None


class CalledFunction(msgspec.Struct):
    """The call itself; `arguments` is JSON text as the model wrote it."""

    name: str
    arguments: str


class ToolCall(msgspec.Struct):
    """A call in an assistant message."""

    id: str
    type: str = "function"
    function: CalledFunction | None = None
    custom: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return self.function.name if self.function else str((self.custom or {}).get("name", ""))


class Message(msgspec.Struct):
    """A message of any role."""

    role: str
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    audio: Any = None
    function_call: Any = None

    @property
    def parts(self) -> list[Part]:
        if isinstance(self.content, str):
            return [Part("text", text=self.content)]
        return self.content or []

    @property
    def text(self) -> str:
        return "\n".join(part.text if part.text is not None else f"[{part.type}]" for part in self.parts)


class Function(msgspec.Struct):
    """A function the client runs."""

    name: str
    parameters: dict[str, Any] | None = None


class Tool(msgspec.Struct):
    """A tool; only functions are called by the simulator."""

    type: str
    function: Function | None = None


class JsonSchema(msgspec.Struct):
    """The named schema of structured output."""

    name: str
    schema: dict[str, Any] | None = None


class ResponseFormat(msgspec.Struct):
    """The shape demanded of the answer."""

    type: str
    json_schema: JsonSchema | None = None


class StreamOptions(msgspec.Struct):
    """Whether a usage chunk is wanted."""

    include_usage: bool | None = None


class Create(msgspec.Struct):
    """`POST /v1/chat/completions`."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    web_search_options: Any = None
