"""Content blocks between Anthropic's shape and the neutral form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw, UnsetType

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Base64Source,
    Block,
    CacheHint,
    Document,
    Extras,
    FileSource,
    Image,
    RedactedThinking,
    Source,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolReference,
    ToolResult,
    Unknown,
    UrlSource,
)
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.wire import anthropic as wire

NAME = "anthropic"

WireBlock: TypeAlias = wire.Block | wire.ToolReferenceBlock


# From the wire ----------------------------------------------------------------------------------


def read_cache(control: wire.CacheControl | None) -> CacheHint | None:
    """A cache marker; its only type is "ephemeral"."""
    if control is None:
        return None
    return CacheHint(control.ttl if isinstance(control.ttl, str) else None)


def extras_of(**fields: Raw | UnsetType) -> Extras | None:
    """The fields that were given, as Anthropic's own."""
    given = {key: value for key, value in fields.items() if isinstance(value, Raw)}
    return Extras(NAME, given) if given else None


def _source(
    source: wire.Base64Source | wire.UrlSource | wire.FileSource | wire.TextSource,
) -> Source:
    match source:
        case wire.Base64Source(media_type, data):
            return Base64Source(media_type, data)
        case wire.UrlSource(url):
            return UrlSource(url)
        case wire.FileSource(file_id):
            return FileSource(file_id)
        case wire.TextSource(data, media_type):
            return TextSource(data, media_type)


def _text(block: wire.TextBlock) -> Text:
    return Text(block.text, read_cache(block.cache_control), extras_of(citations=block.citations))


def _thinking(block: wire.ThinkingBlock) -> Thinking:
    return Thinking(block.thinking, block.signature if isinstance(block.signature, str) else "")


def _redacted(block: wire.RedactedThinkingBlock) -> RedactedThinking:
    return RedactedThinking(block.data)


def _image(block: wire.ImageBlock) -> Image:
    extras = extras_of(transformations=block.transformations)
    return Image(_source(block.source), cache=read_cache(block.cache_control), extras=extras)


def _document(block: wire.DocumentBlock) -> Document:
    extras = extras_of(context=block.context, citations=block.citations)
    return Document(_source(block.source), block.title, read_cache(block.cache_control), extras)


def _tool_use(block: wire.ToolUseBlock) -> ToolCall:
    extras = extras_of(caller=block.caller, toolset_name=block.toolset_name)
    return ToolCall(block.id, block.name, bytes(block.input).decode(), read_cache(block.cache_control), extras)


def _tool_reference(block: wire.ToolReferenceBlock) -> ToolReference:
    return ToolReference(block.tool_name)


def _tool_result(block: wire.ToolResultBlock) -> ToolResult:
    content = block.content
    if content is None:
        parts: tuple[Any, ...] = ()
    elif isinstance(content, str):
        parts = (Text(content),)
    else:
        parts = read_blocks(content)
    extras = extras_of(toolset_name=block.toolset_name)
    return ToolResult(block.tool_use_id, parts, block.is_error, read_cache(block.cache_control), extras)


_READERS: Mapping[type, Callable[[Any], Block]] = {
    wire.TextBlock: _text,
    wire.ThinkingBlock: _thinking,
    wire.RedactedThinkingBlock: _redacted,
    wire.ImageBlock: _image,
    wire.DocumentBlock: _document,
    wire.ToolUseBlock: _tool_use,
    wire.ToolReferenceBlock: _tool_reference,
    wire.ToolResultBlock: _tool_result,
}
_BY_TAG: Mapping[str, type] = {str(kind.__struct_config__.tag): kind for kind in _READERS}  # type: ignore[attr-defined]


def read_blocks(blocks: Iterable[WireBlock]) -> tuple[Block, ...]:
    """Typed blocks as neutral ones."""
    return tuple([_READERS[type(block)](block) for block in blocks])


def read_raw_block(raw: Raw, path: str) -> Block:
    """One block that may be of an unknown type or have unknown fields: the known part is read, the rest kept.

    Raises FailureError (BAD_REQUEST) naming `path` when a field we do know has the wrong shape.
    """
    fields = decode_field(raw, dict[str, Raw], path)
    if "type" not in fields:
        raise refuse(Kind.BAD_REQUEST, f"{path}.type: Field required", param=f"{path}.type")
    kind = _BY_TAG.get(decode_field(fields["type"], str, f"{path}.type"))
    if kind is None:
        return Unknown(NAME, raw)
    if kind is wire.ToolResultBlock and "content" in fields:
        return _read_loose_result(fields, path)
    return _read_known(kind, fields, path)


