"""Refuses what the Anthropic API refuses, in its own wording, so that a gateway's mistakes show.

Not everything it checks is checked here: the rules are those that translations break.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from ..dialect import Endpoint, names
from . import made_here
from .shape import Block, Message, Prompt

FOREIGN_KEYS = names(
    "audio contents extra_body frequency_penalty function_call functions generationConfig input instructions "
    "logit_bias logprobs max_completion_tokens modalities n parallel_tool_calls presence_penalty prompt_cache_key "
    "reasoning reasoning_effort response_format safety_identifier seed stop store stream_options "
    "systemInstruction text top_logprobs user verbosity"
)
"""Request keys of other vendors' APIs. Keys nobody knows pass: new ones come with every release of a client."""
FOREIGN_MESSAGE_KEYS = names(
    "annotations audio function_call name reasoning reasoning_content reasoning_details refusal tool_call_id tool_calls"
)
FOREIGN_BLOCKS = names("file function_call image_url input_audio input_file input_image input_text output_text refusal")
NOT_COUNTED = frozenset({"max_tokens", "stream", "stop_sequences", "temperature", "top_p", "top_k", "metadata"})
"""Keys that count_tokens does not take."""
SAMPLING = frozenset({"temperature", "top_p", "top_k"})
NO_SAMPLING_SINCE = "2026-10-21"
"""From this `anthropic-version` on the sampling keys are gone."""

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
MAX_CACHE_MARKS = 4
_ROLES = frozenset({"user", "assistant", "system"})

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "server_tool_use": ("id", "name", "input"),
    "web_search_tool_result": ("tool_use_id", "content"),
}


def key_complaint(keys: frozenset[str], endpoint: Endpoint, version: str) -> str | None:
    """The complaint about the request's top-level keys."""
    refused = FOREIGN_KEYS
    if endpoint is Endpoint.COUNT:
        refused |= NOT_COUNTED
    if version >= NO_SAMPLING_SINCE:
        refused |= SAMPLING
    found = sorted(keys & refused)
    return f"{found[0]}: Extra inputs are not permitted" if found else None


def message_key_complaint(messages: list[dict[str, object]]) -> str | None:
    """The complaint about keys of other vendors on messages."""
    for at, message in enumerate(messages):
        if found := sorted(message.keys() & FOREIGN_MESSAGE_KEYS):
            return f"messages.{at}.{found[0]}: Extra inputs are not permitted"
    return None


def complaint(prompt: Prompt) -> str | None:
    """The first complaint about a request that has the right shape."""
    return next((found for check in _CHECKS for found in check(prompt)), None)


def _roles(prompt: Prompt) -> Iterator[str]:
    if not prompt.messages:
        yield "messages: at least one message is required"
    for message in prompt.messages:
        if message.role not in _ROLES:
            yield f'messages: Unexpected role "{message.role}". Allowed roles are "user" or "assistant".'


def _contents(prompt: Prompt) -> Iterator[str]:
    yield from _texts("system", prompt.system_blocks)
    last = len(prompt.messages) - 1
    for at, message in enumerate(prompt.messages):
        if not message.content and not (at == last and message.role == "assistant"):
            text = "all messages must have non-empty content except for the optional final assistant message"
            yield f"messages.{at}: {text}"
        for place, block in enumerate(message.blocks if message.content else ()):
            yield from _block(f"messages.{at}.content.{place}", block, message)
        yield from _texts("messages", message.blocks if message.content else [])


def _block(path: str, block: Block, message: Message) -> Iterator[str]:
    if block.type in FOREIGN_BLOCKS:
        yield f"{path}: Input tag '{block.type}' found using 'type' does not match any of the expected tags"
    for field in _NEEDED.get(block.type, ()):
        if getattr(block, field) is None:
            yield f"{path}.{block.type}.{field}: Field required"
    if block.type == "tool_use" and not isinstance(block.input, dict):
        yield f"{path}.tool_use.input: Input should be a valid dictionary"
    for field in ("id", "tool_use_id"):
        identity = getattr(block, field)
        if block.type in {"tool_use", "tool_result"} and identity is not None and not _ID.fullmatch(identity):
            yield f"{path}.{block.type}.{field}: String should match pattern '^[a-zA-Z0-9_-]+$'"
    own = {"tool_use": "assistant", "thinking": "assistant", "redacted_thinking": "assistant", "tool_result": "user"}
    if own.get(block.type, message.role) != message.role:
        yield f"{path}: `{block.type}` blocks can only be in `{own[block.type]}` messages"
    for place, inner in enumerate(block.blocks if block.type == "tool_result" else ()):
        yield from _block(f"{path}.tool_result.content.{place}", inner, message)
    if block.type == "tool_result":
        yield from _texts("messages", block.blocks)


