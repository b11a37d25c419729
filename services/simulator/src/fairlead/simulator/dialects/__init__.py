"""The provider APIs the simulator speaks: one row each."""

from .anthropic import Anthropic
from .bedrock import Bedrock
from .codewhisperer import CodeWhisperer
from .dialect import CountsTokens, Dialect, Endpoint, Framed, NamesErrors, Refusal
from .factory import factory
from .gemini import Gemini
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses
from .vertex import Vertex
from .vertex.request import OfAnthropic, OfGoogle

DIALECTS: tuple[Dialect, ...] = (
    *factory(Anthropic(), OpenAIResponses(), OpenAIChat(), Gemini()),
    Anthropic(),
    Bedrock(Anthropic()),
    CodeWhisperer(),
    Vertex("anthropic", Anthropic(), Gemini(), OfAnthropic()),
    Vertex("google", Gemini(), Gemini(), OfGoogle()),
    Gemini(),
    OpenAIResponses(),
    OpenAIChat(),
)

__all__ = ["DIALECTS", "CountsTokens", "Dialect", "Endpoint", "Framed", "NamesErrors", "Refusal"]