def _read_known(kind: type, fields: Mapping[str, Raw], path: str) -> Block:
    names = {"type", *kind.__struct_fields__}  # type: ignore[attr-defined]
    known = encode({key: value for key, value in fields.items() if key in names})
    block = _READERS[kind](decode_field(known, kind, path))
    return _with_extras(block, {key: value for key, value in fields.items() if key not in names})


def _read_loose_result(fields: Mapping[str, Raw], path: str) -> Block:
    rest = {key: value for key, value in fields.items() if key != "content"}
    result = _read_known(wire.ToolResultBlock, rest, path)
    content = read_content(fields["content"], f"{path}.content")
    return msgspec.structs.replace(result, content=content)


def read_content(raw: Raw, path: str) -> tuple[Block, ...]:
    """A content field: a string, null, or a list of blocks of any kind."""
    content = decode_field(raw, str | list[Raw] | None, path)
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    return tuple([read_raw_block(one, f"{path}[{index}]") for index, one in enumerate(content)])


def _with_extras(block: Block, unknown: Mapping[str, Raw]) -> Block:
    if not unknown or not hasattr(block, "extras"):
        return block
    known = block.extras.fields if block.extras is not None else {}
    return msgspec.structs.replace(block, extras=Extras(NAME, {**known, **unknown}))


# To the wire ------------------------------------------------------------------------------------


def write_cache(hint: CacheHint | None) -> dict[str, Any]:
    """The `cache_control` entry, or nothing."""
    if hint is None:
        return {}
    control = {"type": "ephemeral"} if hint.ttl is None else {"type": "ephemeral", "ttl": hint.ttl}
    return {"cache_control": control}


def write_extras(extras: Extras | None) -> Mapping[str, Raw]:
    """What we kept for our own dialect; another dialect's extras mean nothing here."""
    return extras.fields if extras is not None and extras.dialect == NAME else {}


def write_source(source: Source) -> dict[str, Any]:
    """A source object."""
    match source:
        case Base64Source(media_type, data):
            return {"type": "base64", "media_type": media_type, "data": data}
        case UrlSource(url):
            return {"type": "url", "url": url}
        case FileSource(file_id):
            return {"type": "file", "file_id": file_id}
        case TextSource(text, media_type):
            return {"type": "text", "media_type": media_type, "data": text}


def write_arguments(arguments: str) -> Raw:
    """A call's input object. Text that is not a JSON object is kept under a key of its own, never repaired."""
    stripped = arguments.strip()
    if not stripped:
        return Raw(b"{}")
    try:
        msgspec.json.decode(stripped, type=dict[str, Raw])
    except (msgspec.DecodeError, RecursionError):
        return Raw(encode({"__unparsedToolInput": {"raw": arguments, "len": len(arguments)}}))
    return Raw(stripped.encode())


def write_part(part: Block) -> Any:
    """A text, image, document, reference or unknown block; None for what Anthropic has no words for."""
    match part:
        case Text(text):
            return {"type": "text", "text": text, **write_extras(part.extras), **write_cache(part.cache)}
        case Image(source):
            fields = {"type": "image", "source": write_source(source)}
            return {**fields, **write_extras(part.extras), **write_cache(part.cache)}
        case Document(source, title):
            fields = {"type": "document", "source": write_source(source)}
            named = {"title": title} if title is not None else {}
            return {**fields, **named, **write_extras(part.extras), **write_cache(part.cache)}
        case ToolReference(name):
            return {"type": "tool_reference", "tool_name": name}
        case Unknown(dialect, raw) if dialect == NAME:
            return raw
        case _:
            return None


def write_answer_block(block: Block) -> Any:
    """A block of an answer; None for what Anthropic has no words for."""
    match block:
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case RedactedThinking(data):
            return {"type": "redacted_thinking", "data": data}
        case ToolCall(id, name, arguments):
            fields = {"type": "tool_use", "id": id, "name": name, "input": write_arguments(arguments)}
            return {**fields, **write_extras(block.extras), **write_cache(block.cache)}
        case _:
            return write_part(block)
