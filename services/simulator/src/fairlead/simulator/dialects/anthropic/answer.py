"""Renders a reply as the Anthropic Messages API does: a message object, or its stream of named events."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import RedactedThinking, Reply, Source, Step, Stop, Text, Thinking, ToolCall, WebSearch, pieces
from ...seals import sealed

_STOPS = {
    Stop.END: "end_turn",
    Stop.TOOL: "tool_use",
    Stop.LENGTH: "max_tokens",
    Stop.STOP_SEQUENCE: "stop_sequence",
    Stop.REFUSAL: "refusal",
}
_PIECE = 32
"""Characters of thinking or of tool arguments in one delta."""

SEARCH_RESULT = "web search result"
CITATION = "web search citation"
"""What the sealed fields of a search are for: `encrypted_content` and `encrypted_index`."""

Block = dict[str, Any]


class _Found(msgspec.Struct, frozen=True):
    """What a search has found is a block of its own here."""

    search: str
    sources: tuple[Source, ...]


def _blocks(reply: Reply) -> list[tuple[str, Step | _Found]]:
    """(id, content) of each block; the id is used where blocks of that kind have one."""
    made: list[tuple[str, Step | _Found]] = []
    for at, step in enumerate(reply.script.steps):
        minted = hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest()[:24]
        made.append((minted, step))
        if isinstance(step, WebSearch):
            made.append((minted, _Found(f"srvtoolu_{minted}", step.found)))
    return made


def message(reply: Reply) -> bytes:
    """The whole message."""
    content = [_whole(minted, block) for minted, block in _blocks(reply)]
    return msgspec.json.encode(
        {**_envelope(reply, content), **_ending(reply), "usage": _usage(reply, reply.usage.output)}
    )


def events(reply: Reply) -> list[Event]:
    """The stream: message_start, the blocks with a ping after the first has begun, message_delta, message_stop."""
    start = {**_envelope(reply, []), "stop_reason": None, "stop_sequence": None, "usage": _usage(reply, 1)}
    made = [_event(Part.START, "message_start", message=start)]
    for at, (minted, block) in enumerate(_blocks(reply)):
        made += _block_events(at, minted, block)
    usage = {**_usage(reply, reply.usage.output), "output_tokens_details": {"thinking_tokens": reply.usage.thinking}}
    made.append(_event(Part.END, "message_delta", delta=_ending(reply), usage=usage))
    made.append(_event(Part.DONE, "message_stop"))
    return made


def error(kind: str, text: str, digest: str) -> dict[str, Any]:
    """The error object, of a body and of an event alike."""
    return {"type": "error", "error": {"type": kind, "message": text}, "request_id": request_id(digest)}


def error_event(body: dict[str, Any]) -> Event:
    return Event(Part.ERROR, b"event: error\ndata: " + msgspec.json.encode(body) + b"\n\n")


def request_id(digest: str) -> str:
    return f"req_{digest[:24]}"


def _event(part: Part, name: str, **fields: Any) -> Event:
    data = msgspec.json.encode({"type": name, **fields})
    return Event(part, b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")


def _envelope(reply: Reply, content: list[Block]) -> dict[str, Any]:
    return {
        "id": f"msg_{reply.digest[:24]}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
    }


def _ending(reply: Reply) -> dict[str, Any]:
    script = reply.script
    ending: dict[str, Any] = {"stop_reason": _STOPS[script.stop], "stop_sequence": script.stop_sequence}
    if script.stop is Stop.REFUSAL:
        ending["stop_details"] = {"type": "refusal", "category": None, "explanation": None}
    return ending


def _usage(reply: Reply, output: int) -> dict[str, Any]:
    usage = reply.usage
    searches = sum(isinstance(step, WebSearch) for step in reply.script.steps)
    served = {"server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0}} if searches else {}
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
        **served,
    }


def _skeleton(minted: str, block: Step | _Found) -> Block:
    """The block as content_block_start shows it."""
    match block:
        case Text(sources=sources):
            return {"type": "text", "text": "", **({"citations": []} if sources else {})}
        case Thinking():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case RedactedThinking(data=data):
            return {"type": "redacted_thinking", "data": data}
        case ToolCall(id=given, name=name):
            return {"type": "tool_use", "id": f"toolu_{minted}" if given is None else given, "name": name, "input": {}}
        case WebSearch():
            return {"type": "server_tool_use", "id": f"srvtoolu_{minted}", "name": "web_search", "input": {}}
        case _Found(search=search, sources=sources):
            found = [_result(source) for source in sources]
            return {"type": "web_search_tool_result", "tool_use_id": search, "content": found}


def _whole(minted: str, block: Step | _Found) -> Block:
    begun = _skeleton(minted, block)
    match block:
        case Text(text=text, sources=sources):
            return {**begun, "text": text, **({"citations": [_citation(each) for each in sources]} if sources else {})}
        case Thinking(text=text, signature=signature):
            return {**begun, "thinking": text, "signature": signature}
        case ToolCall(arguments=arguments):
            return {**begun, "input": _input(arguments)}
        case WebSearch(query=query):
            return {**begun, "input": {"query": query}}
        case RedactedThinking() | _Found():
            return begun


def _result(source: Source) -> Block:
    return {
        "type": "web_search_result",
        "url": source.url,
        "title": source.title,
        "encrypted_content": _sealed(SEARCH_RESULT, source.quote),
        "page_age": None,
    }


def _citation(source: Source) -> Block:
    return {
        "type": "web_search_result_location",
        "cited_text": source.quote,
        "url": source.url,
        "title": source.title,
        "encrypted_index": _sealed(CITATION, source.url),
    }


def _sealed(purpose: str, text: str) -> str:
    return base64.b64encode(sealed(purpose, text.encode())).decode()


def _input(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return {}  # a message object cannot hold arguments that are not JSON


def _deltas(block: Step | _Found) -> Iterator[Block]:
    match block:
        case Text(text=text, piece=size, sources=sources):
            yield from ({"type": "citations_delta", "citation": _citation(source)} for source in sources)
            yield from ({"type": "text_delta", "text": piece} for piece in pieces(text, size))
        case Thinking(text=text, signature=signature):
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces(text, _PIECE))
            yield {"type": "signature_delta", "signature": signature}
        case ToolCall(arguments=arguments):
            yield from _input_deltas(arguments)
        case WebSearch(query=query):
            yield from _input_deltas(msgspec.json.encode({"query": query}).decode())
        case RedactedThinking() | _Found():
            return


def _input_deltas(text: str) -> Iterator[Block]:
    yield from ({"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(text, _PIECE)))


def _block_events(at: int, minted: str, block: Step | _Found) -> Iterator[Event]:
    yield _event(Part.FRAME, "content_block_start", index=at, content_block=_skeleton(minted, block))
    if at == 0:
        yield _event(Part.FRAME, "ping")
    for delta in _deltas(block):
        yield _event(Part.CONTENT, "content_block_delta", index=at, delta=delta)
    yield _event(Part.FRAME, "content_block_stop", index=at)
