"""The neutral form of a conversation: what every dialect decodes into and encodes from.

Blocks, sources and tools are tagged by their class names, so that a part of a conversation can itself be sent as JSON.

It keeps what has meaning in any dialect under one name, what only one dialect knows as `Unknown` or `Extras`
(raw JSON, named by its dialect), and never a vendor's spelling of a common idea.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, TypeAlias

from msgspec import Raw, Struct

Role: TypeAlias = Literal["user", "assistant", "system", "developer"]


class Extras(Struct, frozen=True, gc=False):
    """Fields that only `dialect` has words for: JSON text by key, in the order they came."""

    dialect: str
    fields: Mapping[str, Raw]


PARAGRAPH = "\n\n"
"""Between the parts of a summary, where they are one text."""


class CacheHint(Struct, frozen=True, gc=False):
    """ "The prompt up to here is worth caching", for `ttl` ("5m", "1h") or the provider's default when None."""

    ttl: str | None = None


class Base64Source(Struct, frozen=True, gc=False, tag=True):
    """Inline bytes: `data` is base64 text."""

    media_type: str
    data: str


class UrlSource(Struct, frozen=True, gc=False, tag=True):
    """Bytes the provider fetches; fairlead never does."""

    url: str


class FileSource(Struct, frozen=True, gc=False, tag=True):
    """Bytes that `maker` (of a dialect: both of OpenAI's have one) holds under `file_id`; meaningless to others."""

    file_id: str
    maker: str = ""


class TextSource(Struct, frozen=True, gc=False, tag=True):
    """A document given as plain text."""

    text: str
    media_type: str = "text/plain"


Source: TypeAlias = Base64Source | UrlSource | FileSource | TextSource


class Citation(Struct, frozen=True, gc=False):
    """Where a text has something from. `start` and `end` (exclusive) are characters of that text; `quote` is what the
    source says. `raw` is the whole citation as its own dialect wrote it."""

    url: str | None = None
    title: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    raw: "Unknown | None" = None


