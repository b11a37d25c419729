"""The part of a Gemini request the simulator reads."""

import re
from typing import Any

import msgspec

from ..dialect import names

BUILT_IN_TOOLS = names(
    "google_search google_search_retrieval url_context code_execution google_maps file_search computer_use mcp_servers "
    "retrieval enterprise_web_search"
)
DATA_FIELDS = names(
    "text inline_data file_data function_call function_response executable_code code_execution_result tool_call "
    "tool_response"
)
"""A part has exactly one of these."""
_GENERATION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_NEWEST = (4, 0)


def generation(model: str) -> tuple[int, int]:
    """Which generation a model's name tells; a name that tells none is the newest."""
    if "gemma" in model:
        return (2, 5)
    found = _GENERATION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else _NEWEST


class Message(msgspec.Struct, rename="camel", forbid_unknown_fields=False):
    """Whatever the wire spells in camel case."""


class FunctionCall(Message):
    """A call; its arguments are an object."""

    name: str = ""
    args: dict[str, Any] = msgspec.field(default_factory=dict)
    id: str | None = None


class FunctionResponse(Message):
    """What a function answered."""

    name: str = ""
    response: dict[str, Any] = msgspec.field(default_factory=dict)
    id: str | None = None
    parts: list["Part"] = msgspec.field(default_factory=list)


class Part(Message):
    """A part; `thought_signature` may stand on any."""

    text: str | None = None
    inline_data: Any = None
    file_data: Any = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: Any = None
    code_execution_result: Any = None
    tool_call: Any = None
    tool_response: Any = None
    thought: bool | None = None
    thought_signature: str | None = None

    @property
    def data(self) -> list[str]:
        return [name for name in sorted(DATA_FIELDS) if getattr(self, name) is not None]


class Content(Message):
    """One turn; a missing role is the user's."""

    role: str = "user"
    parts: list[Part] = msgspec.field(default_factory=list)

    @property
    def calls(self) -> list[FunctionCall]:
        return [part.function_call for part in self.parts if part.function_call is not None]

    @property
    def responses(self) -> list[FunctionResponse]:
        return [part.function_response for part in self.parts if part.function_response is not None]


class Declaration(Message):
    """A function the client runs."""

    name: str = ""
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None


class Tool(Message):
    """Functions, or tools that the service runs itself."""

    function_declarations: list[Declaration] | None = None
    google_search: Any = None
    google_search_retrieval: Any = None
    url_context: Any = None
    code_execution: Any = None
    google_maps: Any = None
    file_search: Any = None
    computer_use: Any = None
    mcp_servers: Any = None
    retrieval: Any = None
    enterprise_web_search: Any = None

    @property
    def built_in(self) -> list[str]:
        return [name for name in sorted(BUILT_IN_TOOLS) if getattr(self, name) is not None]


class FunctionCallingConfig(Message):
    """Which calls the client demands."""

    mode: str = "AUTO"
    allowed_function_names: list[str] = msgspec.field(default_factory=list)


class ToolConfig(Message):
    """How tools are used."""

    function_calling_config: FunctionCallingConfig = msgspec.field(default_factory=FunctionCallingConfig)
    include_server_side_tool_invocations: bool = False


class ThinkingConfig(Message):
    """Whether thoughts are shown, and how hard to think."""

    include_thoughts: bool = False
    thinking_budget: int | None = None
    thinking_level: str | None = None


class GenerationConfig(Message):
    """What the answer shall be like."""

    max_output_tokens: int | None = None
    stop_sequences: list[str] = msgspec.field(default_factory=list)
    candidate_count: int | None = None
    temperature: float | None = None
    response_mime_type: str = "text/plain"
    response_schema: dict[str, Any] | None = None
    response_json_schema: Any = None
    thinking_config: ThinkingConfig = msgspec.field(default_factory=ThinkingConfig)


class Generate(Message):
    """`:generateContent`, `:streamGenerateContent` and what `:countTokens` takes of them."""

    contents: list[Content] = msgspec.field(default_factory=list)
    system_instruction: Content = msgspec.field(default_factory=Content)
    tools: list[Tool] = msgspec.field(default_factory=list)
    tool_config: ToolConfig = msgspec.field(default_factory=ToolConfig)
    generation_config: GenerationConfig = msgspec.field(default_factory=GenerationConfig)
    cached_content: str | None = None

    @property
    def declarations(self) -> list[Declaration]:
        return [each for tool in self.tools for each in tool.function_declarations or ()]

    @property
    def built_in(self) -> list[str]:
        return [name for tool in self.tools for name in tool.built_in]


class Asked(msgspec.Struct, frozen=True):
    """A request with what its address says."""

    model: str
    vertex: bool
    generate: Generate

    @property
    def generation(self) -> tuple[int, int]:
        return generation(self.model)
