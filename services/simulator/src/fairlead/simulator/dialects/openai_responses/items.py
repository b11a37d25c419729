"""Refuses single input items, and calls and outputs that do not belong together, as OpenAI does."""

import re
from collections.abc import Iterator, Mapping

from ..dialect import Refusal
from ..openai_common import MAX_ID, missing, not_among, refused, too_long
from . import encrypted
from .shape import Item

_ROLES = ("assistant", "system", "developer", "user")
_TAKEN = ("input_text", "input_image", "input_file")
_SPOKEN = ("output_text", "refusal")
_PREFIXES: Mapping[str, str] = {"message": "msg", "function_call": "fc", "custom_tool_call": "ctc", "reasoning": "rs"}
_ID = re.compile(r"[a-zA-Z0-9_-]*")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "message": ("role", "content"),
    "reasoning": ("summary",),
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id", "output"),
    "item_reference": ("id",),
    "compaction": ("encrypted_content",),
}
_OF_PART: Mapping[str, str] = {"input_text": "text", "output_text": "text", "refusal": "refusal"}


def complaints(path: str, item: Item) -> Iterator[Refusal]:
    """What is wrong with one item."""
    for field in _NEEDED.get(item.type, ()):
        if getattr(item, field) is None:
            yield missing(f"{path}.{field}")
    yield from _identity(path, item)
    yield from _parts(path, item)
    if item.type == "item_reference" or (item.type == "reasoning" and _is_looked_up(item)):
        yield _not_found(item.id or "")
    elif item.encrypted_content is not None and item.type in {"reasoning", "compaction"}:
        yield from _encrypted(item.encrypted_content)


def _is_looked_up(item: Item) -> bool:
    """Reasoning that is not in the item itself has to be found where the service keeps it, and nothing is kept here."""
    return item.id is not None and not item.encrypted_content and not item.content


def _not_found(identity: str) -> Refusal:
    text = (
        f"Item with id '{identity}' not found. Items are not persisted when `store` is set to false. Try again with "
        "`store` set to true, or remove this item from your input."
    )
    return Refusal(404, text, "invalid_request_error", "input")


def _encrypted(content: str) -> Iterator[Refusal]:
    if not encrypted.is_own(content):
        shown = content if len(content) <= 12 else f"{content[:4]}...{content[-4:]}"
        text = (
            f"The encrypted content {shown} could not be verified. Reason: Encrypted content could not be decrypted or "
            "parsed."
        )
        yield refused(text, None, "invalid_encrypted_content")


def _identity(path: str, item: Item) -> Iterator[Refusal]:
    if item.id is not None:
        prefix = _PREFIXES.get(item.type, "")
        where = f"{path}.id"
        if len(item.id) > MAX_ID:
            yield too_long(where, item.id)
        elif not _ID.fullmatch(item.id):
            text = (
                f"Invalid '{where}': '{item.id}'. Expected an ID that contains letters, numbers, underscores, or "
                "dashes, but this value contained additional characters."
            )
            yield refused(text, where, "invalid_value")
        elif not item.id.startswith(prefix):
            text = f"Invalid '{where}': '{item.id}'. Expected an ID that begins with '{prefix}'."
            yield refused(text, where, "invalid_value")
    if (item.is_call or item.is_output) and item.call_id is not None:
        if len(item.call_id) > MAX_ID:
            yield too_long(f"{path}.call_id", item.call_id)
        elif not item.call_id:
            text = (
                f"Invalid '{path}.call_id': empty string. Expected a string with minimum length 1, but got an empty "
                "string instead."
            )
            yield refused(text, f"{path}.call_id", "empty_string")


def _parts(path: str, item: Item) -> Iterator[Refusal]:
    if item.is_message and item.role is not None and item.role not in _ROLES:
        yield not_among(item.role, _ROLES, f"{path}.role")
    held = [("content", item.content)] if item.is_message else [("output", item.output)] if item.is_output else []
    supported = _SPOKEN if item.is_message and item.role == "assistant" else _TAKEN
    for name, parts in held:
        for at, part in enumerate(parts if isinstance(parts, list) else ()):
            here = f"{path}.{name}[{at}]"
            field = _OF_PART.get(part.type)
            if part.type not in supported:
                yield not_among(part.type, supported, here)
            elif field and getattr(part, field) is None:
                yield missing(f"{here}.{field}")


def pairs(items: list[Item]) -> Iterator[Refusal]:
    """Every call has its output somewhere behind it, and every output its call before it."""
    called: dict[str, bool] = {}
    for item in items:
        identity = item.call_id or ""
        if item.is_call:
            called[identity] = False
        elif item.is_output and identity not in called:
            kind = "custom tool" if item.type.startswith("custom") else "function"
            yield refused(f"No tool call found for {kind} call output with call_id {identity}.", "input")
        elif item.is_output:
            called[identity] = True
    for item in items:
        if item.is_call and not called[item.call_id or ""]:
            kind = "custom tool" if item.type.startswith("custom") else "function"
            yield refused(f"No tool output found for {kind} call {item.call_id}.", "input")
