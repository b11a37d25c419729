"""The shape of OpenAI Responses: https://platform.openai.com/docs/api-reference/responses.

Items and parts are closed (`forbid_unknown_fields`), so that a field we have never heard of is noticed instead of lost:
the reader then takes that item apart by hand and keeps the rest.
"""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from fairlead.shared.counts import Count

# Parts ------------------------------------------------------------------------------------------


class _Part(Struct, tag_field="type", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class InputText(_Part, tag="input_text"):
    text: str
    prompt_cache_breakpoint: Raw | UnsetType = UNSET


class OutputText(_Part, tag="output_text"):
    text: str
    annotations: list[Raw] | None = None
    logprobs: object = None


class Logprob(Struct):
    token: str
    logprob: float
    bytes: list[int] | None = None
    top_logprobs: "list[Logprob] | None" = None


class Refusal(_Part, tag="refusal"):
    refusal: str


class InputImage(_Part, tag="input_image"):
    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    prompt_cache_breakpoint: Raw | UnsetType = UNSET


class InputFile(_Part, tag="input_file"):
    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    filename: str | None = None
    prompt_cache_breakpoint: Raw | UnsetType = UNSET


class ReasoningText(_Part, tag="reasoning_text"):
    text: str


class SummaryText(_Part, tag="summary_text"):
    text: str


Part: TypeAlias = InputText | OutputText | Refusal | InputImage | InputFile | ReasoningText | SummaryText


class UrlCitation(Struct):
    """An annotation of an output text; what other kinds of annotations say beyond this stays in their raw form."""

    type: str = ""
    url: str | None = None
    title: str | None = None
    filename: str | None = None
    start_index: int | None = None
    end_index: int | None = None


# Items ------------------------------------------------------------------------------------------


class Item(Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Any of the items several dialects have a meaning for: messages, reasoning, calls and their outputs.

    One shape for all, because a message may leave out its type.
    """

    type: str = "message"
    id: str | None = None
    status: str | None = None
    role: str | None = None
    content: str | list[Part] | None = None
    phase: str | None = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | None = None
    input: str | None = None
    output: str | list[Part] | None = None


class ImageCall(Struct):
    """A picture the model made: `result` is base64 text."""

    result: str | None = None
    output_format: str | None = None


class SearchSource(Struct):
    url: str | None = None
    title: str | None = None


class SearchAction(Struct):
    """What a web search call did: `search`, `open_page` or `find_in_page`."""

    type: str = "search"
    query: str | None = None
    queries: list[str] | None = None
    url: str | None = None
    pattern: str | None = None
    sources: list[SearchSource] | None = None


# Tools ------------------------------------------------------------------------------------------


class ToolDefinition(Struct):
    """A function (flat) or a free-text tool, and what is common to all kinds."""

    name: str
    type: str = "function"
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    strict: bool | None = None
    defer_loading: bool | None = None
    format: Raw | UnsetType = UNSET


class NamespaceDefinition(Struct):
    name: str
    tools: list[Raw]
    description: str | None = None


class SearchFilters(Struct):
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None


class WebSearchDefinition(Struct):
    filters: SearchFilters | None = None
    user_location: Raw | UnsetType = UNSET


class ToolChoice(Struct):
    """`name` of functions and free-text tools; `mode` and `tools` of an allowed subset."""

    type: str
    name: str | None = None
    mode: str | None = None
    tools: "list[ToolChoice] | None" = None


class TextFormat(Struct):
    type: str = "text"
    name: str | None = None
    schema: Raw | UnsetType = UNSET
    description: str | None = None
    strict: bool | None = None


# Answers ----------------------------------------------------------------------------------------


class InputDetails(Struct):
    cached_tokens: Count = None
    cache_write_tokens: Count = None


class OutputDetails(Struct):
    reasoning_tokens: Count = None


class Usage(Struct):
    input_tokens: Count = None
    output_tokens: Count = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class IncompleteDetails(Struct):
    reason: str | None = None


class Answer(Struct):
    """The response object; all that is not needed to read an answer is left out."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[Raw] | None = None
    usage: Usage | None = None
    error: Raw | UnsetType = UNSET
    incomplete_details: IncompleteDetails | None = None
    service_tier: object = None


# Stream events ----------------------------------------------------------------------------------


class Typed(Struct, gc=False):
    type: str = ""


class Skeleton(Struct, gc=False):
    """What of an item is known when it is announced, whatever its kind."""

    type: str = "message"
    id: str | None = None
    phase: str | None = None


class ResponseEvent(Struct, gc=False):
    response: Answer


class RawResponseEvent(Struct, gc=False):
    response: dict[str, Raw]


Index: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]
"""A place among others. The most that were seen are some hundreds; what skips far ahead was not meant to be read."""


class Place(Struct, gc=False):
    """Which item, and which of its parts, an event is about."""

    output_index: Index | None = None
    item_id: str | None = None
    content_index: Index | None = None
    summary_index: Index | None = None


class ItemEvent(Place, gc=False, kw_only=True):
    item: Raw


class PartEvent(Place, gc=False, kw_only=True):
    part: Raw


class AnnotationEvent(Place, gc=False, kw_only=True):
    annotation: Raw


class Delta(Place, gc=False, kw_only=True):
    delta: str
    logprobs: object = None


class Whole(Place, gc=False, kw_only=True):
    """What the deltas came to, under the name its event gives it."""

    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
