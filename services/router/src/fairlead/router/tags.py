"""Reads the `<CCR-SUBAGENT-MODEL>` tag out of a prompt, and takes it out of the prompt: it is a word to us alone.

It may stand in any block of the system prompt, and, in a subagent's request, in what the subagent was told first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared import codec
from fairlead.shared.surfaces import MODEL_LIMIT

FIRST = 2
"""How many of the first messages may hold a subagent's tag; claude-code-router 3 looks at as many of the user's."""

MOST = 16
"""Tags that are heard."""

_HEAD = 64 * 1024
"""Bytes of the conversation in which such a tag begins; instructions of a project are a few kilobytes."""

_START = b"<CCR-SUBAGENT-MODEL>"
_TAG = re.compile(rf"<CCR-SUBAGENT-MODEL>([^<]{{0,{MODEL_LIMIT}}})</CCR-SUBAGENT-MODEL>")
"""What is longer names no model."""
_WRITTEN = re.compile(rb'<CCR-SUBAGENT-MODEL>[^<"]{0,%d}</CCR-SUBAGENT-MODEL>' % MODEL_LIMIT)
"""The tag as JSON has it."""

_System: Any = str | list[dict[str, Any]]


class _Text(Struct, gc=False):
    type: str = ""
    text: str = ""


class _Said(Struct, gc=False):
    role: str = ""
    content: str | list[_Text] = ""


_messages = msgspec.json.Decoder(list[Raw])


def tags_of(fields: Mapping[str, Raw], *, subagent: bool) -> tuple[str, ...]:
    """What the tags say that say anything, the first of them: before the one that is meant may stand examples. Raises
    `FailureError` (BAD_REQUEST) for a `system` or a first message that no model could read."""
    texts = [*_system_texts(fields)]
    if subagent:
        texts += [text for said in _tagged_messages(fields) for text in _texts(said)]
    said = (tag.group(1).strip() for text in texts for tag in _TAG.finditer(text))
    return tuple(islice(filter(None, said), MOST))


def without_tags(fields: Mapping[str, Raw], *, subagent: bool) -> dict[str, Raw]:
    """Those of the fields that hold a tag where `tags_of` looks, with every tag there taken out."""
    changed = {"system": _untagged_system(fields["system"])} if _START in bytes(fields.get("system", b"")) else {}
    tagged = _tagged_messages(fields) if subagent else []
    if tagged:
        written = bytes(fields["messages"])
        for said in tagged:
            written = written.replace(bytes(said), _untagged_message(said), 1)
        changed["messages"] = Raw(written)
    return changed


def tags_in(text: str) -> str:
    """Every tag of a text, as it is written."""
    return "".join(tag.group() for tag in _TAG.finditer(text))


def _system_texts(fields: Mapping[str, Raw]) -> Iterator[str]:
    if _START not in bytes(fields.get("system", b"")):
        return
    system = codec.decode_field(fields["system"], _System, "system")
    texts = [system] if isinstance(system, str) else [block.get("text") for block in system]
    yield from (text for text in texts if isinstance(text, str))


def _tagged_messages(fields: Mapping[str, Raw]) -> Sequence[Raw]:
    """Those of the first messages in which a tag begins."""
    if _START not in bytes(memoryview(fields["messages"])[:_HEAD]):
        return []
    return [said for said in _messages.decode(fields["messages"])[:FIRST] if _START in bytes(said)]


def _texts(said: Raw) -> list[str]:
    """What the user wrote in it himself."""
    message: _Said = codec.decode_field(said, _Said, "messages[]")
    if message.role != "user":
        return []
    if isinstance(message.content, str):
        return [message.content]
    return [block.text for block in message.content if block.type == "text"]


def _untagged_system(system: Raw) -> Raw:
    value = codec.decode_field(system, _System, "system")
    if isinstance(value, str):
        return Raw(codec.encode(_TAG.sub("", value)))
    return Raw(codec.encode(_filled([_untagged(block) for block in value])))


def _untagged_message(said: Raw) -> bytes:
    """As it was written, but for blocks of which nothing is left."""
    bare = _WRITTEN.sub(b"", bytes(said))
    message: dict[str, Any] = codec.decode_field(bare, dict[str, Any], "messages[]")
    content = message.get("content")
    kept = _filled(content) if isinstance(content, list) else content
    return bare if not kept or kept == content else codec.encode(message | {"content": kept})


def _filled(blocks: list[Any]) -> list[Any]:
    """Without texts of nothing, which Anthropic refuses."""
    return [block for block in blocks if block.get("type") != "text" or str(block.get("text")).strip()]


def _untagged(block: dict[str, Any]) -> dict[str, Any]:
    text = block.get("text")
    return block | {"text": _TAG.sub("", text)} if isinstance(text, str) else block
