"""Reads an Anthropic Messages request into a turn, or refuses it as the API does."""

from typing import Any

import msgspec

from ...http1 import Request
from ...turn import ANY_TOOL, Sizes, Story, Tool, Turn, sizes
from ..dialect import Endpoint, Refusal
from ..violations import violation
from . import checks
from .shape import Block, Count, Create, Prompt

_TYPES = {"str": "string", "int": "integer", "bool": "boolean", "array": "list", "object": "dictionary"}


class _Named(msgspec.Struct):
    model: str


_MODEL = msgspec.json.Decoder(_Named)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_MESSAGES = msgspec.json.Decoder(list[msgspec.Raw])
_MESSAGE_KEYS = msgspec.json.Decoder(list[dict[str, Any]])
_BODIES: dict[Endpoint, msgspec.json.Decoder[Any]] = {
    Endpoint.GENERATE: msgspec.json.Decoder(Create),
    Endpoint.COUNT: msgspec.json.Decoder(Count),
}


def model(body: bytes) -> str:
    """The model named, or ""."""
    try:
        return _MODEL.decode(body).model
    except msgspec.DecodeError:
        return ""


def read(request: Request, endpoint: Endpoint, *, strict: bool) -> Turn | Refusal:
    """The turn, or the refusal the API would give: always 400 here."""
    version = request.header("anthropic-version")
    if strict and version is None:
        return Refusal(400, "anthropic-version: header is required")
    try:
        keys = _KEYS.decode(request.body)
        prompt: Prompt = _BODIES[endpoint].decode(request.body)
    except msgspec.ValidationError as error:
        return Refusal(400, _worded(error))
    except msgspec.DecodeError as error:
        return Refusal(400, f"The request body is not valid JSON: {error}")
    if strict:
        found = (
            checks.key_complaint(frozenset(keys), endpoint, version or "")
            or checks.message_key_complaint(_MESSAGE_KEYS.decode(keys["messages"]))
            or checks.complaint(prompt)
        )
        if found:
            return Refusal(400, found)
    return _turn(prompt, _sizes(prompt, keys))


def _worded(error: msgspec.ValidationError) -> str:
    found = violation(error)
    if found.missing:
        return f"{found.dotted}: Field required"
    kinds = [_TYPES.get(kind.strip(), kind.strip()) for kind in found.expected.split("|")]
    return f"{found.dotted}: Input should be a valid {' or '.join(kinds)}".removeprefix(": ")


def _sizes(prompt: Prompt, keys: dict[str, msgspec.Raw]) -> Sizes:
    fixed = sum(len(bytes(keys[name])) for name in ("system", "tools") if name in keys)
    weights = [len(bytes(raw)) for raw in _RAW_MESSAGES.decode(keys["messages"])]
    return sizes(fixed, [(message.role, weight) for message, weight in zip(prompt.messages, weights, strict=True)])


def _turn(prompt: Prompt, weights: Sizes) -> Turn:
    story = _story(prompt)
    create = prompt if isinstance(prompt, Create) else None
    marked = any(holder.cache_control is not None for holder in _cacheable(prompt))
    return Turn(
        model=prompt.model,
        stream=bool(create and create.stream),
        prompt=story.prompt,
        rounds=story.rounds,
        background=tuple(story.background),
        tools=tuple(Tool(tool.name, tool.input_schema or {}) for tool in prompt.tools or () if _is_callable(tool)),
        schema=_schema(prompt),
        forced=_forced(prompt),
        max_tokens=create.max_tokens if create else None,
        stops=tuple(create.stop_sequences or ()) if create else (),
        sizes=weights,
        caches=marked,
        searches=any(tool.is_web_search for tool in prompt.tools or ()),
    )


def _is_callable(tool: Any) -> bool:
    return bool(tool.is_custom and not tool.defer_loading)


def _cacheable(prompt: Prompt) -> list[Any]:
    blocks = [block for message in prompt.messages for block in message.blocks]
    return [prompt, *prompt.system_blocks, *(prompt.tools or ()), *blocks]


def _schema(prompt: Prompt) -> dict[str, Any] | None:
    wanted = prompt.output_config.format if prompt.output_config else None
    if wanted is None and isinstance(prompt, Create):
        wanted = prompt.output_format
    return wanted.schema if wanted else None


def _forced(prompt: Prompt) -> str | None:
    choice = prompt.tool_choice
    if choice is None:
        return None
    return {"any": ANY_TOOL, "tool": choice.name}.get(choice.type)


def _story(prompt: Prompt) -> Story:
    story = Story()
    for block in prompt.system_blocks:
        story.told(block.text or "")
    for message in prompt.messages:
        story.called([(block.id or "", block.name or "") for block in message.blocks if block.type == "tool_use"])
        hear = story.asked if message.role == "user" else story.told
        for block in message.blocks:
            if block.type == "text" and message.role != "assistant":
                hear(block.text or "")
            elif block.type == "tool_result":
                story.answered(block.tool_use_id or "", _text(block), bool(block.is_error))
    return story


def _text(result: Block) -> str:
    if isinstance(result.content, str):
        return result.content
    return "\n".join(block.text if block.text is not None else f"[{block.type}]" for block in result.blocks)
