"""Content blocks from the neutral form into Anthropic's shape.

Each writer returns the block, or None for what Anthropic has no words for. Histories are written stricter than answers:
what Anthropic would have to have made itself (a signature, encrypted search results) cannot be made up for it, while
its clients take the same from us, sealed.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode, is_typed
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Source,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolReference,
    Unknown,
    UrlSource,
)
from fairlead.shared.data_urls import as_text
from fairlead.shared.dialects.anthropic.blocks_in import NAME
from fairlead.shared.loss import Losses
from fairlead.shared.provenance import seal
from fairlead.shared.tool_forms import call_as_function


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
        case TextSource(text):
            return {"type": "text", "media_type": "text/plain", "data": text}


_object = msgspec.json.Decoder(dict[str, Raw])


def write_arguments(arguments: str) -> Raw:
    """A call's input object. Text that is not a JSON object is kept under a key of its own, never repaired."""
    stripped = arguments.strip()
    if stripped in ("", "null"):
        return Raw(b"{}")
    try:
        _object.decode(stripped)
    except (msgspec.DecodeError, RecursionError):
        return Raw(encode({"__unparsedToolInput": {"raw": arguments, "len": len(arguments)}}))
    return Raw(stripped.encode())


def own(raw: Unknown | None) -> Raw | None:
    """A block as Anthropic itself wrote it, if it did."""
    return raw.raw if raw is not None and raw.dialect == NAME and is_typed(raw.raw) else None


def write_part(part: Block) -> Any:
    """A part of a message that both sides may hold."""
    match part:
        case Text(citations=()):
            return _write_text(part, [])
        case Text(citations=citations):
            return _write_text(part, [raw for raw in (own(one.raw) for one in citations) if raw is not None])
        case Image(source):
            fields = {"type": "image", "source": write_source(source)}
            return {**fields, **write_extras(part.extras), **write_cache(part.cache)}
        case Document(source, title):
            fields = {"type": "document", "source": write_source(as_text(source))}
            named = {"title": title} if title is not None else {}
            return {**fields, **named, **write_extras(part.extras), **write_cache(part.cache)}
        case ToolReference(name):
            return {"type": "tool_reference", "tool_name": name}
        case Unknown():
            return own(part)
        case ServerCall() | ServerResult():
            return own(part.raw)
        case _:
            return None


def _write_text(text: Text, citations: list[Any]) -> dict[str, Any]:
    cited = {"citations": citations} if citations else {}
    return {"type": "text", "text": text.text, **cited, **write_extras(text.extras), **write_cache(text.cache)}


def write_call(call: ToolCall) -> dict[str, Any]:
    """A tool call; free-text tools and namespaces are told as plain functions."""
    call = call_as_function(call)
    fields = {"type": "tool_use", "id": call.id, "name": call.name, "input": write_arguments(call.arguments)}
    return {**fields, **write_extras(call.extras), **write_cache(call.cache)}


def write_own_thinking(block: Thinking | RedactedThinking) -> dict[str, Any] | None:
    """Reasoning towards Anthropic itself: only what it has signed."""
    if block.maker not in ("", NAME):
        return None
    match block:
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature} if signature else None
        case RedactedThinking(data):
            return {"type": "redacted_thinking", "data": data}


# Answers -----------------------------------------------------------------------------------------------------------


def write_answer_block(block: Block) -> Any:
    """A block of an answer, for Anthropic's clients."""
    match block:
        case Text():
            citations = [write_citation(one) for one in block.citations]
            return _write_text(block, [one for one in citations if one is not None])
        case Thinking(text):
            return {"type": "thinking", "thinking": text, "signature": sealed(block.signature, block.maker)}
        case RedactedThinking(data):
            return {"type": "redacted_thinking", "data": sealed(data, block.maker)}
        case ToolCall():
            return write_call(block)
        case ServerCall(id, name, arguments):
            made = {"type": "server_tool_use", "id": server_id(id), "name": name, "input": write_arguments(arguments)}
            return own(block.raw) or made
        case ServerResult():
            return own(block.raw) or _write_search_result(block)
        case _:
            return write_part(block)


def sealed(payload: str, maker: str) -> str:
    """A signature for a client's keeping: bare if Anthropic made it, else naming its maker."""
    return payload if not payload or maker in ("", NAME) else seal(maker, payload)


def server_id(id: str) -> str:
    """A server tool call's id: Anthropic's clients tell it from their own by its beginning."""
    return id if id.startswith("srvtoolu_") else f"srvtoolu_{id}"


def note_block(block: Block, losses: Losses) -> None:
    """What of an answer's block is not written."""
    match block:
        case Text(extras=extras, citations=citations, logprobs=logprobs):
            losses.extras(extras, "content[].text")
            for citation in citations:
                note_citation(citation, losses)
            if logprobs:
                losses.add("logprobs", "content[].text")
        case ToolCall(extras=extras):
            losses.extras(extras, "content[].tool_use")
        case Image():
            losses.add("image", "content")
        case Audio():
            losses.add("audio", "content")
        case ServerResult() if write_answer_block(block) is None:
            losses.add("server tool result", "content")
        case Unknown(dialect) if dialect != NAME:
            losses.block(block)


def note_citation(citation: Citation, losses: Losses) -> None:
    """What of a citation is not written: one without an address."""
    if write_citation(citation) is None:
        losses.add("citation", "content[].text.citations")


def write_citation(citation: Citation) -> Any:
    """A citation; another vendor's becomes that of a web page, if it is of one."""
    if citation.url is None:
        return own(citation.raw)
    return own(citation.raw) or {
        "type": "web_search_result_location",
        "cited_text": citation.quote or "",
        "url": citation.url,
        "title": citation.title,
        "encrypted_index": "",
    }


def _write_search_result(result: ServerResult) -> dict[str, Any] | None:
    if result.name != "web_search":
        return None
    content: Any = [
        {"type": "web_search_result", "url": hit.url, "title": hit.title, "encrypted_content": "", "page_age": None}
        for hit in result.hits
    ]
    if result.error is not None:
        content = {"type": "web_search_tool_result_error", "error_code": result.error}
    return {"type": "web_search_tool_result", "tool_use_id": server_id(result.call_id), "content": content}