class Logprob(Struct, frozen=True, gc=False):
    """A token of an answer and the natural logarithm of its probability. `bytes` of its UTF-8, which may be half a
    character; `id` in the model's vocabulary; `top`: the likeliest tokens in its place."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None = None
    id: int | None = None
    top: "tuple[Logprob, ...]" = ()


class Text(Struct, frozen=True, gc=False, tag=True):
    """A run of text. `refusal`: the model says why it will not answer. `logprobs`: of its tokens, if they were told."""

    text: str
    cache: CacheHint | None = None
    extras: Extras | None = None
    citations: tuple[Citation, ...] = ()
    refusal: bool = False
    logprobs: tuple[Logprob, ...] = ()


class Thinking(Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """A model's reasoning.

    `signature` proves to `maker` (a dialect's name) that it is unchanged, or is all of it that the maker needs back;
    "" when there is none. One without text belongs to the block right after it: so does a dialect that signs calls or
    texts say it. `extras`: what else belongs to it (an item's id). `parts`: the lengths of the parts that `PARAGRAPH`
    joins to its text, where there are several.
    """

    text: str
    signature: str = ""
    maker: str = ""
    extras: Extras | None = None
    parts: tuple[int, ...] = ()

    def told_in(self, lengths: Sequence[int]) -> list[str]:
        """The text taken apart into parts of these lengths; whole if they do not fit it."""
        if sum(lengths) + len(PARAGRAPH) * (len(lengths) - 1) != len(self.text):
            return [self.text] if self.text else []
        parts, at = [], 0
        for length in lengths:
            parts.append(self.text[at : at + length])
            at += length + len(PARAGRAPH)
        return parts


class RedactedThinking(Struct, frozen=True, gc=False, tag=True):
    """Reasoning that only `maker` can read."""

    data: str
    maker: str = ""


class Image(Struct, frozen=True, gc=False, tag=True):
    """A picture. `detail` is OpenAI's resolution hint."""

    source: Source
    detail: str | None = None
    cache: CacheHint | None = None
    extras: Extras | None = None


class Document(Struct, frozen=True, gc=False, tag=True):
    """A file to read: PDF or text."""

    source: Source
    title: str | None = None
    cache: CacheHint | None = None
    extras: Extras | None = None


class Audio(Struct, frozen=True, gc=False, tag=True):
    """Sound to listen to. `transcript`: the words in it, if they were told."""

    source: Base64Source
    extras: Extras | None = None
    transcript: str = ""


class ToolCall(Struct, frozen=True, gc=False, tag=True):
    """The model asks for a tool.

    `arguments` is JSON text exactly as it was written; of a `custom` tool it is the bare input, any text. `namespace`
    groups tools in dialects that know it.
    """

    id: str
    name: str
    arguments: str
    cache: CacheHint | None = None
    extras: Extras | None = None
    custom: bool = False
    namespace: str | None = None


class SearchHit(Struct, frozen=True, gc=False):
    """One result of a web search."""

    url: str
    title: str = ""


class ServerCall(Struct, frozen=True, gc=False, tag=True):
    """The provider itself runs a tool (`name`, e.g. "web_search"); `arguments` is JSON text. `raw`: as its dialect
    wrote it, when it came whole."""

    id: str
    name: str
    arguments: str
    raw: "Unknown | None" = None


class ServerResult(Struct, frozen=True, gc=False, tag=True):
    """What the provider's own tool found. `error` is the provider's code when it failed. `raw`: as its dialect wrote
    it."""

    call_id: str
    name: str
    hits: tuple[SearchHit, ...] = ()
    error: str | None = None
    raw: "Unknown | None" = None


class ToolReference(Struct, frozen=True, gc=False, tag=True):
    """Inside a tool's answer: the deferred tool `name` may be called from now on."""

    name: str


class Unknown(Struct, frozen=True, gc=False, tag=True):
    """A block or part that only `dialect` understands, verbatim."""

    dialect: str
    raw: Raw


Part: TypeAlias = Text | Image | Document | Audio | ToolReference | Unknown


class ToolResult(Struct, frozen=True, gc=False, tag=True):
    """What a tool answered. Stands in a user turn, before anything else in it."""

    call_id: str
    content: tuple[Part, ...]
    is_error: bool | None = None
    cache: CacheHint | None = None
    extras: Extras | None = None


Block: TypeAlias = (
    Text
    | Thinking
    | RedactedThinking
    | Image
    | Document
    | Audio
    | ToolCall
    | ToolResult
    | ServerCall
    | ServerResult
    | ToolReference
    | Unknown
)


class Turn(Struct, frozen=True, gc=False):
    """One message. Consecutive turns of one role are allowed; an encoder merges them where its target demands."""

    role: Role
    content: tuple[Block, ...]
    name: str | None = None
    extras: Extras | None = None


class Tool(Struct, frozen=True, gc=False, tag=True):
    """A function the model may call. `parameters` is its JSON schema, verbatim; None when it was not given.

    `deferred`: the model is told of it only after a `ToolReference` to it. `custom`: its input is free text, shaped by
    `format` (JSON) if given, and `parameters` is None. `namespace` groups tools in dialects that know it.
    """

    name: str
    description: str | None
    parameters: Raw | None
    strict: bool | None = None
    deferred: bool = False
    cache: CacheHint | None = None
    extras: Extras | None = None
    custom: bool = False
    format: Raw | None = None
    namespace: str | None = None


class ServerTool(Struct, frozen=True, gc=False, tag=True):
    """A tool the provider runs itself; `name` is "web_search" for the one several dialects have. Domains and uses bound
    it where given. `raw`: as its dialect wrote it, `extras`: what of it only that dialect knows."""

    name: str
    raw: Unknown
    allowed_domains: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    max_uses: int | None = None
    location: Raw | None = None
    extras: Extras | None = None


class ToolMode(StrEnum):
    """How free the model is to call tools."""

    AUTO = "auto"
    NONE = "none"
    ANY = "any"
    NAMED = "named"


class ToolChoice(Struct, frozen=True, gc=False):
    """`name` is set exactly when `mode` is NAMED. `parallel` None leaves the provider's default. `allowed`: the only
    tools that may be called, by name; empty: all."""

    mode: ToolMode
    name: str | None = None
    parallel: bool | None = None
    allowed: tuple[str, ...] = ()


class Reasoning(Struct, frozen=True, gc=False):
    """How much to think. `mode` is Anthropic's switch; `effort` the scale both vendors share; None: not said."""

    mode: str | None = None
    budget_tokens: int | None = None
    display: str | None = None
    effort: str | None = None
    extras: Extras | None = None


class OutputFormat(Struct, frozen=True, gc=False):
    """Structured output: JSON that fits `schema`, or any JSON object when it is None."""

    schema: Raw | None
    name: str | None = None
    strict: bool | None = None
    description: str | None = None


class Sampling(Struct, frozen=True, gc=False):
    """Knobs of the random choice; None: the provider's default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


class Request(Struct, frozen=True, gc=False):
    """One call of a model.

    `instructions` stand before the conversation; instructions inside it are turns of role "system" or "developer".
    `stop` holds the strings that end the answer. `user` is the caller's opaque end-user id. `logprobs`: how many
    alternatives to each token of the answer to tell, with how likely they were; 0: the tokens alone; None: not asked.
    `service_tier` is in OpenAI's words.
    """

    model: str
    turns: tuple[Turn, ...]
    instructions: tuple[Text | Unknown, ...] = ()
    tools: tuple[Tool | ServerTool | Unknown, ...] = ()
    tool_choice: ToolChoice | None = None
    max_tokens: int | None = None
    reasoning: Reasoning = Reasoning()
    output_format: OutputFormat | None = None
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    stream: bool = False
    stream_usage: bool = True
    user: str | None = None
    logprobs: int | None = None
    service_tier: str | None = None
    extras: Extras | None = None


class FinishReason(StrEnum):
    """Why the model stopped."""

    STOP = "stop"
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    CONTEXT_WINDOW = "context_window"
    TOOL_CALLS = "tool_calls"
    REFUSAL = "refusal"
    PAUSE = "pause"
    OTHER = "other"


class Finish(Struct, frozen=True, gc=False):
    """`sequence` is the stop string that was hit; `raw` the provider's own word when `reason` is OTHER."""

    reason: FinishReason
    sequence: str | None = None
    raw: str | None = None
    extras: Extras | None = None


class Usage(Struct, frozen=True, gc=False):
    """Tokens of one call. `input` excludes cache reads and writes; `output` includes `reasoning`. `tier`: how the call
    was served ("standard", "priority", "flex", "batch"), if that was told."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    extras: Extras | None = None
    tier: str | None = None

    @property
    def prompt(self) -> int:
        """Everything the model read."""
        return self.input + self.cache_read + self.cache_write

    def by_kind(self) -> dict[str, int]:
        """Its tokens, each counted once, under the names that logs and figures have for them."""
        return {
            "input": self.input,
            "cache_read": self.cache_read,
            "cache_write": self.cache_write,
            "output": self.output,
        }


class Message(Struct, frozen=True, gc=False):
    """One complete answer."""

    id: str
    model: str
    content: tuple[Block, ...]
    finish: Finish
    usage: Usage
    extras: Extras | None = None
