"""What one asks in chat completions, and what requests and answers have in common."""

from typing import Literal, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType


class CacheControl(Struct, omit_defaults=True, gc=False):
    """Extension: Anthropic's cache marker on a part or a tool."""

    type: str = ""
    ttl: str | UnsetType = UNSET


class Carried(Struct, omit_defaults=True, gc=False):
    """Extension `fairlead`, between the services: what plain chat has no words for, so that it survives the way.

    `dialect`, `fields`: fields of the object it stands on that only that dialect knows. `order`: the order of an
    assistant message's blocks, one letter each: r(easoning), t(ext or other part), c(all). `message`: a whole answer in
    the neutral form. `events`: stream events in the neutral form.
    """

    dialect: str = ""
    fields: dict[str, Raw] | UnsetType = UNSET
    order: str = ""
    message: Raw | UnsetType = UNSET
    events: list[Raw] | UnsetType = UNSET


class _Part(Struct, tag_field="type", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A part of a request's message: closed, so that a field we have never heard of is noticed instead of lost."""


class TextPart(_Part, tag="text"):
    text: str
    cache_control: CacheControl | None = None


class ImageUrl(Struct, omit_defaults=True, gc=False):
    url: str
    detail: str | None = None


class ImagePart(_Part, tag="image_url"):
    image_url: ImageUrl
    cache_control: CacheControl | None = None


class File(Struct, omit_defaults=True, gc=False):
    """`file_url` is an extension."""

    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None
    file_url: str | None = None


class FilePart(_Part, tag="file"):
    file: File
    cache_control: CacheControl | None = None


class RefusalPart(_Part, tag="refusal"):
    refusal: str


class InputAudio(Struct, gc=False):
    data: str
    format: str


class AudioPart(_Part, tag="input_audio"):
    input_audio: InputAudio


class BlockPart(_Part, tag="fairlead.block"):
    """Extension, between the services: a block in the neutral form."""

    block: Raw


Part: TypeAlias = TextPart | ImagePart | FilePart | AudioPart | RefusalPart | BlockPart


class ReasoningDetail(Struct, omit_defaults=True, gc=False):
    """Extension: one piece of reasoning; `type` is reasoning.text, reasoning.summary or reasoning.encrypted. `id`, a
    text, is OpenRouter's, of the call, for one, that it belongs to."""

    type: str
    text: str | None = None
    summary: str | None = None
    data: str | None = None
    signature: str | None = None
    format: str | None = None
    index: int | None = None
    id: object = None


class Function(Struct, omit_defaults=True, gc=False):
    name: str | None = None
    arguments: str | None = None


class Custom(Struct, omit_defaults=True, gc=False):
    name: str | None = None
    input: str | None = None


class ToolCall(Struct, omit_defaults=True, gc=False):
    """`index` only in streams. One of `function` and `custom`."""

    id: str | None = None
    type: str | None = None
    function: Function | None = None
    custom: Custom | None = None
    index: int | None = None
    cache_control: CacheControl | None = None


class _RequestMessage(Struct, tag_field="role", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class SystemMessage(_RequestMessage, tag="system"):
    content: str | list[Part] | None
    name: str | None = None
    fairlead: Carried | None = None


class DeveloperMessage(_RequestMessage, tag="developer"):
    content: str | list[Part] | None
    name: str | None = None
    fairlead: Carried | None = None


class UserMessage(_RequestMessage, tag="user"):
    content: str | list[Part] | None
    name: str | None = None
    fairlead: Carried | None = None


class AssistantMessage(_RequestMessage, tag="assistant"):
    content: str | list[Part] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    name: str | None = None
    fairlead: Carried | None = None


class ToolMessage(_RequestMessage, tag="tool"):
    tool_call_id: str
    content: str | list[Part] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None
    fairlead: Carried | None = None


RequestMessage: TypeAlias = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage


class FunctionDefinition(Struct, omit_defaults=True):
    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None


class ToolDefinition(Struct, omit_defaults=True):
    """`defer_loading` and `cache_control` are extensions."""

    function: FunctionDefinition
    type: str = ""
    defer_loading: bool = False
    cache_control: CacheControl | None = None


class CustomDefinition(Struct, omit_defaults=True):
    name: str
    description: str | None = None
    format: Raw | UnsetType = UNSET


class CustomToolDefinition(Struct, omit_defaults=True):
    custom: CustomDefinition
    type: str = ""


class CarriedTool(Struct):
    """Extension `fairlead.tool`, between the services: a tool in the neutral form, its verbatim JSON beside it."""

    tool: Raw
    parameters: Raw | UnsetType = UNSET
    format: Raw | UnsetType = UNSET
    location: Raw | UnsetType = UNSET


class JsonSchema(Struct, omit_defaults=True):
    name: str
    schema: Raw | UnsetType = UNSET
    strict: bool | None = None
    description: str | None = None


class ResponseFormat(Struct, omit_defaults=True):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class NamedFunction(Struct):
    name: str


class ToolReference(Struct, omit_defaults=True):
    type: Literal["function", "custom"] = "function"
    function: NamedFunction | None = None
    custom: NamedFunction | None = None

    @property
    def name(self) -> str | None:
        named = self.function or self.custom
        return None if named is None else named.name


class AllowedTools(Struct):
    """`mode` is auto or required."""

    mode: str
    tools: list[ToolReference]


class NamedToolChoice(ToolReference, omit_defaults=True, kw_only=True):
    type: Literal["function", "custom", "allowed_tools"]  # type: ignore[assignment]
    allowed_tools: AllowedTools | None = None


class StreamOptions(Struct):
    include_usage: bool = False


class Reasoning(Struct):
    """OpenRouter's object, as far as other vendors have words for it."""

    effort: str | None = None
    max_tokens: int | None = None
    enabled: bool | None = None
    exclude: bool | None = None


class Thinking(Struct, omit_defaults=True):
    """Extension: Anthropic's switch for reasoning, as other vendors spell it too. Without a type it only carries what
    else was said of reasoning."""

    type: str = ""
    budget_tokens: int | UnsetType = UNSET
    display: str | UnsetType = UNSET
    fairlead: Carried | None = None
