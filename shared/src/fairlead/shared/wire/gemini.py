"""The shape of Gemini's generateContent: https://ai.google.dev/api/generate-content.

Fields are written in camelCase; the service also reads snake_case, so whoever reads clients takes both. What a client
may send beyond these fields is noticed (`forbid_unknown_fields`) and then taken apart by hand.
"""

from msgspec import UNSET, Raw, Struct, UnsetType

from fairlead.shared.counts import Count


class Blob(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Inline bytes: `data` is base64 text. `display_name` is known to Vertex only."""

    mime_type: str
    data: str
    display_name: str | None = None


class FileData(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Bytes by reference: an uploaded file, a `gs://` object, or a URL the service fetches."""

    file_uri: str
    mime_type: str | None = None
    display_name: str | None = None


class AnsweredCall(Struct, rename="camel", omit_defaults=True, gc=False):
    """`args` is a JSON object; absent when there are none. `will_continue`: Vertex sends the rest in later parts."""

    name: str = ""
    id: str | None = None
    args: Raw | UnsetType = UNSET
    will_continue: bool = False
    partial_args: Raw | UnsetType = UNSET


class FunctionCall(AnsweredCall, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The same where nothing that it says may be passed over."""


class ResponsePart(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A file in a function's answer; Gemini 3 and later."""

    inline_data: Blob | None = None
    file_data: FileData | None = None


class FunctionResponse(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What a function answered; `response` is a JSON object."""

    name: str = ""
    id: str | None = None
    response: Raw | UnsetType = UNSET
    parts: list[ResponsePart] | None = None
    will_continue: Raw | UnsetType = UNSET
    scheduling: Raw | UnsetType = UNSET


class Part(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One part with what every model knows. `thought_signature` is base64 and may stand on any part."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None


class Content(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    role: str = "user"
    parts: list[Part] = []


class FunctionDeclaration(Struct, rename="camel", omit_defaults=True):
    """`parameters` is a subset of OpenAPI, `parameters_json_schema` one of JSON Schema; never both."""

    name: str
    description: str | None = None
    parameters: Raw | UnsetType = UNSET
    parameters_json_schema: Raw | UnsetType = UNSET


class FunctionCallingConfig(Struct, rename="camel", omit_defaults=True):
    mode: str = "AUTO"
    allowed_function_names: list[str] | None = None


class ThinkingConfig(Struct, rename="camel", omit_defaults=True):
    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class AnsweredPart(Struct, rename="camel", omit_defaults=True, gc=False):
    """A part of an answer, as far as streams need it fast; any other kind is kept verbatim."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    function_call: AnsweredCall | None = None


class AnsweredContent(Struct, rename="camel", gc=False):
    parts: list[AnsweredPart] | None = None


class Candidate(Struct, rename="camel", gc=False):
    """One answer, or a piece of it."""

    content: AnsweredContent | None = None
    finish_reason: str | None = None
    index: int | None = 0
    finish_message: str | None = None
    grounding_metadata: Raw | UnsetType = UNSET
    continuation_token: Raw | UnsetType = UNSET
    safety_ratings: Raw | UnsetType = UNSET
    citation_metadata: Raw | UnsetType = UNSET
    url_context_metadata: Raw | UnsetType = UNSET
    avg_logprobs: Raw | UnsetType = UNSET
    logprobs_result: Raw | UnsetType = UNSET


class LogprobsCandidate(Struct, rename="camel"):
    token: str = ""
    token_id: int | None = None
    log_probability: float = 0.0


class TopCandidates(Struct, rename="camel"):
    candidates: list[LogprobsCandidate] = []


class LogprobsResult(Struct, rename="camel"):
    """Parallel lists: each chosen token, and the likeliest in its place."""

    chosen_candidates: list[LogprobsCandidate] = []
    top_candidates: list[TopCandidates] = []


class Chunk(Struct, rename="camel", gc=False):
    """A whole answer, or one streamed piece of it: both have this shape, and everything in it is optional."""

    candidates: list[Candidate] | None = None
    usage_metadata: Raw | UnsetType = UNSET
    prompt_feedback: Raw | UnsetType = UNSET
    model_version: str | None = None
    response_id: str | None = None
    error: Raw | UnsetType = UNSET


class PromptFeedback(Struct, rename="camel"):
    block_reason: str | None = None


class Usage(Struct, rename="camel"):
    """`prompt_token_count` includes what was cached; `candidates_token_count` leaves out thoughts."""

    prompt_token_count: Count = None
    cached_content_token_count: Count = None
    candidates_token_count: Count = None
    tool_use_prompt_token_count: Count = None
    thoughts_token_count: Count = None
    total_token_count: Count = None
    service_tier: object = None


class Web(Struct, rename="camel"):
    uri: str | None = None
    title: str | None = None


class GroundingChunk(Struct, rename="camel"):
    web: Web | None = None


class Segment(Struct, rename="camel"):
    """Bytes of UTF-8, `end_index` exclusive; a `start_index` of 0 is left out."""

    start_index: int = 0
    end_index: int = 0
    part_index: int = 0
    text: str | None = None


class GroundingSupport(Struct, rename="camel"):
    segment: Segment | None = None
    grounding_chunk_indices: list[int] = []


class GroundingMetadata(Struct, rename="camel"):
    web_search_queries: list[str] = []
    grounding_chunks: list[GroundingChunk] = []
    grounding_supports: list[GroundingSupport] = []


class ErrorDetail(Struct):
    """`status` is a google.rpc.Code; `details` are google.rpc messages: https://cloud.google.com/apis/design/errors."""

    code: int | None = None
    message: str = ""
    status: str = ""
    details: list[Raw] = []


class ErrorBody(Struct):
    error: ErrorDetail
