"""The provider APIs the simulator speaks: one row each."""

from .anthropic import Anthropic
from .bedrock import Bedrock
from .codewhisperer import CodeWhisperer
from .dialect import CountsTokens, Dialect, Endpoint, Framed, NamesErrors, Refusal
from .factory import factory
from .gemini import Gemini
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses

DIALECTS: tuple[Dialect, ...] = (
    *factory(Anthropic(), OpenAIResponses(), OpenAIChat(), Gemini()),
    Anthropic(),
    Bedrock(Anthropic()),
    CodeWhisperer(),
    Gemini(),
    OpenAIResponses(),
    OpenAIChat(),
)

__all__ = ["DIALECTS", "CountsTokens", "Dialect", "Endpoint", "Framed", "NamesErrors", "Refusal"]
