"""How each dialect is asked to count the tokens of a request that is written in it, and how it answers.

Sources: https://platform.claude.com/docs/en/api/messages/count_tokens, https://ai.google.dev/api/tokens,
https://platform.openai.com/docs/api-reference/responses/input-tokens
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import encode, peek


class CountForm(Struct, frozen=True):
    """`question` makes the body to count from one to answer, for a model of that name; `figure` is where the number
    stands in the answer."""

    question: Callable[[bytes, str], bytes]
    figure: str

    def tokens(self, answer: bytes) -> int | None:
        """The number, None where the answer has none."""
        try:
            told = msgspec.json.decode(answer, type=dict[str, Raw]).get(self.figure, Raw(b"null"))
            number = msgspec.json.decode(told, type=int | None)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return number if number is not None and number >= 0 else None


def _only(*names: str) -> Callable[[bytes, str], bytes]:
    """Counting takes fewer fields than answering, and refuses the others."""
    kept = frozenset(names)

    def question(body: bytes, _model: str) -> bytes:
        return encode({name: raw for name, raw in peek(body).items() if name in kept})

    return question


def _whole(body: bytes, model: str) -> bytes:
    """Beside instructions and tools Gemini counts only a whole request, and that has to name the model."""
    return encode({"generateContentRequest": {"model": f"models/{model}", **peek(body)}})


COUNT_FORMS: Mapping[str, CountForm] = {
    "anthropic": CountForm(
        _only(
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "cache_control",
            "context_management",
            "mcp_servers",
        ),
        "input_tokens",
    ),
    "openai-responses": CountForm(
        _only(
            "model",
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "reasoning",
            "text",
            "parallel_tool_calls",
            "truncation",
            "previous_response_id",
            "conversation",
        ),
        "input_tokens",
    ),
    "gemini": CountForm(_whole, "totalTokens"),
}
"""By dialect; OpenAI's chat has no such operation."""