def _texts(owner: str, blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if block.type == "text" and block.text == "":
            yield f"{owner}: text content blocks must be non-empty"
        elif block.type == "text" and block.text is not None and not block.text.strip():
            yield f"{owner}: text content blocks must contain non-whitespace text"


def _pairs(prompt: Prompt) -> Iterator[str]:
    """Each turn with calls is answered, whole, by the next one. Turns of one role in a row count as one turn."""
    seen: set[str] = set()
    open_calls: list[str] = []
    for at, role, blocks in _turns(prompt.messages):
        results = [block.tool_use_id or "" for block in blocks if block.type == "tool_result"]
        missing = [call for call in open_calls if call not in results]
        if missing:
            yield _unanswered(at - 1, missing)
        for result in results:
            if result not in open_calls:
                yield (
                    f"messages.{at}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {result}. Each "
                    "`tool_result` block must have a corresponding `tool_use` block in the previous message."
                )
        if len(set(results)) < len(results):
            text = "each tool_use must have a single result. Found multiple `tool_result` blocks with one id"
            yield f"messages.{at}: {text}"
        open_calls = [block.id or "" for block in blocks if block.type == "tool_use"] if role == "assistant" else []
        for call in open_calls:
            if call in seen:
                yield f"messages.{at}: `tool_use` ids must be unique"
            seen.add(call)
    if open_calls:
        yield _unanswered(len(prompt.messages) - 1, open_calls)


def _unanswered(at: int, calls: list[str]) -> str:
    return (
        f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(calls)}. "
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    )


def _turns(messages: list[Message]) -> Iterator[tuple[int, str, list[Block]]]:
    """(index of the first message, role, blocks) of each turn."""
    start, role, blocks = 0, "", list[Block]()
    for at, message in enumerate(messages):
        if message.role != role:
            if blocks or role:
                yield start, role, blocks
            start, role, blocks = at, message.role, []
        blocks.extend(message.blocks)
    if role:
        yield start, role, blocks


def _tools(prompt: Prompt) -> Iterator[str]:
    names: set[str] = set()
    for at, tool in enumerate(prompt.tools or ()):
        if not tool.is_custom:
            continue
        if not _TOOL_NAME.fullmatch(tool.name):
            yield f"tools.{at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
        if tool.input_schema is None:
            yield f"tools.{at}.custom.input_schema: Field required"
        elif tool.input_schema.get("type") != "object":
            yield f"tools.{at}.custom.input_schema.type: Input should be 'object'"
        if tool.name in names:
            yield "tools: Tool names must be unique."
        names.add(tool.name)
    choice = prompt.tool_choice
    if choice and choice.type == "tool" and choice.name not in {tool.name for tool in prompt.tools or ()}:
        yield f"Tool '{choice.name}' not found in provided tools"
    if choice and not prompt.tools:
        yield "tool_choice: tool_choice may only be specified while providing tools"


def _cache_marks(prompt: Prompt) -> Iterator[str]:
    marks = sum(
        1
        for holder in (*prompt.system_blocks, *(prompt.tools or ()), *_every_block(prompt.messages))
        if holder.cache_control is not None
    )
    if marks > MAX_CACHE_MARKS:
        yield f"A maximum of {MAX_CACHE_MARKS} blocks with cache_control may be provided. Found {marks}."


def _every_block(messages: list[Message]) -> Iterator[Block]:
    for message in messages:
        for block in message.blocks:
            yield block
            yield from block.blocks


_CHECKS: tuple[Callable[[Prompt], Iterator[str]], ...] = (
    _roles,
    _contents,
    _pairs,
    _tools,
    _cache_marks,
    made_here.thinking,
    made_here.searches,
)
