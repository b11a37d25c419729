"""Refuses what only the provider can have made and did not: foreign or altered signatures, searches, their finds."""

import base64
import re
from collections.abc import Iterator

from ...script import RedactedThinking, Thinking, is_own
from ...seals import opened
from .answer import CITATION, SEARCH_RESULT
from .shape import Block, Prompt

_SEARCH_ID = re.compile(r"srvtoolu_[a-zA-Z0-9_]+")


def thinking(prompt: Prompt) -> Iterator[str]:
    """Every thinking block of the conversation is as this provider gave it out."""
    for path, block in _assistant_blocks(prompt):
        if block.type == "thinking" and not is_own(Thinking(block.thinking or "", block.signature or "")):
            yield f"{path}: Invalid `signature` in `thinking` block"
        elif block.type == "redacted_thinking" and not is_own(RedactedThinking(block.data or "")):
            yield f"{path}: Invalid `data` in `redacted_thinking` block"


def searches(prompt: Prompt) -> Iterator[str]:
    """Each search is followed by what it has found, under its id and as it was given out."""
    last = len(prompt.messages) - 1
    for at, message in enumerate(prompt.messages):
        waiting: list[str] = []
        for place, block in enumerate(message.blocks):
            path = f"messages.{at}.content.{place}"
            identity = block.tool_use_id or ""
            if block.type == "server_tool_use":
                if not _SEARCH_ID.fullmatch(block.id or ""):
                    yield f"{path}.server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'"
                waiting += [block.id or ""] if block.name == "web_search" else []
            elif block.type == "web_search_tool_result" and identity in waiting:
                waiting.remove(identity)
            elif block.type == "web_search_tool_result":
                yield (
                    f"{path}: unexpected `tool_use_id` found in `web_search_tool_result` blocks: {identity}. Each "
                    "`web_search_tool_result` block must have a corresponding `server_tool_use` block before it."
                )
            yield from _sealed_fields(path, block)
        if waiting and at != last:
            yield (
                f"messages.{at}: `web_search` tool use with id `{waiting[0]}` was found without a corresponding "
                "`web_search_tool_result` block"
            )


def _sealed_fields(path: str, block: Block) -> Iterator[str]:
    if block.type == "web_search_tool_result":
        for place, found in enumerate(block.blocks):
            if found.type == "web_search_result" and not _is_sealed(SEARCH_RESULT, found.encrypted_content):
                yield f"{path}.content.{place}: Invalid `encrypted_content` in `web_search_result` block"
    for place, citation in enumerate(block.citations if isinstance(block.citations, list) else ()):
        if citation.type == "web_search_result_location" and not _is_sealed(CITATION, citation.encrypted_index):
            yield f"{path}.citations.{place}: Invalid `encrypted_index` in `web_search_result_location`"


def _is_sealed(purpose: str, text: str | None) -> bool:
    try:
        return text is not None and opened(purpose, base64.b64decode(text, validate=True)) is not None
    except ValueError:
        return False


def _assistant_blocks(prompt: Prompt) -> Iterator[tuple[str, Block]]:
    for at, message in enumerate(prompt.messages):
        if message.role == "assistant":
            for place, block in enumerate(message.blocks):
                yield f"messages.{at}.content.{place}", block
