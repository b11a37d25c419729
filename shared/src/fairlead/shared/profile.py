"""What one upstream of a dialect understands beyond, or short of, the dialect itself: declared, never coded."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from fairlead.shared.conversation import ToolMode

ReasoningWay: TypeAlias = Literal[
    "reasoning_effort", "reasoning", "thinking", "thinking.budget_tokens", "enable_thinking", "thinking_budget"
]
"""A field that steers reasoning, by its path in the body. `reasoning` is OpenRouter's object, `thinking` a switch like
Anthropic's, `enable_thinking` and `thinking_budget` are Qwen's."""

ThinkingMode: TypeAlias = Literal["adaptive", "enabled", "disabled", "between_tools"]

LEVELS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How much to think, from not at all; OpenAI's words, and two that others added."""


_BUDGETS = ((1_024, "minimal"), (4_096, "low"), (12_288, "medium"), (24_576, "high"), (40_960, "xhigh"))
"""The largest thinking budget of each level, as Anthropic's clients use them; whatever is above is "max"."""


BUDGETS: Mapping[str, int] = {level: most for most, level in _BUDGETS}
"""The thinking budget of each level but "max", in tokens."""


def level_of(budget: int) -> str:
    """The level that a thinking budget, in tokens, comes to."""
    return next((level for most, level in _BUDGETS if budget <= most), "max")


def efforts(*accepted: str, **documented: str) -> Mapping[str, str]:
    """What is sent for each of `LEVELS` to a model that takes only `accepted`, in rising order.

    A level it lacks becomes the nearest lower one, or the lowest there is, unless its maker documents another. "none"
    has no substitute: without it, reasoning cannot be turned off by an effort.
    """
    told: dict[str, str] = {}
    for level in LEVELS[1:]:
        lower = [word for word in accepted if word in LEVELS and 0 < LEVELS.index(word) <= LEVELS.index(level)]
        told[level] = lower[-1] if lower else next(word for word in accepted if word != "none")
    off = {"none": "none"} if "none" in accepted else {}
    return {**off, **told, **documented}


class Profile(Struct, frozen=True):
    """Capabilities an encoder honours. The defaults fit an OpenAI-compatible server nothing more is known of.

    `extensions`: our documented extension fields may be sent (between the two services, and to peers who know them).

    The answer:
    `max_tokens_field`: what the limit of the answer is called; `max_tokens_cap`: the largest that is accepted.
    `default_max_tokens`: the limit where the dialect demands one and the client gave none.
    `stream_usage`: `stream_options.include_usage` is understood.
    `json_schema`: an answer can be held to a schema; otherwise to being JSON, and the schema is told in words.

    Reasoning:
    `reasoning`: the fields that steer it, all of which are sent. `reasoning_if_configured`: the same where nothing is
    known of the server, and its operator says that a model of it reasons. `efforts`: the word for each level, see
    `efforts()`; empty: any word is taken. `thinks`: it reasons unless told not to.
    `thinks_only_streamed`: it cannot reason over a request that wants no stream.
    `thinking_modes`: the types of Anthropic's `thinking` it takes, the one to think by first; `output_effort`: and an
    effort in `output_config`. `sampling_while_thinking`: temperature and its like are free while it reasons.
    `replay`: the field in which earlier reasoning is wanted back ("content": as a part of it). `replay_required`: a
    turn without any gets a blank one: those that call tools, or all turns of a conversation with calls.
    `replay_makers`: how the names of makers begin whose signatures are understood there.

    Messages:
    `text_parts`: text may be sent as a list of parts everywhere; otherwise it is joined into one string.
    `cache_hints`: parts and tools may be marked with `cache_control`.
    `system_role`: the role instructions are sent under. `system_turns`: instructions may stand inside the
    conversation; else they are told in a user turn, marked as such.
    `alternate`: user and assistant take turns, and the assistant speaks after tools have answered.
    `names`: messages may name their author. `empty_text`: what stands where no text is, for who takes no empty one.
    `images`: pictures may be given by URL and as data, only as data, or not at all. `documents`: files may be given.
    `short_ids`: ids of tool calls have nine letters and digits.

    Tools:
    `schema_without`: keywords that may not stand in their schemas. `strict_tools`: they may be strict.
    `tool_choices`: how free the model may be to call them; `forced_while_thinking`: it may be made to call one while
    it reasons. `tools_end_reasoning`: it must be told not to reason where tools are offered, if it would be told to, or
    always. `tool_stream`: fields that a streamed request with tools should have. `declares_called`: tools that were
    called before must be declared, even if none is offered.

    Everything else:
    `top_k`: is understood. `max_stops`: stop strings it takes. `without`: top-level fields it refuses or that change
    nothing. `renames`: top-level fields it knows under another name. `takes`: fields of Responses that it
    is known to take in chat completions too.
    """

    extensions: bool = False

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    max_tokens_cap: int | None = None
    default_max_tokens: int = 32_000
    stream_usage: bool = True
    json_schema: bool = True

    reasoning: tuple[ReasoningWay, ...] = ()
    reasoning_if_configured: tuple[ReasoningWay, ...] = ()
    efforts: Mapping[str, str] = {}
    thinks: bool = False
    thinks_only_streamed: bool = False
    thinking_modes: tuple[ThinkingMode, ...] = ("adaptive", "enabled", "disabled", "between_tools")
    output_effort: bool = True
    sampling_while_thinking: bool = True
    replay: Literal["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "content"] | None = None
    replay_required: Literal["calls", "all"] | None = None
    replay_makers: tuple[str, ...] = ()

    text_parts: bool = False
    cache_hints: bool = False
    system_role: Literal["system", "developer"] = "system"
    system_turns: bool = True
    alternate: bool = False
    names: bool = True
    empty_text: str = ""
    images: Literal["url", "data", "none"] = "url"
    documents: bool = True
    short_ids: bool = False

    schema_without: frozenset[str] = frozenset()
    strict_tools: bool = True
    tool_choices: frozenset[ToolMode] = frozenset(ToolMode)
    forced_while_thinking: bool = True
    tools_end_reasoning: Literal["if asked", "always"] | None = None
    tool_stream: Mapping[str, Any] = {}
    declares_called: bool = False

    top_k: bool = False
    max_stops: int = 4
    without: frozenset[str] = frozenset()
    renames: Mapping[str, str] = {}
    takes: frozenset[str] = frozenset()

    @property
    def reasoning_effort(self) -> bool:
        """Whether an effort may be asked for by OpenAI's name."""
        return "reasoning_effort" in self.reasoning


PLAIN = Profile()
BETWEEN_SERVICES = Profile(extensions=True, text_parts=True, reasoning=("reasoning_effort",))
"""The openai lane: everything a client said crosses from router to normalizer."""
