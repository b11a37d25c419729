"""Content blocks from Anthropic's shape into the neutral form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw, UnsetType

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Base64Source,
    Block,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    RedactedThinking,
    SearchHit,
    ServerCall,
    ServerResult,
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
from fairlead.shared.provenance import unseal
from fairlead.shared.wire import anthropic as wire

NAME = "anthropic"

WireBlock: TypeAlias = wire.Block | wire.ToolReferenceBlock


def read_cache(control: wire.CacheControl | None) -> CacheHint | None:
    """A cache marker; its only type is "ephemeral"."""
    if control is None:
        return None
    return CacheHint(control.ttl if isinstance(control.ttl, str) else None)


def _extras(**fields: Raw | UnsetType) -> Extras | None:
    """The fields that were given, as Anthropic's own."""
    given = {key: value for key, value in fields.items() if isinstance(value, Raw)}
    return Extras(NAME, given) if given else None


def _source(source: wire.Base64Source | wire.UrlSource | wire.FileSource | wire.TextSource) -> Source:
    match source:
        case wire.Base64Source(media_type, data):
            return Base64Source(media_type, data)
        case wire.UrlSource(url):
            return UrlSource(url)
        case wire.FileSource(file_id):
            return FileSource(file_id, NAME)
        case wire.TextSource(data, media_type):
            return TextSource(data, media_type)


def read_citation(raw: Raw) -> Citation:
    """One citation; its places are in the source, not in the text, so they stay in `raw`."""
    said = decode_field(raw, wire.Citation, "citation")
    return Citation(said.url, said.title or said.document_title, said.cited_text, raw=Unknown(NAME, raw))


def _citations(raw: Raw | UnsetType) -> tuple[Citation, ...]:
    listed: list[Raw] | None = decode_field(raw, list[Raw] | None, "citations") if isinstance(raw, Raw) else None
    return tuple([read_citation(one) for one in listed or ()])


def _text(block: wire.TextBlock) -> Text:
    return Text(block.text, read_cache(block.cache_control), citations=_citations(block.citations))


def read_signature(signature: str) -> tuple[str, str]:
    """A signature and who made it: another vendor's travels sealed in Anthropic's field."""
    opened = unseal(signature)
    if opened is None:
        return signature, NAME if signature else ""
    maker, payload = opened
    return payload, maker


def _thinking(block: wire.ThinkingBlock) -> Thinking:
    signature, maker = read_signature(block.signature if isinstance(block.signature, str) else "")
    return Thinking(block.thinking, signature, maker)


def _redacted(block: wire.RedactedThinkingBlock) -> RedactedThinking:
    data, maker = read_signature(block.data)
    return RedactedThinking(data, maker)


def _image(block: wire.ImageBlock) -> Image:
    extras = _extras(transformations=block.transformations)
    return Image(_source(block.source), cache=read_cache(block.cache_control), extras=extras)


def _document(block: wire.DocumentBlock) -> Document:
    extras, cache = _extras(context=block.context, citations=block.citations), read_cache(block.cache_control)
    if not isinstance(block.source, wire.ContentSource):
        return Document(_source(block.source), block.title, cache, extras)
    source = {"source": Raw(encode(block.source)), **(extras.fields if extras is not None else {})}
    return Document(TextSource(_joined(block.source.content)), block.title, cache, Extras(NAME, source))


def _joined(content: str | list[Raw]) -> str:
    """Pieces of a text as one; pictures among them are told by none but Anthropic."""
    if isinstance(content, str):
        return content
    pieces = [decode_field(raw, wire.Piece, "source.content") for raw in content]
    return _BREAK.join([piece.text for piece in pieces if piece.text])


_BREAK = "\n\n"


def _tool_use(block: wire.ToolUseBlock) -> ToolCall:
    extras = _extras(caller=block.caller, toolset_name=block.toolset_name)
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
    extras = _extras(toolset_name=block.toolset_name)
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


# Blocks of any kind, one by one ------------------------------------------------------------------------------------


def read_raw_block(raw: Raw, path: str) -> Block:
    """One block that may be of an unknown type or have unknown fields: the known part is read, the rest kept.

    Raises FailureError (BAD_REQUEST) naming `path` when a field we do know has the wrong shape.
    """
    fields = decode_field(raw, dict[str, Raw], path)
    if "type" not in fields:
        raise refuse(Kind.BAD_REQUEST, f"{path}.type: Field required", param=f"{path}.type")
    name = decode_field(fields["type"], str, f"{path}.type")
    kind = _BY_TAG.get(name)
    if kind is None:
        reader = _OTHER_BLOCKS.get(name)
        return Unknown(NAME, raw) if reader is None else reader(raw, path)
    if kind is wire.ToolResultBlock and "content" in fields:
        return _read_loose_result(fields, path)
    return _read_known(kind, fields, path)


def _server_call(raw: Raw, path: str) -> ServerCall:
    said = decode_field(raw, wire.ServerToolUse, path)
    return ServerCall(said.id, said.name, bytes(said.input).decode(), Unknown(NAME, raw))


def _web_search_result(raw: Raw, path: str) -> ServerResult:
    said = decode_field(raw, wire.WebSearchResult, path)
    content, whole = said.content, Unknown(NAME, raw)
    if isinstance(content, wire.ToolError):
        return ServerResult(said.tool_use_id, "web_search", error=content.error_code, raw=whole)
    hits = tuple([SearchHit(hit.url, hit.title) for hit in content])
    return ServerResult(said.tool_use_id, "web_search", hits, raw=whole)


def _search_result(raw: Raw, path: str) -> Document:
    """Something found is a document to everybody else, with where it was found in its title."""
    said = decode_field(raw, wire.SearchResult, path)
    fields: dict[str, Raw] = decode_field(raw, dict[str, Raw], path)
    fields.pop("cache_control", None)
    text = TextSource(_BREAK.join([piece.text for piece in said.content]))
    return Document(text, f"{said.title} ({said.source})", read_cache(said.cache_control), Extras(NAME, fields))


_OTHER_BLOCKS: Mapping[str, Callable[[Raw, str], Block]] = {
    "search_result": _search_result,
    "server_tool_use": _server_call,
    "web_search_tool_result": _web_search_result,
}


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
