"""The part of a Responses request the simulator reads, and the keys the real service knows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..dialect import names

REQUEST_KEYS = names(
    "access_programs background client_metadata context_management conversation image include input instructions "
    "max_output_tokens max_tool_calls metadata model moderation multi_agent parallel_tool_calls previous_response_id "
    "prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier "
    "store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user"
)
COUNT_KEYS = names(
    "conversation input instructions model parallel_tool_calls personality previous_response_id reasoning text "
    "tool_choice tools truncation"
)
MOVED: Mapping[str, str] = {
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
}
"""Where the keys of Chat Completions have gone."""

ITEM_KEYS: Mapping[str, frozenset[str]] = {
    "message": names("type id role content status phase"),
    "reasoning": names("type id summary content encrypted_content status"),
    "function_call": names("type id call_id name arguments namespace caller async status"),
    "function_call_output": names("type id call_id output name namespace caller status"),
    "custom_tool_call": names("type id call_id name input namespace caller async status"),
    "custom_tool_call_output": names("type id call_id output caller status"),
    "item_reference": names("type id"),
    "compaction": names("type id encrypted_content"),
    "compaction_trigger": names("type"),
    "configuration_update": names("type id reasoning text"),
    "additional_tools": names("type id role tools"),
}
HOSTED_ITEMS = names(
    "web_search_call file_search_call code_interpreter_call image_generation_call computer_call computer_call_output "
    "local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output "
    "mcp_list_tools mcp_call mcp_approval_request mcp_approval_response tool_search_call tool_search_output program "
    "program_output"
)
"""Items that are not looked into."""
PART_KEYS: Mapping[str, frozenset[str]] = {
    "input_text": names("type text prompt_cache_breakpoint"),
    "input_image": names("type image_url file_id detail prompt_cache_breakpoint"),
    "input_file": names("type file_data file_id file_url filename detail prompt_cache_breakpoint"),
    "output_text": names("type text annotations logprobs"),
    "refusal": names("type refusal"),
}
TOOL_KEYS: Mapping[str, frozenset[str]] = {
    "function": names("type name description parameters strict defer_loading async allowed_callers output_schema"),
    "custom": names("type name description format defer_loading async allowed_callers"),
    "namespace": names("type name description tools"),
}
HOSTED_TOOLS = names(
    "tool_search web_search web_search_2025_08_26 web_search_preview web_search_preview_2025_03_11 file_search "
    "computer computer_use_preview mcp code_interpreter programmatic_tool_calling local_shell apply_patch shell "
    "image_generation"
)


class Part(msgspec.Struct):
    """A part of a message or of a tool's output, told apart by `type`."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_data: str | None = None


class Item(msgspec.Struct):
    """Any input item: the union of the fields read, told apart by `type`, which messages may leave out."""

    type: str = "message"
    role: str | None = None
    content: str | list[Part] | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    input: str | None = None
    output: str | list[Part] | None = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None

    @property
    def is_message(self) -> bool:
        return self.type == "message"

    @property
    def is_call(self) -> bool:
        return self.type in {"function_call", "custom_tool_call"}

    @property
    def is_output(self) -> bool:
        return self.type in {"function_call_output", "custom_tool_call_output"}

    @property
    def parts(self) -> list[Part]:
        """Of the content of a message; a string is one part, without a type of its own."""
        return self.content if isinstance(self.content, list) else []

    @property
    def text(self) -> str:
        """The words of a message, or of a tool's output."""
        held = self.output if self.is_output else self.content
        if not isinstance(held, list):
            return held or ""
        return "\n".join(part.text if part.text is not None else f"[{part.type}]" for part in held)


class Tool(msgspec.Struct):
    """A tool; a namespace holds others."""

    type: str
    name: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    defer_loading: bool | None = None
    tools: list["Tool"] | None = None


class Format(msgspec.Struct):
    """The shape demanded of the answer."""

    type: str
    name: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextOptions(msgspec.Struct):
    """What the answer's text shall be like."""

    format: Format | None = None


class Reasoning(msgspec.Struct):
    """Effort is not read: nothing here is thought about."""

    summary: str | None = None


class Create(msgspec.Struct):
    """`POST /v1/responses`, and what `/v1/responses/input_tokens` takes of it."""

    model: str
    input: str | list[Item] | None = None
    instructions: str | list[Item] | None = None
    stream: bool | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    text: TextOptions | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    include: list[str] | None = None

    @property
    def items(self) -> list[Item]:
        if isinstance(self.input, str):
            return [Item(role="user", content=self.input)]
        return self.input or []

    @property
    def callable_tools(self) -> list[tuple[str | None, Tool]]:
        """(namespace, tool) of each function and custom tool that the model can see."""
        found: list[tuple[str | None, Tool]] = []
        for tool in self.tools or ():
            inner = [(tool.name, each) for each in tool.tools or ()] if tool.type == "namespace" else [(None, tool)]
            found += [
                (space, each) for space, each in inner if each.type in {"function", "custom"} and not each.defer_loading
            ]
        return found
