"""What one upstream of a dialect understands beyond, or short of, the dialect itself: declared, never coded."""

from typing import Literal

from msgspec import Struct


class Profile(Struct, frozen=True):
    """Capabilities an encoder honours. The defaults fit an OpenAI-compatible server nothing more is known of.

    `extensions`: our documented extension fields may be sent (between the two services, and to peers who know them).
    `max_tokens_field`: what the limit of the answer is called.
    `text_parts`: text may be sent as a list of parts everywhere; otherwise it is joined into one string.
    `reasoning_effort`: the field is understood.
    `reasoning_content`: earlier reasoning is wanted back, as text.
    `stream_usage`: `stream_options.include_usage` is understood.
    `system_role`: the role instructions are sent under.
    `system_turns`: instructions may stand inside the conversation; else they are told in a user turn, marked as such.
    `adaptive_thinking`: the model decides how long to think, steered by an effort.
    `default_max_tokens`: the limit of the answer where the dialect demands one and the client gave none.
    """

    extensions: bool = False
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    text_parts: bool = False
    reasoning_effort: bool = False
    reasoning_content: bool = False
    stream_usage: bool = True
    system_role: Literal["system", "developer"] = "system"
    system_turns: bool = True
    adaptive_thinking: bool = True
    default_max_tokens: int = 32_000


PLAIN = Profile()
BETWEEN_SERVICES = Profile(extensions=True, text_parts=True, reasoning_effort=True)
"""The openai lane: everything a client said crosses from router to normalizer."""
