"""The shape of Anthropic Messages: https://platform.claude.com/docs/en/api/messages.

Blocks are closed (`forbid_unknown_fields`), so that a field we have never heard of is noticed instead of lost: the
reader then takes that block apart by hand and keeps the rest.
"""

from typing import Literal, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType

from fairlead.shared.counts import Count


class CacheControl(Struct, omit_defaults=True, gc=False):
    type: str = "ephemeral"
    ttl: str | UnsetType = UNSET


class _Block(Struct, tag_field="type", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class TextBlock(_Block, tag="text"):
    text: str
    cache_control: CacheControl | None = None
    citations: Raw | UnsetType = UNSET


class ThinkingBlock(_Block, tag="thinking"):
    thinking: str
    signature: str | UnsetType = UNSET


class RedactedThinkingBlock(_Block, tag="redacted_thinking"):
    data: str


class Base64Source(Struct, tag_field="type", tag="base64", gc=False):
    media_type: str
    data: str


class UrlSource(Struct, tag_field="type", tag="url", gc=False):
    url: str


class FileSource(Struct, tag_field="type", tag="file", gc=False):
    file_id: str


class TextSource(Struct, tag_field="type", tag="text", gc=False):
    data: str
    media_type: str = "text/plain"


class ContentSource(Struct, tag_field="type", tag="content", gc=False):
    """A text in pieces, each of which can be cited."""

    content: str | list[Raw]


class ImageBlock(_Block, tag="image"):
    source: Base64Source | UrlSource | FileSource
    cache_control: CacheControl | None = None
    transformations: Raw | UnsetType = UNSET


class DocumentBlock(_Block, tag="document"):
    source: Base64Source | UrlSource | FileSource | TextSource | ContentSource
    title: str | None = None
    cache_control: CacheControl | None = None
    context: Raw | UnsetType = UNSET
    citations: Raw | UnsetType = UNSET


class Citation(Struct):
    """The fields of any kind of citation that mean something elsewhere."""

    url: str | None = None
    title: str | None = None
    document_title: str | None = None
    cited_text: str | None = None


class Piece(Struct):
    """What of a piece of text, or of anything else, is text."""

    text: str = ""


class SearchResult(Struct):
    """Something the client found, to be read and cited."""

    source: str
    title: str
    content: list[Piece]
    cache_control: CacheControl | None = None


class ServerToolUse(Struct):
    id: str
    name: str
    input: Raw = Raw(b"{}")


class ToolError(Struct):
    error_code: str


class SearchHit(Struct):
    url: str = ""
    title: str = ""


class WebSearchResult(Struct):
    tool_use_id: str
    content: list[SearchHit] | ToolError


class ToolUseBlock(_Block, tag="tool_use"):
    id: str
    name: str
    input: Raw
    cache_control: CacheControl | None = None
    caller: Raw | UnsetType = UNSET
    toolset_name: Raw | UnsetType = UNSET


class ToolReferenceBlock(_Block, tag="tool_reference"):
    tool_name: str


ResultPart: TypeAlias = TextBlock | ImageBlock | DocumentBlock | ToolReferenceBlock


class ToolResultBlock(_Block, tag="tool_result"):
    tool_use_id: str
    content: str | list[ResultPart] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None
    toolset_name: Raw | UnsetType = UNSET


Block: TypeAlias = (
    TextBlock | ThinkingBlock | RedactedThinkingBlock | ImageBlock | DocumentBlock | ToolUseBlock | ToolResultBlock
)


class Message(Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class ClientTool(Struct, forbid_unknown_fields=True, gc=False):
    """A tool the client runs, with no field beyond those we know."""

    name: str
    type: Literal["custom"] | None = None
    description: str | None = None
    input_schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    defer_loading: bool | None = None
    cache_control: CacheControl | None = None


class WebSearchTool(Struct):
    max_uses: int | None = None
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    user_location: Raw | UnsetType = UNSET


class Thinking(Struct, omit_defaults=True):
    type: str
    budget_tokens: int | UnsetType = UNSET
    display: str | UnsetType = UNSET


class ToolChoice(Struct, omit_defaults=True):
    type: Literal["auto", "any", "tool", "none"]
    name: str | UnsetType = UNSET
    disable_parallel_tool_use: bool | UnsetType = UNSET


class Usage(Struct, omit_defaults=True, frozen=True):
    """Figures of an answer; null and absent mean the same: not said."""

    input_tokens: Count = None
    output_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    output_tokens_details: "OutputDetails | None" = None
    service_tier: object = None


class OutputDetails(Struct, frozen=True):
    thinking_tokens: Count = None


class Answer(Struct):
    """A whole answer; blocks are read one by one, because new kinds appear at any time."""

    content: list[Raw]
    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None


class MessageStart(Struct):
    message: dict[str, Raw]


class StartedMessage(Struct):
    id: str = ""
    model: str = ""


class BlockStart(Struct):
    index: int
    content_block: Raw


class TextDelta(Struct, tag_field="type", tag="text_delta", gc=False):
    text: str


class ThinkingDelta(Struct, tag_field="type", tag="thinking_delta", gc=False):
    thinking: str


class SignatureDelta(Struct, tag_field="type", tag="signature_delta", gc=False):
    signature: str


class InputJsonDelta(Struct, tag_field="type", tag="input_json_delta", gc=False):
    partial_json: str


class CitationsDelta(Struct, tag_field="type", tag="citations_delta", gc=False):
    citation: Raw


Delta: TypeAlias = TextDelta | ThinkingDelta | SignatureDelta | InputJsonDelta | CitationsDelta


class BlockDelta(Struct, gc=False):
    index: int
    delta: Delta


class RawBlockDelta(Struct):
    """A delta of a kind we do not know."""

    index: int
    delta: Raw


class BlockStop(Struct, gc=False):
    index: int


class StopDelta(Struct):
    stop_reason: str | None = None
    stop_sequence: str | None = None


class ErrorDetail(Struct, frozen=True):
    type: str = "api_error"
    message: str = ""


class ErrorBody(Struct):
    error: ErrorDetail
    type: str = "error"
    request_id: str | None = None
