"""The part of an Anthropic Messages request the simulator reads; everything else is let through."""

from typing import Any

import msgspec


class Citation(msgspec.Struct):
    """Where a text has its words from."""

    type: str
    encrypted_index: str | None = None


class Block(msgspec.Struct):
    """Any content block: the union of the fields read, told apart by `type`."""

    type: str
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    tool_use_id: str | None = None
    content: str | list["Block"] | dict[str, Any] | None = None
    is_error: bool | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    encrypted_content: str | None = None
    citations: list[Citation] | dict[str, Any] | None = None
    source: Any = None
    cache_control: Any = None

    @property
    def blocks(self) -> list["Block"]:
        return self.content if isinstance(self.content, list) else []


class Message(msgspec.Struct):
    """One turn; a bare string is one text block."""

    role: str
    content: str | list[Block]

    @property
    def blocks(self) -> list[Block]:
        return [Block("text", text=self.content)] if isinstance(self.content, str) else self.content


class Tool(msgspec.Struct):
    """A tool; those with a `type` other than custom are the provider's own."""

    name: str = ""
    type: str | None = None
    input_schema: dict[str, Any] | None = None
    defer_loading: bool | None = None
    cache_control: Any = None

    @property
    def is_web_search(self) -> bool:
        return (self.type or "").startswith("web_search_")

    @property
    def is_custom(self) -> bool:
        return self.type in {None, "custom"}


class ToolChoice(msgspec.Struct):
    """Which call the client demands."""

    type: str
    name: str | None = None


class Format(msgspec.Struct):
    """The shape demanded of the answer."""

    type: str
    schema: dict[str, Any] | None = None


class OutputConfig(msgspec.Struct):
    """Effort is not read: nothing here is thought about."""

    format: Format | None = None


class Prompt(msgspec.Struct):
    """What both endpoints take."""

    model: str
    messages: list[Message]
    system: str | list[Block] | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    output_config: OutputConfig | None = None
    cache_control: Any = None

    @property
    def system_blocks(self) -> list[Block]:
        if isinstance(self.system, str):
            return [Block("text", text=self.system)]
        return self.system or []


class Count(Prompt):
    """`POST /v1/messages/count_tokens`."""


class Create(Prompt, kw_only=True):
    """`POST /v1/messages`."""

    max_tokens: int
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    output_format: Format | None = None
