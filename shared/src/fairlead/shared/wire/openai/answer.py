"""What chat completions answer, whole and in pieces: open, because every server says something else besides."""

from typing import Any, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType

from fairlead.shared.counts import Count

from .request import (
    Carried,
    Function,
    ImagePart,
    ImageUrl,
    ReasoningDetail,
    RefusalPart,
    TextPart,
    ToolCall,
)


class PromptDetails(Struct, omit_defaults=True):
    """`cache_write_tokens` is newer than most servers; Qwen calls it `cache_creation_input_tokens`."""

    cached_tokens: Count = None
    cache_write_tokens: Count = None
    cache_creation_input_tokens: Count = None


class CompletionDetails(Struct, omit_defaults=True):
    reasoning_tokens: Count = None


class Usage(Struct):
    """The last three are what DeepSeek, Moonshot and Mistral call cache reads."""

    prompt_tokens: Count = None
    completion_tokens: Count = None
    total_tokens: Count = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: Count = None
    cached_tokens: Count = None
    num_cached_tokens: Count = None


class UrlCitation(Struct):
    url: str = ""
    title: str = ""
    start_index: int | None = None
    end_index: int | None = None


class Annotation(Struct):
    type: str = ""
    url_citation: UrlCitation | None = None


class SaidText(TextPart, tag="text", forbid_unknown_fields=False):
    """A part of an answer: open, as are those that follow."""


class SaidImage(ImagePart, tag="image_url", forbid_unknown_fields=False):
    pass


class SaidRefusal(RefusalPart, tag="refusal", forbid_unknown_fields=False):
    pass


class _OpenPart(Struct, tag_field="type", omit_defaults=True, gc=False):
    """A part that only answers have."""


class ReferencePart(_OpenPart, tag="reference"):
    """Mistral's note of where a text has something from, by numbers of its own."""


Loose: TypeAlias = Any
"""Something that stands beside an answer, and must not fail it when a server shapes it otherwise."""


class ThinkPart(_OpenPart, tag="thinking"):
    """Mistral's reasoning, a part of the content; in it stand texts, and references like those beside it."""

    thinking: str | list[Loose] = ""


def thought_in(thinking: Loose) -> str:
    """What `thinking: {content, signature}` says: so the transformers of claude-code-router tell reasoning."""
    said = thinking.get("content") if isinstance(thinking, dict) else thinking
    return said if isinstance(said, str) else ""


SaidPart: TypeAlias = SaidText | SaidImage | SaidRefusal | ThinkPart | ReferencePart
AnswerContent: TypeAlias = str | list[Raw]
"""A text, or parts of which some are a `SaidPart`; servers have others of their own."""


class Logprob(Struct, omit_defaults=True):
    """`token_id` is an extension."""

    token: str
    logprob: float
    bytes: list[int] | None = None
    token_id: int | None = None
    top_logprobs: "list[Logprob] | None" = None


class Logprobs(Struct):
    content: list[Logprob] | None = None
    refusal: list[Logprob] | None = None


class AnswerImage(Struct):
    """OpenRouter's: https://openrouter.ai/docs/features/multimodal/image-generation."""

    image_url: ImageUrl
    type: str = "image_url"


class AnswerAudio(Struct, omit_defaults=True, gc=False):
    """In streams each field comes in pieces, or not at all."""

    id: str | None = None
    data: str | None = None
    transcript: str | None = None
    expires_at: int | None = None


class SaidFunction(Function, omit_defaults=True, gc=False):
    """Some servers tell the arguments as the object they are."""

    arguments: str | dict[str, Any] | None = None  # type: ignore[assignment]


class SaidToolCall(ToolCall, omit_defaults=True, gc=False):
    """A call in an answer, or a piece of one."""

    function: SaidFunction | None = None


class AnswerMessage(Struct, omit_defaults=True):
    """`thinking_blocks` are LiteLLM's."""

    role: str | None = None
    content: AnswerContent | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    thinking: Loose = None
    reasoning_details: list[ReasoningDetail] | None = None
    thinking_blocks: Loose = None
    refusal: str | None = None
    tool_calls: list[SaidToolCall] | None = None
    function_call: SaidFunction | None = None
    annotations: Loose = None
    images: Loose = None
    audio: Loose = None
    fairlead: Carried | None = None


class Choice(Struct):
    """`error` stands here where it is OpenRouter's."""

    message: AnswerMessage
    finish_reason: str | None = None
    index: int | None = 0
    logprobs: Loose = None
    error: Raw | UnsetType = UNSET


class Answer(Struct):
    choices: list[Choice] | None
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    service_tier: Loose = None
    base_resp: Loose = None


class Delta(Struct, gc=False):
    """`content` is a list where it is Mistral's; `function_call` is what servers from before there were several say."""

    content: AnswerContent | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    thinking: Loose = None
    reasoning_details: list[ReasoningDetail] | None = None
    thinking_blocks: Loose = None
    refusal: str | None = None
    tool_calls: list[SaidToolCall] | None = None
    function_call: SaidFunction | None = None
    annotations: Loose = None
    images: Loose = None
    audio: Loose = None
    fairlead: Carried | None = None


class ChunkChoice(Struct, gc=False):
    """`usage` stands here where it is Moonshot's, `error` where it is OpenRouter's. A `message` is the whole answer:
    some servers send nothing else, some repeat in it what they have streamed."""

    delta: Delta | None = None
    finish_reason: str | None = None
    index: int | None = 0
    usage: Usage | None = None
    logprobs: Loose = None
    message: Delta | None = None
    error: Raw | UnsetType = UNSET


class GroqNote(Struct, gc=False):
    """What Groq says beside the standard."""

    usage: Usage | None = None
    error: Raw | UnsetType = UNSET


class Chunk(Struct, gc=False):
    """One streamed piece; everything is optional because every server leaves out something else."""

    choices: list[ChunkChoice] | None = None
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    error: Raw | UnsetType = UNSET
    x_groq: GroqNote | None = None
    service_tier: Loose = None
    object: Loose = None


class BareError(Struct):
    """The fields of an error, of vendors that put no `error` around them; `base_resp` is MiniMax's."""

    message: Loose = None
    detail: Loose = None
    code: Loose = None
    type: Loose = None
    base_resp: Loose = None
