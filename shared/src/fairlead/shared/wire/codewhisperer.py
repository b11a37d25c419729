"""The shape of CodeWhisperer's generateAssistantResponse, as Amazon Q and Kiro call it: requests and streams.

Not a published API. Source: what its clients in the open send, https://github.com/aws/language-servers,
https://github.com/aws/amazon-q-developer-cli.
"""

from typing import Literal

from msgspec import Raw, Struct

# Requests --------------------------------------------------------------------------------------------


class ImageSource(Struct):
    """Base64 text."""

    bytes: str


class Image(Struct):
    format: str
    source: ImageSource


class InputSchema(Struct):
    json: Raw


class ToolSpecification(Struct, rename="camel"):
    name: str
    description: str
    input_schema: InputSchema


class Tool(Struct, rename="camel"):
    tool_specification: ToolSpecification


class ResultText(Struct):
    text: str


class ToolResult(Struct, rename="camel"):
    tool_use_id: str
    content: list[ResultText]
    status: Literal["success", "error"]


class Context(Struct, rename="camel", omit_defaults=True):
    tools: list[Tool] = []
    tool_results: list[ToolResult] = []


class UserInput(Struct, rename="camel", omit_defaults=True):
    content: str
    model_id: str
    origin: str
    images: list[Image] = []
    user_input_message_context: Context | None = None


class ToolUse(Struct, rename="camel"):
    tool_use_id: str
    name: str
    input: Raw


class ReasoningText(Struct):
    text: str
    signature: str


class ReasoningContent(Struct, rename="camel", omit_defaults=True):
    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class AssistantResponse(Struct, rename="camel", omit_defaults=True):
    content: str
    tool_uses: list[ToolUse] = []
    reasoning_content: ReasoningContent | None = None


class Said(Struct, rename="camel", omit_defaults=True):
    """One message: one of the two."""

    user_input_message: UserInput | None = None
    assistant_response_message: AssistantResponse | None = None


class ConversationState(Struct, rename="camel"):
    conversation_id: str
    agent_task_type: str
    chat_trigger_type: str
    current_message: Said
    history: list[Said]


# Streams ---------------------------------------------------------------------------------------------


class AssistantResponseEvent(Struct):
    content: str = ""


class ToolUseEvent(Struct, rename="camel"):
    """A call comes in pieces: each names it, `input` is a fragment of JSON text, and the last has `stop`."""

    tool_use_id: str
    name: str = ""
    input: str | dict[str, Raw] | None = None
    stop: bool = False


class ReasoningContentEvent(Struct, rename="camel"):
    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class TokenUsage(Struct, rename="camel"):
    uncached_input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_write_input_tokens: int = 0


class MetadataEvent(Struct, rename="camel"):
    token_usage: TokenUsage | None = None


class ContextUsageEvent(Struct, rename="camel"):
    context_usage_percentage: float = 0.0


class MessageMetadataEvent(Struct, rename="camel"):
    conversation_id: str = ""
    utterance_id: str = ""


# Errors ----------------------------------------------------------------------------------------------


class Error(Struct):
    """An error body, an exception in a stream, or an `invalidStateEvent`."""

    message: str | None = None
    reason: str | None = None


class TypedError(Error, rename={"type": "__type"}):
    type: str = ""
