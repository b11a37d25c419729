"""Web search calls and the neutral form, where the call and what it found are two blocks."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fairlead.shared.codec import decode_field, encode, is_typed
from fairlead.shared.conversation import SearchHit, ServerCall, ServerResult, Unknown
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.wire import openai_responses as wire

_NAMES: Mapping[str, str] = {"search": "web_search", "open_page": "web_fetch", "find_in_page": "find_in_page"}
_ACTIONS: Mapping[str, str] = {name: action for action, name in _NAMES.items()}

_FAILED = frozenset({"failed", "incomplete"})


class _Call(Struct):
    id: str = ""
    status: str | None = None
    action: wire.SearchAction | None = None


class _Arguments(Struct, omit_defaults=True):
    """What the call asks for, in the words every dialect shares."""

    query: str | None = None
    queries: list[str] | None = None
    url: str | None = None
    pattern: str | None = None


def read_web_search(raw: Raw, path: str) -> tuple[ServerCall, ServerResult]:
    """A web search item. Raises FailureError (BAD_REQUEST) naming `path`."""
    call: _Call = decode_field(raw, _Call, path)
    action = call.action or wire.SearchAction()
    query = action.query or (action.queries[0] if action.queries else None)
    asked = _Arguments(query, action.queries, action.url, action.pattern)
    name = _NAMES.get(action.type, "web_search")
    hits = tuple([SearchHit(one.url, one.title or "") for one in action.sources or () if one.url])
    error = "unavailable" if call.status in _FAILED else None
    return (
        ServerCall(call.id, name, encode(asked).decode(), Unknown(NAME, raw)),
        ServerResult(call.id, name, hits, error),
    )


def own_item(call: ServerCall) -> Raw | None:
    """The item as Responses itself wrote it, if it did."""
    return call.raw.raw if call.raw is not None and call.raw.dialect == NAME and is_typed(call.raw.raw) else None


def without_id(raw: Raw) -> dict[str, Raw]:
    """An item as it may be sent back to a server that keeps none."""
    return {name: value for name, value in msgspec.json.decode(raw, type=dict[str, Raw]).items() if name != "id"}


def has_words(name: str) -> bool:
    """Whether a provider's tool of this name can be told as a web search."""
    return name in _ACTIONS


def write_web_search(id: str, name: str, arguments: str, result: ServerResult | None) -> dict[str, Any]:
    """A web search item for a client, of another provider's call and what it found."""
    try:
        asked = msgspec.json.decode(arguments or "{}", type=_Arguments)
    except (msgspec.DecodeError, RecursionError):
        asked = _Arguments()
    action: dict[str, Any] = {"type": _ACTIONS[name], **msgspec.structs.asdict(asked)}
    if action["type"] == "search":
        action["query"] = asked.query or ""
        action["queries"] = asked.queries or ([asked.query] if asked.query else [])
        action["sources"] = [{"type": "url", "url": hit.url} for hit in result.hits] if result is not None else None
    failed = result is not None and result.error is not None
    return {
        "id": id,
        "type": "web_search_call",
        "status": "failed" if failed else "completed",
        "action": {key: value for key, value in action.items() if value is not None},
    }
